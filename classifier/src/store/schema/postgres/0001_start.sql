-- What is kept of devices and interfaces. docs/SQL.md describes the tables and views.

CREATE TABLE devices (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    address text NOT NULL DEFAULT '',
    labels jsonb NOT NULL DEFAULT '{}',
    sys_object_id text NOT NULL DEFAULT '',
    sys_name text NOT NULL DEFAULT '',
    sys_descr text NOT NULL DEFAULT '',
    location text NOT NULL DEFAULT '',
    model text NOT NULL DEFAULT '',
    serial text NOT NULL DEFAULT '',
    chassis text NOT NULL DEFAULT '',
    engine_id text NOT NULL DEFAULT '',
    generation bigint NOT NULL DEFAULT 0,
    first_seen timestamptz,
    last_walk_ok timestamptz,
    last_walk timestamptz,
    last_walk_ms bigint NOT NULL DEFAULT 0,
    last_error text,
    failures bigint NOT NULL DEFAULT 0,
    gates text NOT NULL DEFAULT '',
    interfaces_ever bigint NOT NULL DEFAULT 0,
    noted_at timestamptz,
    listed_at timestamptz NOT NULL,
    revision bigint NOT NULL DEFAULT 0,
    write_tag bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 70);
-- Hash indexes where devices choose the text: a B-tree refuses what is longer than a third of a page.
CREATE INDEX devices_serial ON devices USING hash (serial);

-- No uniqueness of if_index: agents renumber, and two ports may swap theirs.
CREATE TABLE interfaces (
    id bigint PRIMARY KEY,
    device_id bigint NOT NULL REFERENCES devices ON DELETE CASCADE,
    if_key text NOT NULL,
    if_index bigint NOT NULL,
    if_name text NOT NULL,
    if_descr text NOT NULL,
    if_alias text NOT NULL,
    raw_name bytea,
    raw_descr bytea,
    raw_alias bytea,
    if_type bigint,
    speed_bps bigint,
    mtu bigint,
    admin_status bigint,
    oper_status bigint,
    duplex text,
    mac text,
    connector_present boolean,
    last_change bigint,
    addresses jsonb NOT NULL DEFAULT '[]',
    is_lag boolean NOT NULL,
    lag text,
    first_seen timestamptz NOT NULL,
    last_seen timestamptz,
    status_since timestamptz,
    missed bigint NOT NULL DEFAULT 0,
    retired_at timestamptz,
    UNIQUE (device_id, if_key)
) WITH (fillfactor = 90);
CREATE INDEX interfaces_name ON interfaces USING hash (if_name);
CREATE INDEX interfaces_alias ON interfaces USING hash (if_alias);
CREATE INDEX interfaces_mac ON interfaces (mac) WHERE mac IS NOT NULL;
CREATE INDEX interfaces_retired ON interfaces (retired_at) WHERE retired_at IS NOT NULL;

CREATE TABLE classifications (
    interface_id bigint PRIMARY KEY REFERENCES interfaces ON DELETE CASCADE,
    interface_type text NOT NULL,
    isp_provider text,
    is_critical boolean NOT NULL,
    critical_reason text,
    confidence double precision NOT NULL,
    best_guess text,
    review boolean NOT NULL,
    overridden boolean NOT NULL,
    labels jsonb NOT NULL DEFAULT '{}',
    explanation jsonb NOT NULL DEFAULT '{}',
    digest bigint NOT NULL,
    rules text NOT NULL,
    classified_at timestamptz NOT NULL
);
CREATE INDEX classifications_type ON classifications (interface_type);
CREATE INDEX classifications_provider ON classifications USING hash (isp_provider);
CREATE INDEX classifications_critical ON classifications (interface_id) WHERE is_critical;
CREATE INDEX classifications_review ON classifications (interface_id) WHERE review;

-- What held from when to when; valid_to is NULL while it does.
CREATE TABLE interface_history (
    interface_id bigint NOT NULL REFERENCES interfaces ON DELETE CASCADE,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    if_name text NOT NULL,
    if_alias text NOT NULL,
    speed_bps bigint,
    admin_status bigint,
    interface_type text NOT NULL,
    isp_provider text,
    is_critical boolean NOT NULL
);
CREATE INDEX interface_history_range ON interface_history (interface_id, valid_from);
CREATE UNIQUE INDEX interface_history_open ON interface_history (interface_id) WHERE valid_to IS NULL;
CREATE INDEX interface_history_ended ON interface_history (valid_to) WHERE valid_to IS NOT NULL;

-- What people decided; it goes before the rules.
CREATE TABLE overrides (
    interface_id bigint PRIMARY KEY REFERENCES interfaces ON DELETE CASCADE,
    decision jsonb NOT NULL,
    author text NOT NULL,
    reason text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    review boolean NOT NULL DEFAULT false
);

