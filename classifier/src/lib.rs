//! Learns what each interface of a network is (a provider's line, a trunk, a camera's port …), and says why.
//!
//! | room | holds |
//! |---|---|
//! | [`decode`] | what a device answered → facts |
//! | [`facts`] | what is known of an interface |
//! | [`rules`] | rules as data: a file is read, compiled and tested; a [`rules::Ruleset`] classifies |
//! | [`classification`], [`kind`] | what comes of it, with every reason |
//! | [`overrides`] | what someone knows better |
//! | [`text`], [`word`] | text as operators write it; short texts that many share |
//! | [`table`], [`diff`], [`score`] | interfaces from a file with columns; what would change for them with other rules; how often rules are right |
//! | [`walk`], [`identity`], [`change`] | what a walk brought; which interface is which; what that changes of what is known |
//! | [`state`], [`timestamp`] | what is known of a device |
//! | [`topology`] | what is plugged into what
//! | [`labeller`] | the rules in force, for devices |
//! | [`store`] | where it is kept: SQLite or PostgreSQL |
//! | [`discover`] | which device is walked when, what it is asked, and what becomes of the answer |
//! | [`info`], [`own`], [`serving`] | the fleet and the work as metrics |
//! | [`api`] | the REST API, and its document |
//! | [`endpoints`] | the answers to other requests |
//! | [`app`] | all parts of the serving classifier, put together |
//! | [`args`], [`commands`] | the command line: `discover`, `explain`, `rules` |
//!
//! Which rooms do IO is said in `crates/e2e/src/borders.rs`; the others take values and return values.

pub mod analytics;
pub mod api;
pub mod app;
pub mod args;
pub mod change;
pub mod classification;
pub mod commands;
mod date;
pub mod decode;
pub mod diff;
pub mod discover;
pub mod endpoints;
pub mod facts;
pub mod identity;
pub mod info;
pub mod kind;
pub mod labeller;
pub mod overrides;
pub mod own;
pub mod rules;
pub mod score;
pub mod serving;
pub mod state;
pub mod store;
pub mod table;
pub mod text;
pub mod timestamp;
pub mod topology;
pub mod walk;
pub mod word;
