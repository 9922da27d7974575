//! The inventory file that lets Ward find these devices.

use std::fmt::Write;
use std::net::IpAddr;

use crate::v3::User;

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

/// Who may ask the devices.
#[derive(Debug, Clone, Copy)]
pub enum Access<'a> {
    /// Whoever knows this community, over SNMPv2c.
    Community(&'a str),
    /// This user, over SNMPv3, at the user's highest level.
    User(&'a User),
}

/// A devices.yml: all devices on one port, with the same access.
pub fn devices_yml(devices: &[InventoryDevice<'_>], port: u16, access: Access<'_>) -> String {
    let mut text = format!(
        "auths:\n  lab: {{{}}}\n\
         defaults: {{auth: lab, modules: [system, interfaces], port: {port}}}\n\
         devices:\n",
        access.profile()
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

impl Access<'_> {
    /// The fields of an auth profile, as between the braces of `lab: {…}`.
    pub fn profile(&self) -> String {
        let user = match self {
            Access::Community(community) => return format!("version: 2, community: {}", quoted(community)),
            Access::User(user) => user,
        };
        let (name, level) = (String::from_utf8_lossy(user.name()), user.level().name());
        let mut fields = format!("version: 3, username: {}, security_level: {level}", quoted(&name));
        if let Some((protocol, password)) = user.auth() {
            let _ = write!(fields, ", auth_protocol: {protocol}, password: {}", quoted(password));
        }
        if let Some((protocol, password)) = user.privacy() {
            let _ = write!(fields, ", priv_protocol: {protocol}, priv_password: {}", quoted(password));
        }
        fields
    }
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
            devices_yml(&devices, 1161, Access::Community("it's \"secret\"")),
            r#"auths:
  lab: {version: 2, community: "it's \"secret\""}
defaults: {auth: lab, modules: [system, interfaces], port: 1161}
devices:
  - {name: rustavi-r1, address: "127.20.0.1", labels: {site: rustavi, role: branch}}
  - {name: "10:a b", address: "127.20.0.2"}
"#
        );
        let user: User = "ward:SHA256:auth phrase:AES:privphrase".parse().unwrap();
        let text = devices_yml(&[], 161, Access::User(&user));
        assert_eq!(
            text.lines().nth(1),
            Some(
                "  lab: {version: 3, username: ward, security_level: authPriv, auth_protocol: SHA256, \
                 password: \"auth phrase\", priv_protocol: AES, priv_password: privphrase}"
            )
        );
    }
}
