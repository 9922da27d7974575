//! Simulated agents and networks, faults on purpose, a recorder and a scrape benchmark.
