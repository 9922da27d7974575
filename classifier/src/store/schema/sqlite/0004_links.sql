-- Links that nobody hears and an operator knows of, and who is at the other end of each interface.

CREATE TABLE manual_links (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    a_device TEXT NOT NULL,
    a_if_name TEXT NOT NULL,
    b_device TEXT NOT NULL,
    b_if_name TEXT NOT NULL,
    author TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    UNIQUE (a_device, a_if_name, b_device, b_if_name)
);

CREATE INDEX links_open_b ON links (b_device, b_if_name) WHERE valid_to IS NULL;

DROP VIEW device_interfaces;
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
    far.id AS connected_to_device_id,
    there.id AS connected_to_interface_id,
    far.name AS lldp_neighbor_name,
    nullif(CASE WHEN l.a_device = d.name AND l.a_if_name = i.if_key THEN l.b_if_name ELSE l.a_if_name END, '') AS lldp_neighbor_port,
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
LEFT JOIN links l ON l.id = (
    SELECT id FROM (
        SELECT id, state, confidence FROM links
        WHERE valid_to IS NULL AND a_device = d.name AND a_if_name = i.if_key
        UNION ALL
        SELECT id, state, confidence FROM links
        WHERE valid_to IS NULL AND b_device = d.name AND b_if_name = i.if_key
    ) AS of_port ORDER BY state = 'active' DESC, confidence DESC, id DESC LIMIT 1
)
LEFT JOIN devices far ON far.name = CASE WHEN l.a_device = d.name AND l.a_if_name = i.if_key THEN l.b_device ELSE l.a_device END
LEFT JOIN interfaces there ON there.device_id = far.id AND there.retired_at IS NULL
    AND there.if_key = CASE WHEN l.a_device = d.name AND l.a_if_name = i.if_key THEN l.b_if_name ELSE l.a_if_name END
WHERE i.retired_at IS NULL;
