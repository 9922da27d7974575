//! Discovery as a user sees it: the program, real and simulated agents, SQLite and PostgreSQL.

#[path = "../support/mod.rs"]
mod support;

mod foreign;
mod network;
mod once;
mod serving;
mod shared;
