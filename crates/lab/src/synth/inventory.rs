//! The inventory file that lets Ward find these devices.

use std::fmt::Write;
use std::net::IpAddr;

/// One line of an inventory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InventoryDevice<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where its agent listens.
    pub address: IpAddr,
    /// The labels `site` and `role`, where they are known.
    pub labels: Option<(&'a str, &'a str)>,
}

/// A devices.yml: all devices on one port, with one community.
pub fn devices_yml(devices: &[InventoryDevice<'_>], port: u16, community: &str) -> String {
    let mut text = format!(
        "auths:\n  lab: {{version: 2, community: {}}}\n\
         defaults: {{auth: lab, modules: [system, interfaces], port: {port}}}\n\
         devices:\n",
        quoted(community)
    );
    for device in devices {
        let labels = match device.labels {
            Some((site, role)) => format!(", labels: {{site: {}, role: {}}}", quoted(site), quoted(role)),
            None => String::new(),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "  - {{name: {}, address: {:?}{labels}}}",
            quoted(device.name),
            device.address.to_string()
        );
    }
    text
}

/// A YAML string, quoted only where it needs to be.
fn quoted(text: &str) -> String {
    let plain = text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter))
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "yes" | "no" | "on" | "off" | "null" | "y" | "n"
        );
    // JSON strings are YAML strings.
    if plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inventory_reads_like_one_written_by_hand() {
        let devices = [
            InventoryDevice {
                name: "rustavi-r1",
                address: [127, 20, 0, 1].into(),
                labels: Some(("rustavi", "branch")),
            },
            InventoryDevice { name: "10:a b", address: [127, 20, 0, 2].into(), labels: None },
        ];
        assert_eq!(
            devices_yml(&devices, 1161, "it's \"secret\""),
            r#"auths:
  lab: {version: 2, community: "it's \"secret\""}
defaults: {auth: lab, modules: [system, interfaces], port: 1161}
devices:
  - {name: rustavi-r1, address: "127.20.0.1", labels: {site: rustavi, role: branch}}
  - {name: "10:a b", address: "127.20.0.2"}
"#
        );
    }
}
