//! `/config`: what is in force, without secrets.

use service::http::Response;

use crate::snapshot::Snapshot;

/// The inventory with its defaults filled in, and the names of all modules.
pub fn answer(snapshot: &Snapshot) -> Response {
    let mut yaml = snapshot.inventory.redacted();
    yaml.push_str("modules:\n");
    for module in snapshot.modules.iter() {
        let walk: Vec<String> = module.walk.iter().map(ToString::to_string).collect();
        let get: Vec<String> = module.get.iter().map(ToString::to_string).collect();
        yaml.push_str(&format!(
            "  {:?}: {{walk: [{}], get: [{}], metrics: {}}}\n",
            module.name,
            walk.join(", "),
            get.join(", "),
            module.metrics.len()
        ));
    }
    Response::yaml(yaml)
}
