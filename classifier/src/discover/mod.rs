//! Discovery: which device is walked when, what it is asked, and what becomes of the answer.
//!
//! | room | holds |
//! |---|---|
//! | [`wanted`] | what a walk asks for |
//! | [`gates`] | whether a device has to be read whole |
//! | [`schedule`], [`turns`] | when a device is walked next; how many are at once, in all and at each site |
//! | [`walk`] | one walk: ask whether anything has changed, then as much as that needs, and decode it |
//! | [`runner`] | the walks of a whole fleet, on time and on request |
//!
//! `walk` and `runner` wait; all else is pure.

pub mod gates;
pub mod runner;
pub mod schedule;
pub mod turns;
pub mod walk;
pub mod wanted;
