"""One interface: its traffic against what is usual at this hour of the week, its state, and what it is."""

from grafana import (
    DEVICE, GREEN, LOAD, OPER_STATUS, ORANGE, OUT_BELOW, RED, ROLE, SITE, YELLOW, Column, annotation, by_name, dashboard, graph,
    hidden_at_first, link, now, query, row, rows, stat, table, timeline, to_baseline, to_explanation, to_summary, to_trend, variable,
)

OF = 'device="$device",if_name="$if_name"'
Z = [(None, GREEN), (3, YELLOW), (4, ORANGE), (5, RED)]
TO_DEVICE = link("Its device", "ward-device", device="var:device")
EVENTS = [
    annotation("Alerts", f'max_over_time(ALERTS{{{OF},alertstate="firing"}}[$__interval])', RED, "{{alertname}}", "{{severity}} {{direction}}"),
    annotation("Restarts", 'max by (device) (min_over_time(device_uptime_seconds{device="$device"}[$__interval])) < 180', ORANGE, "{{device}} restarted"),
    annotation("Changes of state", f"changes(interface_if_last_change_seconds{{{OF}}}[$__rate_interval]) > 0", YELLOW, "ifLastChange: went up or down"),
]
BAND = [
    by_name("usual, from", custom_lineWidth=0, custom_fillOpacity=0, custom_hideFrom={"legend": True, "tooltip": False, "viz": False}),
    by_name("usual, to", custom_lineWidth=0, custom_fillBelowTo="usual, from", custom_fillOpacity=20,
            color={"mode": "fixed", "fixedColor": "blue"}),
    by_name("usual", color={"mode": "fixed", "fixedColor": "blue"},
            custom_lineStyle={"fill": "dash", "dash": [6, 6]}, custom_fillOpacity=0),
    by_name("traffic", color={"mode": "fixed", "fixedColor": GREEN}, custom_lineWidth=2),
    by_name("speed", color={"mode": "fixed", "fixedColor": RED}, custom_fillOpacity=0),
    hidden_at_first("traffic", "usual", "usual, from", "usual, to"),
]


def against_usual(direction):
    of = f'{OF},direction="{direction}"'
    level, sigma = f"interface:traffic_bps:baseline_level{{{of}}}", f"interface:traffic_bps:baseline_sigma{{{of}}}"
    return graph(
        f"Traffic {direction}", "What it carried, and what is usual at this hour of the week: the middle of the last four weeks and three "
        "sigma around it. Outside of the band is a deviation. A click on `speed` in the legend, with Ctrl or ⌘ held, adds the interface's speed.",
        [
            query(f"max(interface:traffic_bps:rate5m{{{of}}})", "traffic"), query(f"max({level})", "usual"),
            query(f"clamp_min(max({level} - 3 * {sigma}), 0)", "usual, from"), query(f"max({level} + 3 * {sigma})", "usual, to"),
            query(f"max(interface:capacity_bps{{{OF}}})", "speed"),
        ],
        "bps", "no traffic was measured in this period", width=24, fill=0, overrides=BAND, interval="5m", low=0, calcs=["lastNotNull", "max"],
        links=[to_baseline("var")])


def of_day(title, description, metric, unit, decimals=1):
    return stat(title, description, [now(f'max(interface:{metric}{{{OF},direction="in"}})', "in"),
                                     now(f'max(interface:{metric}{{{OF},direction="out"}})', "out")],
                unit, "an hour after the first traffic", width=4, decimals=decimals, links=[to_summary("var")])


