//! Discovery: which device is walked when, what it is asked, and what becomes of the answer.
//!
//! | room | holds |
//! |---|---|
//! | [`wanted`] | what a walk asks for |
//! | [`gates`] | whether a device has to be read whole |
//! | [`schedule`], [`turns`] | when a device is walked next; how many are at once, in all and at each site |
//! | [`walk`] | one walk: ask whether anything has changed, then as much as that needs, and decode it |
//! | [`outcome`] | what a walk came to |
//! | [`handle`], [`job`] | discovery as others see it; walks that somebody asked for |
//! | `runner` | the loop that begins walks, on time and on request, as there are turns for them |
//! | `leases` | the right to walk devices, among several classifiers |
//!
//! `walk`, `leases`, `runner` and `handle` wait; all else is pure.

pub mod gates;
pub mod handle;
pub mod job;
mod leases;
pub mod outcome;
mod runner;
pub mod schedule;
pub mod turns;
pub mod walk;
pub mod wanted;

pub use handle::{Discovery, Settings};
