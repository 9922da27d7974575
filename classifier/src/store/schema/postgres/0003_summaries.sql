-- The last 24 hours: the busy level, how much of the day was measured, and whose turn it is to write.

ALTER TABLE interface_summaries
    ADD COLUMN in_p95_bps double precision,
    ADD COLUMN out_p95_bps double precision,
    ADD COLUMN measured double precision;
-- All rows are written anew each time: room for that on their own pages.
ALTER TABLE interface_summaries SET (fillfactor = 50);

-- What one classifier does for all, and when that is next due, by this database's clock.
CREATE TABLE turns (
    name text PRIMARY KEY,
    due_at timestamptz NOT NULL,
    owner text,
    leased_until timestamptz
);
INSERT INTO turns (name, due_at) VALUES ('summaries', now());

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
    round(in_errors)::bigint AS in_errors,
    round(out_errors)::bigint AS out_errors,
    round(in_discards)::bigint AS in_discards,
    round(out_discards)::bigint AS out_discards,
    100 * greatest(in_utilisation_avg, out_utilisation_avg) AS utilization_percent,
    100 * greatest(in_utilisation_max, out_utilisation_max) AS max_utilization_percent,
    in_p95_bps / 1e6 AS p95_in_mbps,
    out_p95_bps / 1e6 AS p95_out_mbps,
    100 * measured AS measured_percent,
    computed_at AS calculated_at
FROM interface_summaries;
