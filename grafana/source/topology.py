"""What is plugged into what: from info metrics, which any Grafana can show, and from the classifier's own graph."""

from grafana import (
    GREEN, INFINITY, NONE_IS_GOOD, ORANGE, RED, ROLE, SITE, Column, answer, by_name, dashboard, datasource, graph, link, now, panel,
    query, row, rows, stat, table, to_device, to_explanation, to_interface, variable,
)

GRAPH = {
    "nodes": {"mainStatUnit": "short", "secondaryStatUnit": "short", "arcs": []},
    "edges": {"mainStatUnit": "short", "secondaryStatUnit": "short"},
    "zoomMode": "cooperative",
}
DEVICES = 'site=~"$site",role=~"$role",device=~"$device"'
LINKS = f"topology:link:labelled{{{DEVICES}}}"
AROUND = link("What is around it", "ward-topology", device="field:id")
DEVICE = link("Device", "ward-device", device="field:id")


def named(expr, **labels):
    """Labels get the names that a node graph knows. No transformation can do that: they change what is shown as the name of a
    column, and a node graph looks at the name itself. For the same reason colors are labels: a value's column has another name."""
    for name, label in labels.items():
        expr = f'label_replace({expr}, "{name}", "$1", "{label}", "(.*)")'
    return expr


def far_ends():
    return named(LINKS, device="remote_device", site="remote_site", role="remote_role")


# Every end of every link is among them, as a graph with a link to something that is not there is not drawn at all: devices, those
# at the far ends of their links, wherever these are, and those whose links are known for a moment longer than themselves.
ENDS = " or ".join(f"max by (device, site, role) ({expr})" for expr in (f"device_up{{{DEVICES}}}", far_ends(), f"{LINKS} * 0"))
NODES = " or ".join(f'label_replace(({ENDS}) == {up}, "color", "{color}", "", "")' for up, color in ((1, "#73BF69"), (0, "#F2495C")))
EDGES = f'label_join({LINKS}, "id", " ", "device", "if_name", "remote_device", "remote_if_name")'

NETWORK = panel(
    "nodeGraph", "Network", "Devices and the links between them, as LLDP and CDP tell: green devices answer, red ones do not. Links are "
    "drawn from the device that tells of them, also to neighbours that are not chosen. A click leads to the device, from Grafana 11.5 on; "
    "the list below does so in all versions. Choose a site where there are more than 1,500 devices: Grafana shows no more.",
    [
        rows(named(NODES, id="device", title="device", subtitle="site", mainstat="role"), ref="nodes"),
        rows(named(EDGES, source="device", target="remote_device", mainstat="if_name", secondarystat="remote_if_name"), ref="edges"),
    ],
    "short", "no links are known: the classifier has walked nothing yet", width=24, options=GRAPH,
    overrides=[by_name("id", links=[DEVICE, AROUND])],
)


ARE_CHOSEN = f"max by (device) (device_up{{{DEVICES}}})"
LOST = 'ALERTS{alertstate="firing",alertname=~"NeighbourLost|NeighbourChanged"}'


def chosen(expr):
    """Of figures that know devices only: those of the chosen ones."""
    return f"max by (device) ({expr}) and {ARE_CHOSEN}"


