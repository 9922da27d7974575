-- What is kept of devices and interfaces. docs/SQL.md describes the tables and views. Times are milliseconds since
-- 1970-01-01 UTC; the views show them as text.

CREATE TABLE devices (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    address TEXT NOT NULL DEFAULT '',
    labels TEXT NOT NULL DEFAULT '{}',
    sys_object_id TEXT NOT NULL DEFAULT '',
    sys_name TEXT NOT NULL DEFAULT '',
    sys_descr TEXT NOT NULL DEFAULT '',
    location TEXT NOT NULL DEFAULT '',
    model TEXT NOT NULL DEFAULT '',
    serial TEXT NOT NULL DEFAULT '',
    chassis TEXT NOT NULL DEFAULT '',
    engine_id TEXT NOT NULL DEFAULT '',
    generation INTEGER NOT NULL DEFAULT 0,
    first_seen INTEGER,
    last_walk_ok INTEGER,
    last_walk INTEGER,
    last_walk_ms INTEGER NOT NULL DEFAULT 0,
    last_error TEXT,
    failures INTEGER NOT NULL DEFAULT 0,
    gates TEXT NOT NULL DEFAULT '',
    interfaces_ever INTEGER NOT NULL DEFAULT 0,
    noted_at INTEGER,
    listed_at INTEGER NOT NULL,
    revision INTEGER NOT NULL DEFAULT 0,
    write_tag INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX devices_serial ON devices (serial) WHERE serial <> '';

-- No uniqueness of if_index: agents renumber, and two ports may swap theirs.
CREATE TABLE interfaces (
    id INTEGER PRIMARY KEY,
    device_id INTEGER NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    if_key TEXT NOT NULL,
    if_index INTEGER NOT NULL,
    if_name TEXT NOT NULL,
    if_descr TEXT NOT NULL,
    if_alias TEXT NOT NULL,
    raw_name BLOB,
    raw_descr BLOB,
    raw_alias BLOB,
    if_type INTEGER,
    speed_bps INTEGER,
    mtu INTEGER,
    admin_status INTEGER,
    oper_status INTEGER,
    duplex TEXT,
    mac TEXT,
    connector_present INTEGER,
    last_change INTEGER,
    addresses TEXT NOT NULL DEFAULT '[]',
    is_lag INTEGER NOT NULL,
    lag TEXT,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER,
    status_since INTEGER,
    missed INTEGER NOT NULL DEFAULT 0,
    retired_at INTEGER,
    UNIQUE (device_id, if_key)
);
CREATE INDEX interfaces_name ON interfaces (if_name);
CREATE INDEX interfaces_alias ON interfaces (if_alias COLLATE NOCASE);
CREATE INDEX interfaces_mac ON interfaces (mac) WHERE mac IS NOT NULL;
CREATE INDEX interfaces_retired ON interfaces (retired_at) WHERE retired_at IS NOT NULL;

CREATE TABLE classifications (
    interface_id INTEGER PRIMARY KEY REFERENCES interfaces (id) ON DELETE CASCADE,
    interface_type TEXT NOT NULL,
    isp_provider TEXT,
    is_critical INTEGER NOT NULL,
    critical_reason TEXT,
    confidence REAL NOT NULL,
    best_guess TEXT,
    review INTEGER NOT NULL,
    overridden INTEGER NOT NULL,
    labels TEXT NOT NULL DEFAULT '{}',
    explanation TEXT NOT NULL DEFAULT '{}',
    digest INTEGER NOT NULL,
    rules TEXT NOT NULL,
    classified_at INTEGER NOT NULL
);
CREATE INDEX classifications_type ON classifications (interface_type);
CREATE INDEX classifications_provider ON classifications (isp_provider) WHERE isp_provider IS NOT NULL;
CREATE INDEX classifications_critical ON classifications (interface_id) WHERE is_critical;
CREATE INDEX classifications_review ON classifications (interface_id) WHERE review;

-- What held from when to when; valid_to is NULL while it does.
CREATE TABLE interface_history (
    interface_id INTEGER NOT NULL REFERENCES interfaces (id) ON DELETE CASCADE,
    valid_from INTEGER NOT NULL,
    valid_to INTEGER,
    if_name TEXT NOT NULL,
    if_alias TEXT NOT NULL,
    speed_bps INTEGER,
    admin_status INTEGER,
    interface_type TEXT NOT NULL,
    isp_provider TEXT,
    is_critical INTEGER NOT NULL
);
CREATE INDEX interface_history_range ON interface_history (interface_id, valid_from);
CREATE UNIQUE INDEX interface_history_open ON interface_history (interface_id) WHERE valid_to IS NULL;
CREATE INDEX interface_history_ended ON interface_history (valid_to) WHERE valid_to IS NOT NULL;

-- What people decided; it goes before the rules.
CREATE TABLE overrides (
    interface_id INTEGER PRIMARY KEY REFERENCES interfaces (id) ON DELETE CASCADE,
    decision TEXT NOT NULL,
    author TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_at INTEGER NOT NULL DEFAULT (CAST(1000 * unixepoch('subsec') AS INTEGER)),
    expires_at INTEGER,
    review INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    device_id INTEGER NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    interface_id INTEGER,
    kind TEXT NOT NULL,
    if_name TEXT NOT NULL,
    old_value TEXT NOT NULL,
    new_value TEXT NOT NULL
);
CREATE INDEX events_at ON events (at);
CREATE INDEX events_device ON events (device_id, id);
CREATE INDEX events_interface ON events (interface_id, id) WHERE interface_id IS NOT NULL;

-- One row for each walk of a device.
CREATE TABLE discovery_runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    device_id INTEGER NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    started_at INTEGER NOT NULL,
    took_ms INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    error TEXT,
    interfaces INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    instance TEXT NOT NULL
);
CREATE INDEX discovery_runs_device ON discovery_runs (device_id, id);
CREATE INDEX discovery_runs_started ON discovery_runs (started_at);

