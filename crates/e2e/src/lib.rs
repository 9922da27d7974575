//! Tests that start the real programs and look from outside.
