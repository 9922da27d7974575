//! What an interface can be.

use std::fmt;

use serde::{Serialize, Serializer};

/// What an interface is used for.
///
/// The order is the order of decision: where two types have the same support, the earlier one wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InterfaceType {
    /// An address of the device itself, without a wire.
    Loopback,
    /// A line of a provider: internet, transit, peering.
    Isp,
    /// A camera, or a recorder of cameras.
    Camera,
    /// Telephones, and what they talk to.
    Voice,
    /// The way administrators come in.
    Management,
    /// A server, a storage, a hypervisor.
    ServerLink,
    /// Another site of ours.
    BranchLink,
    /// Another switch, router or firewall of ours.
    Trunk,
    /// A user's device: a PC, a printer, an access point.
    Access,
    /// None of these, or not known.
    Other,
}

impl InterfaceType {
    /// All of them, in the order of decision.
    pub const ALL: [Self; 10] = [
        Self::Loopback,
        Self::Isp,
        Self::Camera,
        Self::Voice,
        Self::Management,
        Self::ServerLink,
        Self::BranchLink,
        Self::Trunk,
        Self::Access,
        Self::Other,
    ];

    /// The word for it in rule files, in metrics and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Loopback => "loopback",
            Self::Isp => "isp",
            Self::Camera => "camera",
            Self::Voice => "voice",
            Self::Management => "management",
            Self::ServerLink => "server_link",
            Self::BranchLink => "branch_link",
            Self::Trunk => "trunk",
            Self::Access => "access",
            Self::Other => "other",
        }
    }

    /// The type of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl fmt::Display for InterfaceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for InterfaceType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
