//! Addresses of a network: every device and every port that routes gets its own, and a few share one on purpose.

use std::net::Ipv4Addr;

use super::Network;
use super::device::Device;
use super::port::PortUse;

impl Network {
    /// Numbers the devices: MAC addresses, management addresses in 10.100.0.0/14, loopbacks in 10.96.0.0/14, lines to
    /// providers in 100.64.0.0/10, the tunnels' network 172.16.0.0/12, and /30 networks between routing neighbours.
    /// The gateway of a core site's servers is on both its switches, as with an anycast gateway.
    pub(super) fn number(&mut self) {
        for (place, device) in (1u32..).zip(&mut self.devices) {
            device.count_as(place);
            device.address_as(place);
        }
        let cores = |device: &Device| device.role == "core";
        for (pair, link) in (0u32..).zip(self.links.clone()) {
            let between_sites = match (self.devices.get(link.a.0), self.devices.get(link.b.0)) {
                (Some(a), Some(b)) => cores(a) && cores(b) && a.site != b.site,
                _ => false,
            };
            if !between_sites {
                continue;
            }
            for (end, (device, index)) in (1..).zip([link.a, link.b]) {
                let port = self.devices[device].ports.iter_mut().find(|port| port.index == index);
                if let Some(port) = port {
                    port.addresses.push((offset([10, 255, 0, 0], 4 * pair + end), 30));
                }
            }
        }
    }
}

impl Device {
    fn address_as(&mut self, place: u32) {
        let address = offset([10, 100, 0, 0], host(place));
        self.address = Some(address);
        // On the leg in the management VLAN, or where there is none on the first port.
        let leg = self.ports.iter().position(|port| port.alias == "MGMT").unwrap_or(0);
        if let Some(port) = self.ports.get_mut(leg) {
            port.addresses.push((address, 14));
        }
        let (role, site) =
            (self.role, self.site.as_bytes().iter().map(|octet| u32::from(*octet)).sum::<u32>());
        for port in &mut self.ports {
            match port.used_for {
                PortUse::Loopback => {
                    port.addresses.push((offset([10, 96, 0, 0], host(place)), 32));
                }
                PortUse::Isp => {
                    let line = offset([100, 64, 0, 0], 4 * (2 * place + port.index % 2) + 2);
                    port.addresses.push((line, 30));
                }
                PortUse::Tunnel => {
                    let hub = [172, 16 + (port.index % 16) as u8, 0, 0];
                    port.addresses.push((offset(hub, host(place)), 16));
                }
                PortUse::Vlan if role == "core" && port.alias == "SERVERS" => {
                    port.addresses.push((offset([10, 10, 0, 1], (site % 250) << 8), 24));
                }
                _ => {}
            }
        }
    }
}

/// The n-th host, 250 in each /24, so that no address looks like a network's.
fn host(n: u32) -> u32 {
    (n / 250) << 8 | (n % 250 + 1)
}

/// The n-th address from `base` on.
fn offset(base: [u8; 4], n: u32) -> Ipv4Addr {
    Ipv4Addr::from(u32::from_be_bytes(base).wrapping_add(n))
}
