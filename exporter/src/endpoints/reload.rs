//! `/-/reload`: the configuration is read again.

use service::http::{Method, Request, Response, StatusCode};
use service::reload::Reloader;

/// 200 when all of it is good and in force; 500 with what is wrong otherwise. As in snmp_exporter, any method but POST
/// is a bad request.
pub async fn answer(reloader: &Reloader, request: &Request) -> Response {
    if request.method != Method::POST {
        return Response::bad_request("POST method expected\n");
    }
    match reloader.reload().await {
        Ok(()) => Response::text(""),
        Err(error) => {
            Response::status(StatusCode::INTERNAL_SERVER_ERROR, format!("failed to reload config: {error}\n"))
        }
    }
}
