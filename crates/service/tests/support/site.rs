//! A server with TLS, and curl to look at it.

use std::sync::Arc;
use std::time::Instant;

use prometheus_client::registry::Registry;
use ward_service::http::{Limits, Request, Response};
use ward_service::web::Web;

use super::tools::{Fetched, Folder, curl};
use super::{PATIENCE, Running};

/// Says what it was asked.
pub async fn echo(request: Request) -> Response {
    Response::text(format!("{} {}", request.method, request.path))
}

/// A server with a web config in a folder of its own.
pub struct Site {
    pub folder: Arc<Folder>,
    pub web: Web,
    pub server: Running,
}

impl Site {
    /// With these keys beside certificate and key; further sections may follow them.
    pub async fn start(folder: Arc<Folder>, keys: &str) -> Self {
        Self::start_with(folder, keys, Limits::default(), echo).await
    }

    /// The same within other limits, and with another handler.
    pub async fn start_with<H, F>(folder: Arc<Folder>, keys: &str, limits: Limits, handler: H) -> Self
    where
        H: Fn(Request) -> F + Send + Sync + 'static,
        F: Future<Output = Response> + Send + 'static,
    {
        let web = Web::start(&folder.write("web.yml", &section(keys))).unwrap();
        let server = Running::start_with(Some(web.clone()), limits, handler).await;
        Site { folder, web, server }
    }

    /// What the web config counts.
    pub fn metrics(&self) -> String {
        let mut registry = Registry::default();
        self.web.register(&mut registry);
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        text
    }

    /// Runs curl, which trusts `ca.crt`.
    pub async fn curl(&self, arguments: &str) -> Fetched {
        self.curl_with("ca.crt", arguments).await
    }

    pub async fn curl_with(&self, ca: &str, arguments: &str) -> Fetched {
        let url = format!("https://localhost:{}/x", self.server.address.port());
        let (ca, arguments) = (self.folder.path(ca), arguments.to_owned());
        tokio::task::spawn_blocking(move || curl(&url, Some(&ca), &arguments)).await.unwrap()
    }

    /// Runs curl until it is answered.
    pub async fn answered(&self, ca: &str) -> Fetched {
        let end = Instant::now() + PATIENCE;
        loop {
            let fetched = self.curl_with(ca, "").await;
            if fetched.status == 200 || Instant::now() > end {
                return fetched;
            }
        }
    }
}

/// The section of TLS, with these keys beside certificate and key.
pub fn section(keys: &str) -> String {
    format!("tls_server_config:\n  cert_file: web.crt\n  key_file: web.key\n{keys}")
}
