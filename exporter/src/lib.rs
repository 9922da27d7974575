//! A Prometheus exporter for SNMP devices.
