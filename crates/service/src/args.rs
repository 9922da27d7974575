//! Command line flags that our daemons share, named as Prometheus' exporters name them.

mod switch;

pub use switch::with_no_forms;

use std::path::PathBuf;

use crate::http::ListenAddress;
use crate::logging::{LogFormat, LogLevel};

/// To be flattened into a daemon's own flags. The daemon's default for where to listen is set with
/// `Command::mut_arg("listen_addresses", |arg| arg.default_value(":9116"))`.
#[derive(Debug, Clone, clap::Args)]
pub struct ServiceArgs {
    /// Addresses to listen on, such as :9116 or 127.0.0.1:9116; may be given several times.
    #[arg(id = "listen_addresses", long = "web.listen-address", value_name = "ADDRESS", required = false)]
    pub listen_addresses: Vec<ListenAddress>,

    /// Listen on the sockets that systemd passes instead of addresses of our own.
    #[arg(long = "web.systemd-socket")]
    pub systemd_socket: bool,

    /// File with TLS, passwords and headers, as all exporters of Prometheus take it; read again on change.
    #[arg(long = "web.config.file", value_name = "FILE", value_parser = path)]
    pub web_config: Option<PathBuf>,

    /// Path of this program's own metrics.
    #[arg(long = "web.telemetry-path", value_name = "PATH", default_value = "/metrics")]
    pub telemetry_path: String,

    /// Only log messages of this severity or above.
    #[arg(long = "log.level", value_name = "LEVEL", value_enum, default_value = "info")]
    pub log_level: LogLevel,

    /// How log messages are written.
    #[arg(long = "log.format", value_name = "FORMAT", value_enum, default_value = "logfmt")]
    pub log_format: LogFormat,
}

/// A path; an empty one is as good as none, as templates of command lines leave it.
fn path(text: &str) -> Result<PathBuf, std::convert::Infallible> {
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, FromArgMatches, Parser};

    use super::*;

    #[derive(Parser)]
    struct Daemon {
        #[command(flatten)]
        service: ServiceArgs,
    }

    fn parse(args: &[&str]) -> Result<ServiceArgs, String> {
        Daemon::command()
            .mut_arg("listen_addresses", |arg| arg.default_value(":9116"))
            .try_get_matches_from([&["daemon"], args].concat())
            .and_then(|matches| Daemon::from_arg_matches(&matches))
            .map(|daemon| daemon.service)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn defaults() {
        let args = parse(&[]).unwrap();
        assert_eq!(args.listen_addresses, [":9116".parse().unwrap()]);
        assert_eq!(args.telemetry_path, "/metrics");
        assert_eq!((args.systemd_socket, args.web_config), (false, None));
        assert_eq!((args.log_level, args.log_format), (LogLevel::Info, LogFormat::Logfmt));
    }

    #[test]
    fn flags() {
        let args = parse(&[
            "--web.listen-address=127.0.0.1:1",
            "--web.listen-address",
            "[::1]:2",
            "--log.level=debug",
            "--log.format=json",
            "--web.config.file=web.yml",
            "--web.systemd-socket",
        ])
        .unwrap();
        assert_eq!((args.systemd_socket, args.web_config), (true, Some("web.yml".into())));
        let addresses: Vec<_> = args.listen_addresses.iter().map(ToString::to_string).collect();
        assert_eq!(addresses, ["127.0.0.1:1", "[::1]:2"]);
        assert_eq!((args.log_level, args.log_format), (LogLevel::Debug, LogFormat::Json));
        let error = parse(&["--web.listen-address=9116"]).unwrap_err();
        assert!(error.contains("expected host:port or :port"), "{error}");
    }
}
