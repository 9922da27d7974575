-- Links that nobody hears and an operator knows of, and who is at the other end of each interface.

CREATE TABLE manual_links (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    a_device text NOT NULL,
    a_if_name text NOT NULL,
    b_device text NOT NULL,
    b_if_name text NOT NULL,
    author text NOT NULL,
    reason text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    UNIQUE (a_device, a_if_name, b_device, b_if_name)
);

CREATE INDEX links_open_b ON links (b_device, b_if_name) WHERE valid_to IS NULL;

CREATE OR REPLACE VIEW device_interfaces AS
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
    far.id AS connected_to_device_id,
    there.id AS connected_to_interface_id,
    far.name AS lldp_neighbor_name,
    nullif(CASE WHEN l.a_device = d.name AND l.a_if_name = i.if_key THEN l.b_if_name ELSE l.a_if_name END, '') AS lldp_neighbor_port,
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
