//! What is plugged into what. Pure: what devices hear of each other goes in, links come out, and nothing is guessed.
//!
//! | room | holds |
//! |---|---|
//! | [`oids`], [`index`], [`id`] | tables of neighbours, their indexes, what neighbours call themselves |
//! | [`surroundings`] | what one device says of its surroundings |
//! | [`decode`], [`cdp`], [`tplink`], [`lag`] | a walk → surroundings |
//! | [`names`], [`ports`], [`local`] | interfaces by what they are called; which interface a local port number is |
//! | [`identity`], [`matching`] | devices by exact keys; which device a neighbour is |
//! | [`far`], [`observe`], [`links`] | which port of it; observations of both ends; links |
//! | [`known`], [`age`], [`stale`] | links by names; how they come, stay and go; words that are out of date |
//! | [`manual`], [`event`] | links that operators have said; what happened at ports |
//! | [`graph`], [`segment`], [`failure`] | the graph of it, ways; several devices on one line; what it hangs on |
//! | [`orphan`], [`answer`], [`compare`], [`formats`] | who has no place; a part of the graph; what changed; how it is written |
//! | [`whole`], [`evidence`], [`info`] | the fleet's topology; what it tells the rules; metrics |
//! | [`completed`] | devices from the store, with their neighbours again |
//! | [`watch`] | looks at the fleet whenever it has changed |
//! | [`drift`] | where descriptions and what is there have come apart |
//! | [`endpoint`], [`network`] | who is not in the inventory; the whole |

pub mod age;
pub mod answer;
pub mod cdp;
pub mod compare;
pub mod completed;
pub mod decode;
pub mod drift;
pub mod endpoint;
pub mod event;
pub mod evidence;
pub mod failure;
pub mod far;
pub mod formats;
pub mod graph;
pub mod id;
pub mod identity;
pub mod index;
pub mod info;
pub mod known;
pub mod lag;
pub mod links;
pub mod local;
pub mod manual;
pub mod matching;
pub mod names;
pub mod network;
pub mod observe;
pub mod oids;
pub mod orphan;
pub mod ports;
pub mod segment;
pub mod stale;
pub mod surroundings;
pub mod tplink;
pub mod watch;
pub mod whole;
