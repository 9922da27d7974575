//! What the program does from the terminal instead of serving.

pub mod advice;
pub mod check;
pub mod explain;
pub mod scrape;