CREATE TABLE events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    device_id bigint NOT NULL REFERENCES devices ON DELETE CASCADE,
    interface_id bigint,
    kind text NOT NULL,
    if_name text NOT NULL,
    old_value text NOT NULL,
    new_value text NOT NULL
);
CREATE INDEX events_at ON events (at);
CREATE INDEX events_device ON events (device_id, id);
CREATE INDEX events_interface ON events (interface_id, id) WHERE interface_id IS NOT NULL;

-- One row for each walk of a device.
CREATE TABLE discovery_runs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    device_id bigint NOT NULL REFERENCES devices ON DELETE CASCADE,
    started_at timestamptz NOT NULL,
    took_ms bigint NOT NULL,
    outcome text NOT NULL,
    error text,
    interfaces bigint NOT NULL,
    changed bigint NOT NULL,
    instance text NOT NULL
);
CREATE INDEX discovery_runs_device ON discovery_runs (device_id, id);
CREATE INDEX discovery_runs_started ON discovery_runs (started_at);

-- Who walks which device, and when the next walk is due. All times are this database's own.
CREATE TABLE leases (
    device_id bigint PRIMARY KEY REFERENCES devices ON DELETE CASCADE,
    due_at timestamptz NOT NULL,
    owner text,
    token bigint NOT NULL DEFAULT 0,
    leased_until timestamptz
) WITH (fillfactor = 50);

-- The last 24 hours of each interface, from its series.
CREATE TABLE interface_summaries (
    interface_id bigint PRIMARY KEY REFERENCES interfaces ON DELETE CASCADE,
    computed_at timestamptz NOT NULL,
    in_avg_bps double precision,
    in_max_bps double precision,
    out_avg_bps double precision,
    out_max_bps double precision,
    in_bytes double precision,
    out_bytes double precision,
    in_errors double precision,
    out_errors double precision,
    in_discards double precision,
    out_discards double precision,
    in_utilisation_avg double precision,
    in_utilisation_max double precision,
    out_utilisation_avg double precision,
    out_utilisation_max double precision
);

-- For people: one row for each interface that is there, with the columns they know.
CREATE VIEW device_interfaces AS
SELECT
    i.id,
    i.device_id,
    d.name AS device_name,
    d.address AS device_ip,
    i.if_index,
    coalesce(nullif(i.if_name, ''), nullif(i.if_descr, ''), i.if_index::text) AS if_name,
    i.if_descr,
    i.if_alias,
    CASE i.if_type
        WHEN 1 THEN 'other'
        WHEN 6 THEN 'ethernetCsmacd'
        WHEN 22 THEN 'propPointToPointSerial'
        WHEN 23 THEN 'ppp'
        WHEN 24 THEN 'softwareLoopback'
        WHEN 53 THEN 'propVirtual'
        WHEN 54 THEN 'propMultiplexor'
        WHEN 71 THEN 'ieee80211'
        WHEN 108 THEN 'pppMultilinkBundle'
        WHEN 117 THEN 'gigabitEthernet'
        WHEN 131 THEN 'tunnel'
        WHEN 135 THEN 'l2vlan'
        WHEN 136 THEN 'l3ipvlan'
        WHEN 150 THEN 'mplsTunnel'
        WHEN 161 THEN 'ieee8023adLag'
        WHEN 166 THEN 'mpls'
        WHEN 209 THEN 'bridge'
        ELSE i.if_type::text
    END AS if_type,
    i.if_type AS if_type_number,
    c.interface_type,
    c.isp_provider,
    c.is_critical,
    c.critical_reason,
    c.confidence AS parser_confidence,
    c.review,
    c.overridden,
    c.labels AS extra_labels,
    i.admin_status,
    i.oper_status,
    i.speed_bps AS speed,
    i.mtu,
    i.duplex,
    i.mac AS phys_address,
    i.addresses,
    i.lag,
    NULL::bigint AS connected_to_device_id,
    NULL::bigint AS connected_to_interface_id,
    NULL::text AS lldp_neighbor_name,
    NULL::text AS lldp_neighbor_port,
    i.first_seen AS discovered_at,
    coalesce(i.last_seen, d.last_walk_ok, i.first_seen) AS last_seen,
    i.status_since AS last_status_change,
    true AS enabled,
    true AS monitoring_enabled,
    o.reason AS notes,
    d.labels AS tags,
    d.labels AS custom_fields,
    i.first_seen AS created_at,
    greatest(c.classified_at, i.status_since, i.first_seen) AS updated_at
FROM interfaces i
JOIN devices d ON d.id = i.device_id
JOIN classifications c ON c.interface_id = i.id
LEFT JOIN overrides o ON o.interface_id = i.id
WHERE i.retired_at IS NULL;

CREATE VIEW standalone_devices AS
SELECT
    id,
    name,
    address AS ip,
    sys_name AS hostname,
    labels ->> 'vendor' AS vendor,
    labels ->> 'role' AS device_type,
    model,
    location,
    serial,
    true AS enabled,
    labels AS tags,
    labels AS custom_fields,
    labels ->> 'site' AS site,
    CASE WHEN failures > 0 THEN coalesce(last_walk_ok, listed_at) END AS down_since,
    first_seen AS created_at,
    last_walk_ok AS last_seen
FROM devices;
