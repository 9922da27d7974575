//! Text as operators write it: cut into words, looked up, read for speeds.
//!
//! | room | holds |
//! |---|---|
//! | [`tokens`] | a text as words: small letters without accents, cut at everything that is neither letter nor digit |
//! | [`words`] | many lists of words and phrases, all looked up in one pass |
//! | [`slip`] | words that differ by one slip of the finger |
//! | [`speed`] | `100M`, `3.5 Gbit/s` as bits a second |

pub mod slip;
pub mod speed;
pub mod tokens;
pub mod words;
