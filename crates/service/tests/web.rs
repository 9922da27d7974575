//! Passwords, headers and rates, as clients see them over plain HTTP.

mod support;

use clap::Parser;
use prometheus_client::registry::Registry;
use support::tools::{self, Folder, curl};
use support::{Running, patiently};
use ward_service::args::ServiceArgs;
use ward_service::http::{Limits, Request, Response, Server};
use ward_service::web::Web;

/// Of `secret`, at the lowest cost.
fn hash() -> String {
    bcrypt::hash("secret", 4).unwrap()
}

async fn echo(request: Request) -> Response {
    match request.path.as_str() {
        "/framed" => Response::text("own\n")
            .with_header("x-frame-options".parse().unwrap(), "sameorigin".parse().unwrap()),
        "/panic" => panic!("on purpose"),
        _ => Response::text(request.body),
    }
}

struct Site {
    folder: Folder,
    web: Web,
    server: Running,
}

impl Site {
    async fn start(config: &str) -> Self {
        let folder = Folder::new();
        let web = Web::start(&folder.write("web.yml", config)).unwrap();
        let server = Running::start_with(Some(web.clone()), Limits::default(), echo).await;
        Site { folder, web, server }
    }

    /// Puts another file in place and waits until it was looked at.
    async fn change(&self, config: &str) -> Option<String> {
        let mut status = self.web.reloader().status();
        let before = status.borrow().attempts;
        self.folder.write("new", config);
        std::fs::rename(self.folder.path("new"), self.folder.path("web.yml")).unwrap();
        patiently(status.wait_for(|status| status.attempts > before)).await.unwrap().error.clone()
    }

    fn metrics(&self) -> String {
        let mut registry = Registry::with_prefix("ward");
        self.web.register(&mut registry);
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        text
    }
}

#[tokio::test]
async fn nobody_is_let_in_without_a_password() {
    let site = Site::start(&format!("basic_auth_users:\n  alice: {}\n", hash())).await;
    let mut client = site.server.connect().await;
    for (header, status) in [
        ("", 401),
        // alice:secret, alice:wrong, bob:secret, alice
        ("Authorization: Basic YWxpY2U6c2VjcmV0\r\n", 200),
        ("Authorization: Basic YWxpY2U6d3Jvbmc=\r\n", 401),
        ("Authorization: Basic Ym9iOnNlY3JldA==\r\n", 401),
        ("Authorization: Basic YWxpY2U=\r\n", 401),
        ("Authorization: Bearer YWxpY2U6c2VjcmV0\r\n", 401),
        ("Authorization: Basic YWxpY2U6c2VjcmV0\r\n", 200),
    ] {
        for path in ["/", "/-/healthy", "/nowhere"] {
            let answer = client.ask("GET", path, header).await;
            assert_eq!(answer.status, status, "{header} {path}");
            if status == 401 {
                assert_eq!(
                    (answer.header("www-authenticate"), answer.text()),
                    (Some("Basic"), "Unauthorized\n")
                );
            }
        }
    }
    let metrics = site.metrics();
    assert!(metrics.contains("ward_web_requests_refused_total{reason=\"password\"} 15\n"), "{metrics}");
}

