-- The last 24 hours: the busy level, how much of the day was measured, and whose turn it is to write.

ALTER TABLE interface_summaries ADD COLUMN in_p95_bps REAL;
ALTER TABLE interface_summaries ADD COLUMN out_p95_bps REAL;
ALTER TABLE interface_summaries ADD COLUMN measured REAL;

-- What one classifier does for all, and when that is next due.
CREATE TABLE turns (
    name TEXT PRIMARY KEY,
    due_at INTEGER NOT NULL,
    owner TEXT,
    leased_until INTEGER
);
INSERT INTO turns (name, due_at) VALUES ('summaries', 0);

-- For people: the units and columns they know.
CREATE VIEW interface_metrics_summary AS
SELECT
    interface_id AS id,
    interface_id,
    in_avg_bps / 1e6 AS avg_in_mbps,
    out_avg_bps / 1e6 AS avg_out_mbps,
    in_max_bps / 1e6 AS max_in_mbps,
    out_max_bps / 1e6 AS max_out_mbps,
    in_bytes / 1e9 AS total_in_gb,
    out_bytes / 1e9 AS total_out_gb,
    CAST(round(in_errors) AS INTEGER) AS in_errors,
    CAST(round(out_errors) AS INTEGER) AS out_errors,
    CAST(round(in_discards) AS INTEGER) AS in_discards,
    CAST(round(out_discards) AS INTEGER) AS out_discards,
    100 * coalesce(max(in_utilisation_avg, out_utilisation_avg), in_utilisation_avg, out_utilisation_avg) AS utilization_percent,
    100 * coalesce(max(in_utilisation_max, out_utilisation_max), in_utilisation_max, out_utilisation_max) AS max_utilization_percent,
    in_p95_bps / 1e6 AS p95_in_mbps,
    out_p95_bps / 1e6 AS p95_out_mbps,
    100 * measured AS measured_percent,
    strftime('%Y-%m-%d %H:%M:%f', computed_at / 1000.0, 'unixepoch') AS calculated_at
FROM interface_summaries;
