//! A bank's network: two core sites and as many branches as wanted.

use super::{Device, EndpointKind, Link, Make, Network, PortUse};

/// Towns, for sites and names.
pub(super) const TOWNS: [&str; 40] = [
    "rustavi",
    "kutaisi",
    "gori",
    "zugdidi",
    "poti",
    "telavi",
    "khashuri",
    "samtredia",
    "senaki",
    "zestaponi",
    "marneuli",
    "kobuleti",
    "akhaltsikhe",
    "ozurgeti",
    "kaspi",
    "chiatura",
    "tskaltubo",
    "sagarejo",
    "gardabani",
    "borjomi",
    "tkibuli",
    "khoni",
    "bolnisi",
    "akhalkalaki",
    "gurjaani",
    "mtskheta",
    "kvareli",
    "dusheti",
    "dmanisi",
    "lagodekhi",
    "sachkhere",
    "ninotsminda",
    "abasha",
    "tsnori",
    "vani",
    "terjola",
    "lanchkhuti",
    "ambrolauri",
    "signagi",
    "oni",
];

/// Providers of Internet lines.
pub(super) const PROVIDERS: [&str; 5] = ["magti", "silknet", "skytel", "cellfie", "caucasus"];

/// The makes of branch routers and of branch switches, in turn. With five of one and seven of the other every pair
/// comes, those that do not hear each other too.
const ROUTERS: [Make; 5] = [Make::Ios, Make::Ios, Make::OldIos, Make::Ios, Make::RouterOs];
const SWITCHES: [Make; 7] =
    [Make::Ios, Make::Ios, Make::Junos, Make::Ios, Make::ProCurve, Make::Ios, Make::Linux];

/// What a bank's network is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bank {
    /// How many branches, each with a router and a switch.
    pub branches: usize,
    /// How many interfaces a branch's switch has.
    pub switch_interfaces: usize,
    /// What chance starts from.
    pub seed: u64,
}

impl Default for Bank {
    fn default() -> Self {
        Self { branches: 30, switch_interfaces: 28, seed: 1 }
    }
}

impl Bank {
    /// Two core switches at each of two sites, all branches' routers and switches of several makes, and the cables
    /// between them.
    pub fn build(&self) -> Network {
        let mut network = Network::default();
        for (site, far) in [("tbilisi", "batumi"), ("batumi", "tbilisi")] {
            for (own, twin) in [(1, 2), (2, 1)] {
                let device = Device::core_switch(
                    &format!("{site}-core-{own}"),
                    site,
                    &format!("{site}-core-{twin}"),
                    &format!("{far}-core-{own}"),
                    self.seed,
                );
                network.devices.push(device.of_make(Make::NxOs));
            }
        }
        for branch in 0..self.branches {
            let (town, round) = (TOWNS[branch % TOWNS.len()], branch / TOWNS.len() + 1);
            let site = if round == 1 { town.to_owned() } else { format!("{town}{round}") };
            let (router, switch) = (format!("{site}-r1"), format!("{site}-sw1"));
            let (routing, switching) = (ROUTERS[branch % ROUTERS.len()], SWITCHES[branch % SWITCHES.len()]);
            let device = Device::branch_router(&router, &site, &switch, self.seed);
            network.devices.push(device.of_make(routing));
            let device = Device::switch(&switch, &site, self.switch_interfaces, self.seed);
            network.devices.push(device.of_make(switching));
        }
        network.connect();
        network.number();
        network.plug_in_endpoints();
        network
    }
}

impl Network {
    /// Lays the cables: core switches to their twins (four each) and to the other site, branch routers to the
    /// switch that follows them, and writes the other end's name on the switch's port.
    fn connect(&mut self) {
        for (a, b) in [(0, 1), (2, 3)] {
            self.links.extend((49..=52).map(|port| Link { a: (a, port), b: (b, port) }));
        }
        self.links.extend([(0, 2), (1, 3)].map(|(a, b)| Link { a: (a, 3), b: (b, 3) }));
        for router in (4..self.devices.len()).step_by(2) {
            let name = self.devices[router].name.clone();
            let Some(switch) = self.devices.get_mut(router + 1) else { break };
            let Some(port) = switch.ports.iter_mut().find(|port| port.used_for == PortUse::Trunk) else {
                continue;
            };
            port.alias = format!("TRUNK to {name}");
            self.links.push(Link { a: (router, 3), b: (router + 1, port.index) });
        }
    }

    /// Telephones and access points where ports say so.
    fn plug_in_endpoints(&mut self) {
        let mut found = Vec::new();
        for (place, device) in self.devices.iter().enumerate() {
            for port in &device.ports {
                let kind = match port.used_for {
                    PortUse::Voice if port.alias.to_lowercase().contains("phone") => EndpointKind::Telephone,
                    PortUse::Wireless => EndpointKind::AccessPoint,
                    _ => continue,
                };
                found.push(((place, port.index), kind));
            }
        }
        found.into_iter().for_each(|(at, kind)| self.plug_in(at, kind));
    }
}