DASHBOARD = dashboard(
    "ward-topology", "Ward: topology", "What is plugged into what, as LLDP and CDP tell.",
    [SITE(), ROLE(), variable("device", "Links of", 'device:info{site=~"$site",role=~"$role"}')],
    [
        row(
            None, 4,
            stat("Devices", "Devices at the chosen sites.", now(f"count({ARE_CHOSEN})"), empty="none"),
            stat("Ends of links", "Interfaces with a neighbour of the inventory. A link that both ends tell of has two.",
                 now(f"count({LINKS})"), empty="no links are known"),
            stat("Devices without neighbours", "Devices that have no link with any other, in either direction.",
                 now(f"count({chosen('device:neighbours:count == 0')})"), empty="0", thresholds=[(None, GREEN), (1, ORANGE)]),
            stat("Links lost or moved", "Alerts of links that were there a day ago, and are gone or lead elsewhere.",
                 now(f"sum(count by (device) ({LOST}) and {ARE_CHOSEN})"), empty="0",
                 thresholds=NONE_IS_GOOD, links=[link("Alerts", "ward-alerts", site="var:site")]),
            stat("Silent with others behind them", "Silent devices behind other silent ones: look at the first on the way.",
                 now(f"count({chosen('device:behind')})"), empty="0", thresholds=NONE_IS_GOOD),
            stat("Sites that one failure cuts off", "Sites with one provider, one device or one aggregate between them and any provider.",
                 now('count(topology_site_single_homed{site=~"$site"} == 1)'), empty="0", thresholds=[(None, GREEN), (1, ORANGE)]),
        ),
        row(None, 18, NETWORK),
        row(
            "Lists", 10,
            table("Links", "Every interface with a neighbour.",
                  rows(f"max by (site, device, if_name, remote_device, remote_if_name, remote_site) ({LINKS})"),
                  [Column("site", "Site"), Column("device", "Device", links=[to_device()]),
                   Column("if_name", "Interface", links=[to_interface(), to_explanation()]),
                   Column("remote_device", "Neighbour", links=[link("Device", "ward-device", device="field:remote_device")]),
                   Column("remote_if_name", "Its interface"), Column("remote_site", "Its site")],
                  "no links are known", width=14, sort="device", descending=False),
            table("Single points of failure", "Devices whose failure cuts others off from the core, and how many.",
                  [rows(chosen("topology_cut_devices")), rows(chosen("topology_cut_sites"))],
                  [Column("device", "Device", links=[to_device()]), Column("Value #A", "Devices cut off"), Column("Value #B", "At sites")],
                  "no single device cuts others off", width=12, sort="Value #A"),
            graph("Devices without a place", "Devices that are isolated, silent, unreachable or on an island of their own.",
                  query("max by (kind) (topology_orphans)", "{{kind}}"), "short", "not known", width=12, stack=True, low=0, decimals=0),
            table("Without neighbours", "Devices that have no link with any other: they are silent, LLDP and CDP are off, or whoever is next to them is not "
                  "in the inventory.",
                  rows(chosen("device:neighbours:count == 0")),
                  [Column("device", "Device", links=[to_device(), answer("Neighbours", "topology", around="field:device")])],
                  "every device has a neighbour", width=10, sort="device", descending=False),
            graph("Links over time", "Ends of links. A step down is a device or a protocol that fell silent.",
                  query(f"count({LINKS})", "ends of links"), "short", "no links are known", width=24, fill=0, low=0, decimals=0,
                  interval="1m"),
        ),
    ],
    leads_to=[link("Fleet", "ward-fleet", site="var:site"), answer("Drift", "topology/drift")],
)


def infinity(ref, part):
    """A part of the classifier's graph."""
    return {
        "refId": ref, "datasource": INFINITY, "type": "json", "source": "url", "format": f"node-graph-{part}", "parser": "simple",
        "url": "/api/v1/topology/nodegraph", "root_selector": part, "columns": [], "filters": [],
        "url_options": {"method": "GET", "data": "", "params": [
            {"key": "around", "value": "${device}"}, {"key": "depth", "value": "${depth}"},
        ]},
    }


def fixed(name, label, values):
    """One of a few values."""
    options = [{"text": value, "value": value, "selected": value == values[0]} for value in values]
    return {"name": name, "label": label, "type": "custom", "query": ",".join(values), "multi": False, "includeAll": False, "options": options,
            "current": options[0], "hide": 0, "skipUrlSync": False}


LIVE = dashboard(
    "ward-topology-live", "Ward: topology, from the classifier",
    "The classifier's own graph, with all that it knows of each link. Needs the data source plugin Infinity; the dashboard `Ward: topology` does not.",
    [datasource("infinity", "Classifier's data source", "yesoreyeram-infinity-datasource"), SITE(many=False),
     variable("device", "Around", 'device:info{site=~"$site"}', many=False), fixed("depth", "Steps", ["2", "1", "3", "4"])],
    [
        row(
            None, 22,
            panel("nodeGraph", "Around $device", "Devices within some steps of the chosen one, and the links between them. Arcs: green answers, red does not, "
                  "grey is not asked.",
                  [infinity("nodes", "nodes"), infinity("edges", "edges")], "short", "the classifier knows no links of this device", width=24,
                  options=GRAPH | {"nodes": GRAPH["nodes"] | {"arcs": [
                      {"field": "arc__up", "color": GREEN}, {"field": "arc__down", "color": RED}, {"field": "arc__unknown", "color": "gray"}]}},
                  datasource=INFINITY, overrides=[by_name("id", links=[DEVICE])]),
        ),
    ],
    leads_to=[link("Device", "ward-device", device="var:device")],
)