#[tokio::test]
async fn nobodys_body_is_read_who_is_not_let_in() {
    let site = Site::start(&format!("basic_auth_users:\n  alice: {}\n", hash())).await;
    let mut client = site.server.connect().await;
    client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n").await;
    assert_eq!(client.answer(true).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_agrees() {
    if !tools::available() {
        return;
    }
    let site = Site::start(&format!("basic_auth_users:\n  alice: {}\n", hash())).await;
    let url = format!("http://{}/", site.server.address);
    for (arguments, status, version) in [
        ("", 401, "1.1"),
        ("-u alice:secret", 200, "1.1"),
        ("-u alice:wrong", 401, "1.1"),
        ("-u alice:secret --http2-prior-knowledge", 200, "2"),
    ] {
        let fetched = curl(&url, None, arguments);
        assert_eq!((fetched.status, fetched.version.as_str()), (status, version), "{arguments} {fetched:?}");
    }
}

#[tokio::test]
async fn headers_are_on_every_answer() {
    let headers = "http_server_config:\n  headers:\n    X-Frame-Options: deny\n    X-XSS-Protection: 1\n";
    let site = Site::start(headers).await;
    let mut client = site.server.connect().await;
    for (path, status, frame) in [("/", 200, "deny"), ("/framed", 200, "sameorigin"), ("/panic", 500, "deny")]
    {
        let answer = client.ask("GET", path, "").await;
        let found = (answer.status, answer.header("x-frame-options"), answer.header("x-xss-protection"));
        assert_eq!(found, (status, Some(frame), Some("1")), "{path}");
    }
    let users = format!("{headers}basic_auth_users:\n  alice: {}\n", hash());
    assert_eq!(site.change(&users).await, None);
    let answer = client.ask("GET", "/", "").await;
    assert_eq!((answer.status, answer.header("x-frame-options")), (401, Some("deny")));
}

#[tokio::test]
async fn requests_over_the_rate_are_refused() {
    let site = Site::start("rate_limit: {interval: 1h, burst: 2}\n").await;
    let mut client = site.server.connect().await;
    for status in [200, 200, 429, 429] {
        let answer = client.ask("GET", "/", "").await;
        assert_eq!(answer.status, status);
        if status == 429 {
            assert_eq!(answer.text(), "Too Many Requests\n");
        }
    }
    assert!(site.metrics().contains("ward_web_requests_refused_total{reason=\"rate\"} 2\n"));
    assert_eq!(site.change("rate_limit:\n").await, None);
    assert_eq!(client.ask("GET", "/", "").await.status, 200);
}

#[tokio::test]
async fn http2_can_be_switched_off() {
    if !tools::available() {
        return;
    }
    let site = Site::start("http_server_config: {http2: false}\n").await;
    let url = format!("http://{}/", site.server.address);
    let fetched =
        tokio::task::spawn_blocking(move || curl(&url, None, "--http2-prior-knowledge")).await.unwrap();
    assert_eq!(fetched.status, 0, "{fetched:?}");
    assert_eq!(site.server.connect().await.ask("GET", "/", "").await.status, 200);
}

#[tokio::test]
async fn a_bad_file_changes_nothing_and_says_so() {
    let site = Site::start(&format!("basic_auth_users:\n  alice: {}\n", hash())).await;
    let mut client = site.server.connect().await;
    for (config, expected) in [
        ("basic_auth_users:\n  alice: secret\n", "web.yml:2: basic_auth_users.alice: not a bcrypt hash"),
        ("basic_auth_users: [\n", "not valid YAML"),
        ("basic_auth_user:\n", "web.yml:1: basic_auth_user: unknown key"),
        (
            "tls_server_config: {cert_file: web.crt, key_file: web.key}\n",
            "web.yml:1: tls_server_config.cert_file: ",
        ),
    ] {
        let error = site.change(config).await.expect("taken");
        assert!(error.contains(expected) && !error.contains("secret"), "{error}");
        assert_eq!(client.ask("GET", "/", "").await.status, 401, "{config}");
        assert!(site.metrics().contains("ward_web_config_last_reload_successful 0\n"));
    }
    // A user who is gone is let in no more, and one who is new is.
    let users = format!("basic_auth_users:\n  bob: {}\n", hash());
    let (alice, bob) =
        ("Authorization: Basic YWxpY2U6c2VjcmV0\r\n", "Authorization: Basic Ym9iOnNlY3JldA==\r\n");
    assert_eq!(client.ask("GET", "/", alice).await.status, 200);
    assert_eq!(client.ask("GET", "/", bob).await.status, 401);
    assert_eq!(site.change(&users).await, None);
    assert_eq!(client.ask("GET", "/", alice).await.status, 401);
    assert_eq!(client.ask("GET", "/", bob).await.status, 200);
    assert!(site.metrics().contains("ward_web_config_last_reload_successful 1\n"));
}

#[derive(clap::Parser)]
struct Daemon {
    #[command(flatten)]
    service: ServiceArgs,
}

#[tokio::test]
async fn the_flag_names_a_file_or_none() {
    let folder = Folder::new();
    let file = folder.write("web.yml", "rate_limit:\n");
    for (value, expected) in
        [("".to_owned(), Ok(false)), (file.display().to_string(), Ok(true)), ("none.yml".to_owned(), Err(()))]
    {
        let args = Daemon::parse_from(["daemon", &format!("--web.config.file={value}")]).service;
        assert_eq!(Web::of(&args).map(|web| web.is_some()).map_err(drop), expected, "{value}");
    }
    assert!(Web::of(&Daemon::parse_from(["daemon"]).service).unwrap().is_none());
}

#[tokio::test]
async fn a_bad_file_at_the_start_is_an_error() {
    let folder = Folder::new();
    for (config, expected) in [
        (Some("a: b\n"), "web.yml:1: a: unknown key"),
        (Some("\u{0}"), "web.yml:1: not valid YAML"),
        (None, "web.yml: No such file or directory"),
    ] {
        let path = folder.path("web.yml");
        match config {
            Some(text) => std::fs::write(&path, text).unwrap(),
            None => std::fs::remove_file(&path).unwrap(),
        }
        let Err(error) = Web::start(&path) else { panic!("{config:?} was taken") };
        assert!(error.starts_with(path.to_str().unwrap()) && error.contains(expected), "{error}");
    }
    std::fs::write(folder.path("web.yml"), b"\xff").unwrap();
    let Err(error) = Web::start(&folder.path("web.yml")) else { panic!("taken") };
    assert!(error.ends_with("web.yml: not UTF-8"), "{error}");
}

#[tokio::test]
async fn the_handler_is_told_who_asks_and_refusals_are_worded() {
    let folder = Folder::new();
    let users = format!("basic_auth_users: {{nino: {}}}\n", hash());
    let web = Web::start(&folder.write("web.yml", &users)).unwrap();
    let limits = Limits { body_bytes: 9, ..Limits::default() };
    let server = Server::bind(&["127.0.0.1:0".parse().unwrap()], limits).await.unwrap();
    let server = server.with_web(Some(web)).with_wording(|path, refusal| {
        let words = format!("{path}: {} {}", refusal.status.as_u16(), String::from_utf8_lossy(&refusal.body));
        Response::status(refusal.status, words)
    });
    let address = server.addresses()[0];
    let told = |request: Request| async move {
        match request.path.as_str() {
            "/panic" => panic!("on purpose"),
            _ => Response::text(format!("{:?}", request.user)),
        }
    };
    tokio::spawn(server.serve(told, std::future::pending()));
    let ask = |path: &'static str, arguments: &'static str| async move {
        let url = format!("http://{address}{path}");
        let fetched = tokio::task::spawn_blocking(move || curl(&url, None, arguments)).await.unwrap();
        format!("{} {}", fetched.status, fetched.text.trim().rsplit("\n\n").next().unwrap())
    };
    assert_eq!(ask("/who", "-u nino:secret").await, "200 Some(\"nino\")");
    assert_eq!(ask("/who?x", "").await, "401 /who: 401 Unauthorized");
    let long = ask("/who", "-u nino:secret -d 0123456789").await;
    assert_eq!(long, "413 /who: 413 the body is longer than 9 bytes");
    assert!(ask("/panic", "-u nino:secret").await.starts_with("500 /panic: 500 internal error"));
}
