//! Devices, auth profiles and secrets: parse, validate, look up, redact.
