//! What tests of the classifier share.

// Each test program takes its part of this.
#![allow(dead_code)]

pub mod database;
pub mod fleet;
pub mod postgres;
