//! The bodies of snmp_exporter's HTTP 500, as client_golang writes them.

use crate::address::BadTarget;
use crate::render::problem::invalid_metric;

/// Begins where no conversation could begin.
pub const CONNECTING: &str = "Error connecting to target";
/// Where the target could not be understood.
pub const WORKER: &str = "Error during initialisation of the Worker";
/// Where the conversation failed.
pub const SCRAPING: &str = "Error scraping target";

/// The whole body, of one or several errors.
pub fn body(errors: &[String]) -> String {
    let list = match errors {
        [one] => one.clone(),
        many => {
            let lines: String = many.iter().map(|error| format!("\n* {error}")).collect();
            format!("{} error(s) occurred:{lines}", many.len())
        }
    };
    format!("An error has occurred while serving metrics:\n\n{list}\n")
}

/// The body for a target that cannot be understood.
pub fn bad_target(error: &BadTarget) -> String {
    let help = match error {
        BadTarget::Port(_) => WORKER,
        BadTarget::Host { .. } => CONNECTING,
    };
    body(&[invalid_metric(help, None, &error.to_string())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_those_of_snmp_exporter() {
        let head = "An error has occurred while serving metrics:\n\n";
        assert_eq!(body(&["x".into()]), format!("{head}x\n"));
        assert_eq!(body(&["x".into(), "y".into()]), format!("{head}2 error(s) occurred:\n* x\n* y\n"));
        for (target, expected) in [
            (
                "127.0.0.1:bad",
                "error collecting metric Desc{fqName: \"snmp_error\", help: \"Error during initialisation of the Worker\", \
                 constLabels: {}, variableLabels: {}}: error converting port number to int for target \"127.0.0.1\": \
                 strconv.Atoi: parsing \"bad\": invalid syntax\n",
            ),
            (
                "http://127.0.0.1",
                "error collecting metric Desc{fqName: \"snmp_error\", help: \"Error connecting to target\", \
                 constLabels: {}, variableLabels: {}}: error connecting to target 127.0.0.1: \
                 error establishing connection to host: dial http: unknown network http\n",
            ),
        ] {
            let error = crate::address::parse(target).unwrap_err();
            assert_eq!(bad_target(&error), format!("{head}{expected}"));
        }
    }
}
