//! The answers to requests.

use service::http::{Method, Request, Response, StatusCode};
use service::reload::Reloader;

use crate::store::Status;

/// `/`: what there is.
pub fn landing(telemetry_path: &str) -> Response {
    Response::html(format!(
        "<!doctype html>\n<title>Ward classifier</title>\n<h1>Ward classifier</h1>\n\
         <p><a href=\"{telemetry_path}\">What each interface is, and metrics of this program</a></p>\n\
         <p><a href=\"/api/v1/interfaces\">Interfaces</a>, <a href=\"/api/v1/devices\">devices</a> and more: \
         <a href=\"/api/v1/openapi.json\">the API</a></p>\n"
    ))
}

/// `/-/ready`: whether what is stored is known. A database that goes away later does not make it unready, as what is
/// known can still be shown.
pub fn ready(status: &Status) -> Response {
    match (status.begun, &status.last_error, status.connected) {
        (true, Some((since, error)), false) => {
            Response::text(format!("Ready, but {error} (last tried {since})\n"))
        }
        (true, ..) => Response::text("Ready"),
        (false, Some((_, error)), _) => {
            Response::status(StatusCode::SERVICE_UNAVAILABLE, format!("Not ready yet: {error}\n"))
        }
        (false, None, _) => Response::status(StatusCode::SERVICE_UNAVAILABLE, "Not ready yet"),
    }
}

/// `/-/reload`: 200 when all of the configuration is good and in force; 500 with what is wrong otherwise.
pub async fn reload(reloader: &Reloader, request: &Request) -> Response {
    if request.method != Method::POST {
        return Response::method_not_allowed("POST");
    }
    match reloader.reload().await {
        Ok(()) => Response::text(""),
        Err(error) => {
            let message = format!("failed to reload config: {error}\n");
            Response::status(StatusCode::INTERNAL_SERVER_ERROR, message)
        }
    }
}
