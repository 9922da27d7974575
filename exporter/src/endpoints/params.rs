//! What a request to `/snmp` asks for, read and checked in the order snmp_exporter does, and refused in its words.

use service::http::Request;
use snmp::EngineId;
use snmp::usm::Context;

use crate::render::escaping::Escaping;

/// The parameters of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Params<'r> {
    /// `target`, as it is written.
    pub target: &'r str,
    /// `auth`, where one is named.
    pub auth: Option<&'r str>,
    /// `snmp_context`; empty where none is named.
    context: &'r str,
    /// `snmp_engineid`; empty where none is named.
    engine_id: &'r str,
    /// `module`, each name once, in the order they were named.
    pub modules: Vec<String>,
    /// `snmp_debug_packets`.
    pub debug_packets: bool,
    /// `partial`, where it is said: whether what was read is answered where something is missing. Not
    /// snmp_exporter's.
    pub partial: Option<bool>,
    /// How odd names are to be written; from the `Accept` header.
    pub escaping: Escaping,
}

/// The module that is meant where none is named.
const DEFAULT_MODULE: &str = "if_mib";

impl<'r> Params<'r> {
    /// Reads the query; a body is none of its business.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(request: &'r Request) -> Result<Self, String> {
        let target = match request.query_all("target").collect::<Vec<_>>().as_slice() {
            [target] if !target.is_empty() => *target,
            _ => return Err("'target' parameter must be specified once".into()),
        };
        let auth = once(request, "auth")?;
        let context = once(request, "snmp_context")?;
        let engine_id = once(request, "snmp_engineid")?;
        let partial = match once(request, "partial")? {
            "" => None,
            "true" => Some(true),
            "false" => Some(false),
            _ => return Err("'partial' parameter must be true or false".into()),
        };
        Ok(Self {
            target,
            auth: Some(auth).filter(|name| !name.is_empty()),
            context,
            engine_id,
            modules: modules(request)?,
            debug_packets: request.query("snmp_debug_packets") == Some("true"),
            partial,
            escaping: Escaping::negotiated(request.header("accept").unwrap_or_default()),
        })
    }

    /// The context they name, for SNMPv3.
    ///
    /// # Errors
    /// The engine id is none.
    pub fn context(&self) -> Result<Context, String> {
        let engine_id: Option<EngineId> = match self.engine_id {
            "" => None,
            text => Some(text.parse().map_err(|error| format!("'snmp_engineid' parameter: {error}"))?),
        };
        Ok(Context { name: self.context.into(), engine_id })
    }

    /// All that tells one scrape from another, as text.
    pub fn key(&self) -> String {
        format!("{self:?}")
    }
}

/// The value of a parameter that may stand there once; empty where it does not.
fn once<'r>(request: &'r Request, name: &str) -> Result<&'r str, String> {
    let mut values = request.query_all(name);
    let first = values.next().unwrap_or_default();
    match values.next() {
        None => Ok(first),
        Some(_) => Err(format!("'{name}' parameter must only be specified once")),
    }
}

/// Lists of names, together: `module=a,b&module=c`.
fn modules(request: &Request) -> Result<Vec<String>, String> {
    let mut modules: Vec<String> = Vec::new();
    for name in request.query_all("module").flat_map(|list| list.split(',')).filter(|name| !name.is_empty()) {
        if !modules.iter().any(|known| known == name) {
            modules.push(name.into());
        }
    }
    match (modules.is_empty(), request.query("module")) {
        (false, _) => Ok(modules),
        (true, None) => Ok(vec![DEFAULT_MODULE.into()]),
        (true, Some(_)) => Err("'module' parameter must contain at least one module name".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_refused_in_snmp_exporters_order() {
        let target = "'target' parameter must be specified once";
        let once = |name: &str| format!("'{name}' parameter must only be specified once");
        // Each query has all the mistakes of those below it.
        for (query, expected) in [
            ("target=&auth=a&auth=b", target.to_owned()),
            ("target=a&target=b&auth=a&auth=b", target.to_owned()),
            ("target=a&auth=a&auth=b&snmp_context=&snmp_context=", once("auth")),
            ("target=a&snmp_context=a&snmp_context=b&snmp_engineid=&snmp_engineid=", once("snmp_context")),
            ("target=a&snmp_engineid=1&snmp_engineid=2&module=", once("snmp_engineid")),
            ("target=a&module=,", "'module' parameter must contain at least one module name".into()),
            ("target=a&partial=maybe", "'partial' parameter must be true or false".into()),
        ] {
            let request = Request::get(&format!("/snmp?{query}"));
            assert_eq!(Params::read(&request).unwrap_err(), expected, "{query}");
        }
    }

    #[test]
    fn defaults_and_lists() {
        let modules = |query: &str| {
            let request = Request::get(&format!("/snmp?target=a{query}"));
            Params::read(&request).unwrap().modules.join(" ")
        };
        assert_eq!(modules(""), "if_mib");
        assert_eq!(modules("&module=if_mib,system&module=system&module=,if_mib,x"), "if_mib system x");
        let request = Request::get(
            "/snmp?target=a&auth=&snmp_context=c&snmp_engineid=80001f88&snmp_debug_packets=true",
        );
        let params = Params::read(&request).unwrap();
        assert_eq!((params.auth, params.debug_packets, params.partial), (None, true, None));
        let context = params.context().unwrap();
        assert_eq!((context.name.as_str(), context.engine_id.unwrap().to_string()), ("c", "80001f88".into()));
        let request = Request::get("/snmp?target=a&snmp_engineid=zz");
        assert!(
            Params::read(&request).unwrap().context().unwrap_err().starts_with("'snmp_engineid' parameter: ")
        );
    }
}
