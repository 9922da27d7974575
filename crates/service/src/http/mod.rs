//! An HTTP server for metrics: HTTP/1.1 with keep-alive and HTTP/2 on any number of addresses, encrypted where a web
//! config says so.
//!
//! A daemon gives one asynchronous function from [`Request`] to [`Response`]; both are plain values. What happens to a
//! request on the way stands in `answer`, what happens to a connection in `server`.
//!
//! ```no_run
//! # use ward_service as service;
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use service::http::{Limits, Request, Response, Server};
//!
//! let server = Server::bind(&[":9116".parse()?], Limits::default()).await?;
//! let handler = |request: Request| async move {
//!     match request.path.as_str() {
//!         "/-/healthy" => Response::text("Healthy\n"),
//!         _ => Response::not_found(),
//!     }
//! };
//! server.serve(handler, service::shutdown::requested()).await;
//! # Ok(())
//! # }
//! ```

mod answer;
mod delivery;
mod gzip;
mod handshake;
mod listen;
mod patient;
mod request;
mod response;
mod server;

pub use hyper::header;
pub use hyper::{HeaderMap, Method, StatusCode};
pub use listen::{BindError, ListenAddress};
pub use request::{Request, percent_decode};
pub use response::Response;
pub use server::{Drained, Limits, Server};
