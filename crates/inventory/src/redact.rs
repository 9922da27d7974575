//! The effective configuration as YAML, for people to look at. No secret is in it.

use std::collections::BTreeMap;

use serde::Serialize;
use snmp::Secret;

use crate::auth::{Auth, Version};
use crate::device::Device;
use crate::duration::format_duration;

/// What stands in the place of a secret, as in snmp_exporter.
const HIDDEN: &str = "<secret>";

/// Auth profiles, as snmp_exporter's `/config` shows them: with their defaults.
pub fn auths<'a>(auths: impl IntoIterator<Item = &'a Auth>) -> String {
    let auths = auths.into_iter().map(|auth| (auth.name.as_str(), AuthView::of(auth)));
    shown(&AuthsView { auths: Ordered(auths.collect()) })
}

/// Devices with their defaults.
pub fn devices(devices: &[Device]) -> String {
    shown(&DevicesView { devices: devices.iter().map(DeviceView::of).collect() })
}

fn shown(view: &impl Serialize) -> String {
    serde_yaml::to_string(view).unwrap_or_else(|error| format!("# cannot be shown: {error}\n"))
}

#[derive(Serialize)]
struct AuthsView<'a> {
    auths: Ordered<'a, AuthView<'a>>,
}

#[derive(Serialize)]
struct DevicesView<'a> {
    devices: Vec<DeviceView<'a>>,
}

/// A map that keeps its order.
struct Ordered<'a, T>(Vec<(&'a str, T)>);

impl<T: Serialize> Serialize for Ordered<'_, T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

#[derive(Serialize)]
struct AuthView<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    community: Option<&'static str>,
    security_level: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    username: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'static str>,
    auth_protocol: &'static str,
    priv_protocol: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    priv_password: Option<&'static str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    context_name: &'a str,
    version: u8,
}

impl<'a> AuthView<'a> {
    fn of(auth: &'a Auth) -> Self {
        let hidden = |secret: &Secret| (!secret.is_empty()).then_some(HIDDEN);
        AuthView {
            community: hidden(&auth.community),
            security_level: auth.security_level.as_str(),
            username: if auth.username_is_public { auth.username.expose() } else { HIDDEN },
            password: hidden(&auth.password),
            auth_protocol: auth.auth_protocol.as_str(),
            priv_protocol: auth.priv_protocol.as_str(),
            priv_password: hidden(&auth.priv_password),
            context_name: &auth.context_name,
            version: match auth.version {
                Version::V1 => 1,
                Version::V2c => 2,
                Version::V3 => 3,
            },
        }
    }
}

#[derive(Serialize)]
struct DeviceView<'a> {
    name: &'a str,
    address: String,
    port: u16,
    auth: &'a str,
    modules: &'a [String],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: &'a BTreeMap<String, String>,
    timeout: String,
    retries: u32,
    max_in_flight: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_repetitions: Option<u32>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    allow_nonincreasing_oids: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<String>,
}

impl<'a> DeviceView<'a> {
    fn of(device: &'a Device) -> Self {
        DeviceView {
            name: &device.name,
            address: device.address.to_string(),
            port: device.port,
            auth: &device.auth.name,
            modules: &device.modules,
            labels: &device.labels,
            timeout: format_duration(device.limits.timeout),
            retries: device.limits.retries,
            max_in_flight: device.limits.max_in_flight,
            max_repetitions: device.limits.max_repetitions,
            allow_nonincreasing_oids: device.limits.allow_nonincreasing_oids,
            interval: device.interval.map(format_duration),
        }
    }
}
