"""One device: what it is, what its interfaces do, how well it answers."""

from grafana import (
    CRITICAL, DEVICE, GREEN, LOAD, OPER_STATUS, ORANGE, OUT_BELOW, PROVIDER, RED, ROLE, SITE, TYPE, UP_OR_DOWN, YELLOW, Column,
    annotation, dashboard, graph, link, now, query, row, rows, stat, table, timeline, to_explanation, to_interface,
)

OF = 'device="$device"'
KIND = f'{OF},interface_type=~"$interface_type",isp_provider=~"$isp_provider",is_critical=~"$is_critical"'
EVENTS = [
    annotation("Restarts", f"max by (device) (device_uptime_seconds{{{OF}}}) < 180", ORANGE, "{{device}} restarted"),
    annotation("Alerts", f'ALERTS{{{OF},alertstate="firing",severity=~"critical|high"}}', RED, "{{alertname}}",
               "{{device}} {{if_name}}"),
]
DEVICE_ON_MAP = link("What is around it", "ward-topology", device="var:device")

DASHBOARD = dashboard(
    "ward-device", "Ward: device", "One device: what it is, what its interfaces do, how well it answers.",
    [SITE(), ROLE(), DEVICE(many=False), TYPE(), PROVIDER(), CRITICAL()],
    [
        row(
            None, 4,
            stat("Answers", "Whether it answered its last scrape.", now(f"max(device_up{{{OF}}})"), empty="not a target", width=3,
                 mappings={1: ("yes", GREEN), 0: ("no", RED)}, links=[DEVICE_ON_MAP]),
            stat("Why not", "What was wrong with the last scrape: timeout, unreachable, auth …",
                 now(f"max by (reason) (device_scrape_error_info{{{OF}}})", "{{reason}}"), empty="all is well", width=3, text="name",
                 thresholds=[(None, RED)]),
            stat("Up for", "Time since it was started (sysUpTime).", now(f"max(device_uptime_seconds{{{OF}}})"), "dtdurations",
                 "not known", width=3, decimals=0, thresholds=[(None, ORANGE), (900, GREEN)]),
            stat("Interfaces", "Interfaces that it lists.", now(f"max(device:interfaces:count{{{OF}}})"), empty="not known", width=3),
            stat("Down", "Interfaces that should be up (ifAdminStatus) and are not.",
                 now(f"count(interface:up:labelled{{{OF}}} == 0)"), empty="0", width=3, thresholds=[(None, GREEN), (1, YELLOW)]),
            stat("Fullest interface", "The highest share of an interface's speed that is used, in either direction.",
                 now(f"max(interface:utilisation:labelled{{{OF}}})"), "percentunit", "not known", width=3, thresholds=LOAD, decimals=1),
            stat("Scrape takes", "Time from question to answer of its last scrape.",
                 now(f"max(device_scrape_duration_seconds{{{OF}}})"), "s", "not scraped", width=3, graph=True),
            stat("Neighbours", "Devices that it is plugged into, as LLDP and CDP tell.",
                 now(f"max(device:neighbours:count{{{OF}}})"), empty="not known", width=3, links=[DEVICE_ON_MAP]),
        ),
        row(
            "What it is", 4,
            table("What it says it is", "As of the classifier's last walk.",
                  rows(f"max by (address, sys_name, model, serial, location, sys_object_id) (device_info{{{OF}}})"),
                  [Column("address", "Address"), Column("sys_name", "sysName"), Column("model", "Model"), Column("serial", "Serial number"),
                   Column("location", "Location"), Column("sys_object_id", "sysObjectID")],
                  "the classifier has not walked it yet", width=16),
            table("Plugged into", "Its neighbours, as LLDP and CDP tell.", rows(f"max by (if_name, remote_device) (interface:neighbour{{{OF}}})"),
                  [Column("if_name", "Interface", links=[link("Interface", "ward-interface", device="var:device", if_name="field:if_name")]),
                   Column("remote_device", "Neighbour", links=[link("Device", "ward-device", device="field:remote_device")])],
                  "no neighbour is known", width=8),
        ),
        row(
            "Interfaces", 12,
            table("Interfaces", "What each interface is and does now. A name leads to the interface and to the classifier's reasons.",
                  [
                      rows(f"max by (device, if_name, if_index, interface_type, isp_provider, is_critical) (interface:info{{{KIND}}})"),
                      rows(f"max by (if_name) (interface_if_oper_status{{{OF}}})"),
                      rows(f"max by (if_name) (interface:capacity_bps{{{OF}}})"),
                      rows(f'max by (if_name) (interface:traffic_bps:rate5m{{{OF},direction="in"}})'),
                      rows(f'max by (if_name) (interface:traffic_bps:rate5m{{{OF},direction="out"}})'),
                      rows(f"max by (if_name) (interface:utilisation:ratio5m{{{OF}}})"),
                      rows(f"max by (if_name) (interface:errors:ratio5m{{{OF}}})"),
                      rows(f"max by (if_name) (interface:discards:ratio5m{{{OF}}})"),
                  ],
                  [
                      Column("device", "Device", width=110),
                      Column("if_name", "Interface", links=[to_interface(), to_explanation()]), Column("if_index", "ifIndex", width=80),
                      Column("interface_type", "Type"), Column("isp_provider", "Provider"),
                      Column("is_critical", "Critical", width=80), Column("Value #B", "Status", mappings=OPER_STATUS, width=120),
                      Column("Value #C", "Speed", unit="bps", width=100), Column("Value #D", "In", unit="bps", width=100),
                      Column("Value #E", "Out", unit="bps", width=100),
                      Column("Value #F", "Used", unit="percentunit", thresholds=LOAD, gauge=True, high=1),
                      Column("Value #G", "Errors", unit="percentunit", thresholds=[(None, GREEN), (0.001, ORANGE), (0.01, RED)], width=90),
                      Column("Value #H", "Discards", unit="percentunit", thresholds=[(None, GREEN), (0.001, ORANGE), (0.01, RED)], width=90),
                  ],
                  "it has told of no interface of these kinds yet", sort="Value #F", only_with="if_index"),
        ),
        row(
            "Over time", 9,
            graph("Traffic", "All interfaces, one upon the other. What goes out is drawn below the axis.",
                  query(f"interface:traffic_bps:labelled{{{KIND}}}", "{{if_name}} {{direction}}"), "bps", stack=True, legend="table",
                  calcs=["mean", "max"], overrides=[OUT_BELOW], interval="5m", links=[to_interface("label")]),
            graph("Utilisation", "Share of their speed that interfaces use.",
                  query(f"interface:utilisation:labelled{{{KIND}}}", "{{if_name}} {{direction}}"), "percentunit", fill=0, legend="table",
                  calcs=["mean", "max"], lines=True, thresholds=LOAD, low=0, interval="5m", links=[to_interface("label")]),
            graph("Errors", "Share of packets that were damaged, of interfaces that have any.",
                  query(f"interface:errors:labelled{{{KIND}}}", "{{if_name}} {{direction}}"), "percentunit", "no errors in this period", fill=0,
                  low=0, interval="5m", links=[to_interface("label")]),
            graph("Discards", "Share of packets that were thrown away, of interfaces that have any.",
                  query(f"interface:discards:labelled{{{KIND}}}", "{{if_name}} {{direction}}"), "percentunit", "no discards in this period", fill=0,
                  low=0, interval="5m", links=[to_interface("label")]),
            timeline("Interfaces that should be up", "Whether interfaces that are not turned off were up.",
                     query(f"interface:up:labelled{{{KIND}}}", "{{if_name}}"), UP_OR_DOWN, interval="1m", links=[to_interface("label")]),
            graph("Scrapes", "How long scrapes took, and what the first answer took: the network's share.",
                  [query(f"max(device_scrape_duration_seconds{{{OF}}})", "scrape"),
                   query(f"max(device_scrape_round_trip_seconds{{{OF}}})", "round trip")],
                  "s", fill=0, low=0),
            graph("Packets per scrape", "Requests that a scrape took, and those that were sent again as no answer came.",
                  [query(f"max(device_scrape_packets_sent{{{OF}}})", "sent"),
                   query(f"max(device_scrape_packets_retried{{{OF}}})", "sent again")],
                  "short", fill=0, low=0, decimals=0),
        ),
    ],
    annotations=EVENTS,
    leads_to=[
        DEVICE_ON_MAP, link("Its walks (JSON)", "${classifier}/api/v1/devices", new_tab=True, q="var:device"),
        link("Its interfaces (JSON)", "${classifier}/api/v1/interfaces", new_tab=True, device="var:device"),
    ],
)
