//! How the agents are to behave: options that `serve` and `bench` share.

use std::time::Duration;

use lab::fault::parse_duration;
use lab::synth::Access;
use lab::{Agent, Behaviour, FaultRule, Limits, Miss, Service, User};
use ward_lab as lab;

/// How the agents are to behave.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "How the agents behave")]
pub struct Manners {
    /// The round trip: how long after the request the answer comes, like 20ms.
    #[arg(long, default_value = "0", value_name = "TIME", value_parser = duration)]
    pub delay: Duration,

    /// The share of requests that get lost, 0 to 1.
    #[arg(long, default_value_t = 0.0, value_name = "SHARE", value_parser = share)]
    pub loss: f64,

    /// One request at a time; it takes PDU, and VARBIND for each varbind of the answer: 1ms,100us.
    #[arg(long, value_name = "PDU[,VARBIND]", value_parser = service)]
    pub serial: Option<Service>,

    /// The longest answer in octets; 1472 fills an Ethernet frame.
    #[arg(long, default_value_t = 1472, value_name = "OCTETS", value_parser = clap::value_parser!(u16).range(484..=65507))]
    pub max_message: u16,

    /// The most varbinds in an answer to GETBULK; net-snmp has 100.
    #[arg(long, value_name = "N")]
    pub max_varbinds: Option<usize>,

    /// An answer that is too long loses whole rows, not single varbinds.
    #[arg(long)]
    pub whole_rows: bool,

    /// Something to do wrong; may be repeated. The list is below.
    #[arg(long, value_name = "FAULT[@WHEN]")]
    pub fault: Vec<FaultRule>,

    /// What a GET gets for what is not there, in turn: nso (noSuchObject), nsi (noSuchInstance) or eomv
    /// (endOfMibView); the right one of the first two unless given.
    #[arg(long, value_name = "MISS", value_delimiter = ',')]
    pub miss: Vec<Miss>,

    /// The community the agents answer to.
    #[arg(long, default_value = "public")]
    pub community: String,

    /// A user of SNMPv3; may be repeated. The first is the one in an inventory that is written.
    /// AUTH: MD5, SHA, SHA224, SHA256, SHA384, SHA512; PRIV: DES, AES, AES192, AES256, AES192C, AES256C.
    #[arg(long, value_name = "NAME[:AUTH:PASSWORD[:PRIV:PASSWORD]]")]
    pub v3_user: Vec<User>,

    /// SNMPv1 and v2c get no answer.
    #[arg(long, requires = "v3_user")]
    pub v3_only: bool,

    /// How often the agents have booted.
    #[arg(long, default_value_t = 1, value_name = "N", requires = "v3_user")]
    pub v3_boots: u32,

    /// How long the agents have been up, as their engines say it.
    #[arg(long, default_value = "0", value_name = "TIME", value_parser = duration, requires = "v3_user")]
    pub v3_time: Duration,

    /// The longest message the agents say they take (msgMaxSize).
    #[arg(long, default_value_t = 65_507, value_name = "OCTETS", requires = "v3_user", value_parser = clap::value_parser!(u32).range(484..=0x7fff_ffff))]
    pub v3_max_size: u32,

    /// What chance starts from: the devices, and which requests get lost.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

impl Manners {
    /// These manners for one agent; `number` sets its luck apart from the others'.
    pub fn apply(&self, agent: Agent, number: usize) -> Agent {
        let behaviour = Behaviour {
            community: Some(self.community.clone().into_bytes()),
            delay: self.delay,
            loss: self.loss,
            service: self.serial,
            limits: Limits {
                max_message: usize::from(self.max_message),
                max_varbinds: self.max_varbinds,
                whole_rows: self.whole_rows,
            },
            misses: self.miss.clone(),
            faults: self.fault.clone(),
            v3_only: self.v3_only,
        };
        let agent =
            agent.behave(behaviour).seed(self.seed.wrapping_mul(1_000_003).wrapping_add(number as u64));
        if self.v3_user.is_empty() {
            return agent;
        }
        let seconds = u32::try_from(self.v3_time.as_secs()).unwrap_or(u32::MAX);
        let agent = agent.booted(self.v3_boots, seconds).max_size(self.v3_max_size);
        self.v3_user.iter().cloned().fold(agent, Agent::user)
    }

    /// What an inventory says about how to ask these agents.
    pub fn access(&self) -> Access<'_> {
        self.v3_user.first().map_or(Access::Community(&self.community), Access::User)
    }
}

/// A time from the command line.
pub fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| "use a time like 20ms, 1.5s or 2m".to_owned())
}

fn share(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| "use a number from 0 to 1".to_owned())
}

fn service(text: &str) -> Result<Service, String> {
    let (per_pdu, per_varbind) = text.split_once(',').unwrap_or((text, "0"));
    Ok(Service { per_pdu: duration(per_pdu)?, per_varbind: duration(per_varbind)? })
}
