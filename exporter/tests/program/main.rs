//! The program as its users meet it: started as a process, asked over HTTP, against simulated agents.

mod bad_input;
mod harness;
mod http;
mod scraping;
mod terminal;
mod upstream;
