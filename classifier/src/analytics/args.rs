//! The flags that say where the series are.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use inventory::Env;
use snmp::Secret;

use super::endpoint::{Credentials, Endpoint, Held};

/// The variable with the password, where no file has it.
pub const PASSWORD_VARIABLE: &str = "WARD_METRICS_PASSWORD";
/// The variable with the token, where no file has it.
pub const TOKEN_VARIABLE: &str = "WARD_METRICS_TOKEN";

/// Where the series are. It prints without what may be a secret.
#[derive(Clone, Args)]
pub struct Metrics {
    /// Where series are asked for in PromQL, for summaries and analytics: VictoriaMetrics (http://127.0.0.1:8428; of a cluster http://vmselect:8481/select/0/prometheus) or Prometheus. Without it there are none
    #[arg(
        id = "metrics.url",
        long = "metrics.url",
        value_name = "URL",
        env = "WARD_METRICS_URL",
        hide_env_values = true
    )]
    pub url: Option<String>,
    /// User for it; the password comes from --metrics.password-file or WARD_METRICS_PASSWORD. A token in WARD_METRICS_TOKEN is sent where no user is named
    #[arg(id = "metrics.username", long = "metrics.username", value_name = "NAME")]
    pub username: Option<String>,
    /// File with the password, on its first line; read anew for each question
    #[arg(
        id = "metrics.password-file",
        long = "metrics.password-file",
        value_name = "FILE",
        requires = "metrics.username"
    )]
    pub password_file: Option<PathBuf>,
    /// File with a bearer token, on its first line; read anew for each question
    #[arg(
        id = "metrics.bearer-token-file",
        long = "metrics.bearer-token-file",
        value_name = "FILE",
        conflicts_with = "metrics.username"
    )]
    pub token_file: Option<PathBuf>,
    /// File with the certificates that are trusted for https, in the place of those of the system
    #[arg(id = "metrics.ca-file", long = "metrics.ca-file", value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// How often the last 24 hours of each interface are written to the database
    #[arg(id = "metrics.summary-interval", long = "metrics.summary-interval", value_name = "DURATION", default_value = "15m", value_parser = crate::args::interval)]
    pub summary_interval: Duration,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").field("summary_interval", &self.summary_interval).finish_non_exhaustive()
    }
}

impl Metrics {
    /// The server, where one is named.
    ///
    /// # Errors
    /// It is named in a way that cannot be.
    pub fn endpoint(&self, env: Env<'_>) -> Result<Option<Endpoint>, String> {
        let Some(url) = self.url.as_deref().map(str::trim).filter(|url| !url.is_empty()) else {
            return Ok(None);
        };
        let held = |file: &Option<PathBuf>, variable: &str| match file {
            Some(path) => Some(Held::File(path.clone())),
            None => env(variable).map(Secret::new).map(Held::Value),
        };
        let credentials = match &self.username {
            Some(name) if name.contains(':') => {
                return Err("--metrics.username: a colon cannot be part of it".into());
            }
            Some(name) => {
                let password = held(&self.password_file, PASSWORD_VARIABLE).ok_or_else(|| {
                    format!("--metrics.username: its password is missing, expected --metrics.password-file or {PASSWORD_VARIABLE}")
                })?;
                Credentials::Basic { name: name.clone(), password }
            }
            None => held(&self.token_file, TOKEN_VARIABLE).map_or(Credentials::None, Credentials::Bearer),
        };
        let endpoint = Endpoint::parse(url).map_err(|wrong| format!("--metrics.url: {wrong}"))?;
        let ca_file = self.ca_file.clone();
        Ok(Some(Endpoint { credentials, ca_file, ..endpoint }))
    }
}

/// The secret on the first line of a file.
///
/// # Errors
/// There is none.
pub fn first_line(path: &Path, text: std::io::Result<String>) -> Result<Secret, String> {
    let text = text.map_err(|error| format!("{}: {error}", path.display()))?;
    match text.lines().next().map(str::trim_end).unwrap_or_default() {
        "" => Err(format!("{}: its first line is empty, expected a password or token", path.display())),
        line => Ok(Secret::new(line)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(url: &str) -> Metrics {
        Metrics {
            url: Some(url.into()),
            username: None,
            password_file: None,
            token_file: None,
            ca_file: None,
            summary_interval: Duration::from_secs(900),
        }
    }

    #[test]
    fn who_asks() {
        let env = |name: &str| match name {
            PASSWORD_VARIABLE => Some("geheim".to_owned()),
            TOKEN_VARIABLE => Some("t0ken".to_owned()),
            _ => None,
        };
        let credentials = |flags: Metrics| flags.endpoint(&env).unwrap().unwrap().credentials;
        let value = |text: &str| Held::Value(Secret::new(text));
        assert_eq!(credentials(flags("http://a")), Credentials::Bearer(value("t0ken")));
        let token = Metrics { token_file: Some("t".into()), ..flags("http://a") };
        assert_eq!(credentials(token), Credentials::Bearer(Held::File("t".into())));
        let named = Metrics { username: Some("nino".into()), ..flags("http://a") };
        let password = value("geheim");
        assert_eq!(credentials(named.clone()), Credentials::Basic { name: "nino".into(), password });
        let none = |_: &str| None;
        assert_eq!(flags("http://a").endpoint(&none).unwrap().unwrap().credentials, Credentials::None);
        let missing = named.endpoint(&none).unwrap_err();
        assert!(missing.contains("expected --metrics.password-file or WARD_METRICS_PASSWORD"), "{missing}");
        assert_eq!(flags(" ").endpoint(&none).unwrap(), None);
        assert!(
            !format!("{:?}", Metrics { username: Some("nino".into()), ..flags("http://s3cret") })
                .contains("s3cret")
        );
    }

    #[test]
    fn secrets_are_on_the_first_line() {
        let read = |text: &str| first_line(Path::new("f"), Ok(text.to_owned()));
        assert_eq!(read("t0ken\r\nmore").as_ref().map(Secret::expose), Ok("t0ken"));
        assert_eq!(read("\nt").unwrap_err(), "f: its first line is empty, expected a password or token");
    }
}