DASHBOARD = dashboard(
    "ward-interface", "Ward: interface", "One interface: its traffic against what is usual at this hour of the week, its state, and what it is.",
    [SITE(), ROLE(), DEVICE(many=False), variable("if_name", "Interface", 'interface:info{device="$device"}', many=False)],
    [
        row(
            None, 4,
            stat("Status", "ifOperStatus of the last scrape.", now(f"max(interface_if_oper_status{{{OF}}})"), empty="not scraped",
                 mappings=OPER_STATUS, links=[TO_DEVICE]),
            stat("Speed", "Speed that the device tells (ifHighSpeed, else ifSpeed).", now(f"max(interface:capacity_bps{{{OF}}})"), "bps",
                 "not known"),
            stat("Used", "Share of its speed that is used, in the busier direction.", now(f"max(interface:utilisation:ratio5m{{{OF}}})"),
                 "percentunit", "not known", thresholds=LOAD, decimals=1),
            stat("Off what is usual", "How many sigmas the traffic is off what is usual at this hour, held for 20 minutes or on average of an hour; 0 on a holiday.",
                 now(f"max(abs(interface:traffic_bps:deviation{{{OF}}}))"), "short", "a week must be seen first", thresholds=Z, decimals=1,
                 links=[to_baseline("var")]),
            stat("Confidence", "How far what is usual is known: a quarter for each week seen, once its error has been watched for two days.",
                 now(f"min(interface:traffic_bps:baseline_confidence{{{OF}}})"), "percentunit", "a week must be seen first",
                 thresholds=[(None, YELLOW), (0.25, GREEN)], decimals=0, links=[to_baseline("var")]),
            stat("Full in", "Days until its busy level is at 80 % of its speed, if it goes on growing as in the last four weeks.",
                 now(f"min(interface:capacity:days_to_80pct{{{OF}}} <= 730)"), "suffix:days", "not in two years, or too young", decimals=0,
                 thresholds=[(None, RED), (30, ORANGE), (90, GREEN)], links=[link("Capacity", "ward-capacity", site="var:site"), to_trend("var")]),
        ),
        row(
            "What it is", 4,
            table("What it is", "What the classifier says of it. Its name leads to the reasons.",
                  rows(f"max by (device, if_name, if_index, interface_type, isp_provider, is_critical, site, role) (interface:info{{{OF}}})"),
                  [Column("device", "Device", links=[TO_DEVICE]), Column("if_name", "Interface", links=[to_explanation()]),
                   Column("if_index", "ifIndex"), Column("interface_type", "Type"), Column("isp_provider", "Provider"),
                   Column("is_critical", "Critical"), Column("site", "Site"), Column("role", "Role")],
                  "nothing is known of it", width=16),
            table("Plugged into", "Its neighbour, as LLDP and CDP tell.", rows(f"max by (remote_device) (interface:neighbour{{{OF}}})"),
                  [Column("remote_device", "Neighbour", links=[link("Device", "ward-device", device="field:remote_device")])],
                  "no neighbour is known", width=8),
        ),
        row("Traffic and what is usual", 10, against_usual("in"), against_usual("out")),
        row(
            "Deviation", 8,
            graph("Deviation", "How many sigmas the traffic is off what is usual, now and held for 20 minutes. From 3 on an alert is medium, from 4 high, from 5 critical.",
                  [query(f"interface:traffic_bps:zscore{{{OF}}}", "now {{direction}}"),
                   query(f"interface:traffic_bps:deviation{{{OF}}}", "held {{direction}}")], "short", "a week must be seen first", fill=0, lines=True,
                  thresholds=[(None, RED), (-5, ORANGE), (-4, YELLOW), (-3, GREEN), (3, YELLOW), (4, ORANGE), (5, RED)], interval="5m",
                  links=[to_baseline("var")]),
            graph("Utilisation", "Share of its speed that is used; lines where alerts begin.",
                  query(f"interface:utilisation:ratio5m{{{OF}}}", "{{direction}}"), "percentunit", fill=0, lines=True, thresholds=LOAD, low=0,
                  interval="5m"),
        ),
        row(
            "State and quality", 8,
            timeline("Status", "ifOperStatus as it was scraped.", query(f"max(interface_if_oper_status{{{OF}}})", "status"), OPER_STATUS),
            graph("Errors and discards", "Share of packets that were damaged, or thrown away.",
                  [query(f"interface:errors:ratio5m{{{OF}}}", "errors {{direction}}"),
                   query(f"interface:discards:ratio5m{{{OF}}}", "discards {{direction}}")],
                  "percentunit", fill=0, lines=True, thresholds=[(None, GREEN), (0.001, ORANGE), (0.01, RED)], low=0, interval="5m"),
            graph("Packets", "Packets per second of all kinds. What goes out is drawn below the axis.",
                  query(f"interface:packets:rate5m{{{OF}}}", "{{direction}}"), "pps", overrides=[OUT_BELOW], interval="5m"),
        ),
        row(
            "The last 24 hours", 4,
            of_day("Average", "Average of the last 24 hours.", "traffic_bps:avg1d", "bps"),
            of_day("Highest five minutes", "Highest average of five minutes in the last 24 hours.", "traffic_bps:max1d", "bps"),
            of_day("95th percentile", "Level that was exceeded in 5 % of the last 24 hours.", "traffic_bps:p95_1d", "bps"),
            of_day("Carried", "What it carried in the last 24 hours.", "traffic_bytes:sum1d", "decbytes"),
            of_day("Damaged packets", "Errors of the last 24 hours.", "errors:sum1d", "short", decimals=0),
            of_day("Discarded packets", "Discards of the last 24 hours.", "discards:sum1d", "short", decimals=0),
        ),
        row(
            "The last weeks", 8,
            graph("Busy level of a week, and its trend", "95th percentile of seven days, every six hours, and where a straight line through the "
                  "last four weeks stands.",
                  [query(f"interface:traffic_bps:p95_7d{{{OF}}}", "95th percentile {{direction}}"),
                   query(f"interface:traffic_bps:trend_level{{{OF}}}", "trend {{direction}}")],
                  "bps", "a week must be seen first", width=24, fill=0, low=0, interval="6h", links=[to_trend("var")]),
        ),
    ],
    annotations=EVENTS, leads_to=[to_explanation("var"), TO_DEVICE],
)
