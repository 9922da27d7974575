//! Where ours answers otherwise on purpose.