-- Who walks which device, and when the next walk is due.
CREATE TABLE leases (
    device_id INTEGER PRIMARY KEY REFERENCES devices (id) ON DELETE CASCADE,
    due_at INTEGER NOT NULL,
    owner TEXT,
    token INTEGER NOT NULL DEFAULT 0,
    leased_until INTEGER
);

-- The last 24 hours of each interface, from its series.
CREATE TABLE interface_summaries (
    interface_id INTEGER PRIMARY KEY REFERENCES interfaces (id) ON DELETE CASCADE,
    computed_at INTEGER NOT NULL,
    in_avg_bps REAL,
    in_max_bps REAL,
    out_avg_bps REAL,
    out_max_bps REAL,
    in_bytes REAL,
    out_bytes REAL,
    in_errors REAL,
    out_errors REAL,
    in_discards REAL,
    out_discards REAL,
    in_utilisation_avg REAL,
    in_utilisation_max REAL,
    out_utilisation_avg REAL,
    out_utilisation_max REAL
);

-- For people: one row for each interface that is there, with the columns they know.
CREATE VIEW device_interfaces AS
SELECT
    i.id,
    i.device_id,
    d.name AS device_name,
    d.address AS device_ip,
    i.if_index,
    coalesce(nullif(i.if_name, ''), nullif(i.if_descr, ''), CAST(i.if_index AS TEXT)) AS if_name,
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
        ELSE CAST(i.if_type AS TEXT)
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
    NULL AS connected_to_device_id,
    NULL AS connected_to_interface_id,
    NULL AS lldp_neighbor_name,
    NULL AS lldp_neighbor_port,
    strftime('%Y-%m-%d %H:%M:%f', (i.first_seen) / 1000.0, 'unixepoch') AS discovered_at,
    strftime('%Y-%m-%d %H:%M:%f', (coalesce(i.last_seen, d.last_walk_ok, i.first_seen)) / 1000.0, 'unixepoch') AS last_seen,
    strftime('%Y-%m-%d %H:%M:%f', (i.status_since) / 1000.0, 'unixepoch') AS last_status_change,
    1 AS enabled,
    1 AS monitoring_enabled,
    o.reason AS notes,
    d.labels AS tags,
    d.labels AS custom_fields,
    strftime('%Y-%m-%d %H:%M:%f', (i.first_seen) / 1000.0, 'unixepoch') AS created_at,
    strftime('%Y-%m-%d %H:%M:%f', (max(c.classified_at, coalesce(i.status_since, 0), i.first_seen)) / 1000.0, 'unixepoch') AS updated_at
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
    1 AS enabled,
    labels AS tags,
    labels AS custom_fields,
    labels ->> 'site' AS site,
    strftime('%Y-%m-%d %H:%M:%f', (CASE WHEN failures > 0 THEN coalesce(last_walk_ok, listed_at) END) / 1000.0, 'unixepoch') AS down_since,
    strftime('%Y-%m-%d %H:%M:%f', (first_seen) / 1000.0, 'unixepoch') AS created_at,
    strftime('%Y-%m-%d %H:%M:%f', (last_walk_ok) / 1000.0, 'unixepoch') AS last_seen
FROM devices;
