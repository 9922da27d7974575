//! What comes of the series: summaries of the last 24 hours in the database, and questions of the API in PromQL.
//!
//! | room | holds |
//! |---|---|
//! | [`args`], [`endpoint`] | the flags that say where series are asked for, and who we are to that server |
//! | [`promql`], [`range`] | questions as text, in which a name is a name; stretches of time with few points |
//! | [`decode`] | answers, row by row |
//! | [`summary`], [`figures`] | what is kept of the last 24 hours, and how answers about a whole fleet become that |
//! | [`questions`], [`answers`] | what the API asks, and what comes back by interface |
//! | [`client`], [`error`] | asks over HTTP; what can be wrong with that |
//! | [`keep`] | every quarter of an hour: one question a figure, one batch into the store |
//! | [`metrics`] | what is counted of all this |

pub mod answers;
pub mod args;
pub mod client;
pub mod decode;
pub mod endpoint;
pub mod error;
pub mod figures;
pub mod keep;
pub mod metrics;
pub mod promql;
pub mod questions;
pub mod range;
pub mod summary;
