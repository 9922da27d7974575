"""What fires, what fired, and traffic that is not as it always is."""

from grafana import (
    CRITICAL, DEVICE, GREEN, ORANGE, PROVIDER, RED, ROLE, SEVERITIES, SITE, TYPE, YELLOW, Column, answer, bars, by_name, choice, dashboard, graph,
    link, now, query, row, rows, stat, table, timeline, to_baseline, to_device, to_explanation, to_interface, to_site,
)

# What only says that alerting works has the severity none.
CHOSEN = 'alertstate="firing",severity=~"$severity",severity!="none",category=~"$category",site=~"$site"'
INTERFACE = 'site=~"$site",role=~"$role",device=~"$device",interface_type=~"$interface_type",isp_provider=~"$isp_provider",is_critical=~"$is_critical"'
COLORS = [by_name(name, color={"mode": "fixed", "fixedColor": color}) for name, color in SEVERITIES.items()]
# How severe, as a number, so that tables can be sorted by it.
RANKS = {len(SEVERITIES) - index: name for index, name in enumerate(SEVERITIES)}
RANKED = " or ".join(f'{rank} * ALERTS{{{CHOSEN},severity="{name}"}}' for rank, name in RANKS.items())
Z = [(None, YELLOW), (4, ORANGE), (5, RED)]


def count(severity):
    return stat(severity.capitalize(), f"Alerts of the severity {severity} that fire now.",
                now(f'count(ALERTS{{alertstate="firing",severity="{severity}",category=~"$category",site=~"$site"}})'), empty="0",
                thresholds=[(None, GREEN), (1, SEVERITIES[severity])])


DASHBOARD = dashboard(
    "ward-alerts", "Ward: alerts and anomalies", "What fires, what fired, and traffic that is not as it always is.",
    [SITE(), ROLE(), DEVICE(), choice("severity", "Severity", list(SEVERITIES)),
     choice("category", "Category", ["availability", "redundancy", "errors", "capacity", "anomaly", "topology", "pipeline"]),
     TYPE(), PROVIDER(), CRITICAL()],
    [
        row(
            None, 4, *map(count, SEVERITIES),
            stat("Waiting", "Alerts whose condition holds, but not yet for long enough.",
                 now('count(ALERTS{alertstate="pending",site=~"$site"})'), empty="0", thresholds=[(None, GREEN), (1, YELLOW)]),
        ),
        row(
            "Now", 11,
            table("Firing", "Every alert that fires now. What Alertmanager holds back as a consequence of another is in the list, too.",
                  rows(f"max by (alertname, severity, category, site, device, if_name, direction, isp_provider) ({RANKED})"),
                  [
                      Column("Value", "Severity", mappings={rank: (name, SEVERITIES[name]) for rank, name in RANKS.items()}, width=90),
                      Column("alertname", "Alert"), Column("category", "Category", width=100), Column("site", "Site", links=[to_site()]),
                      Column("device", "Device", links=[to_device()]), Column("if_name", "Interface", links=[to_interface(), to_explanation()]),
                      Column("direction", "Direction", width=90), Column("isp_provider", "Provider"),
                  ],
                  "nothing fires: all is well", sort="Value"),
        ),
        row(
            "Over time", 8,
            graph("By severity", "How many alerts fired.", query(f"count by (severity) (ALERTS{{{CHOSEN}}})", "{{severity}}"), "short",
                  "nothing fired in this period", stack=True, low=0, decimals=0, overrides=COLORS, interval="1m"),
            graph("By kind", "How many alerts of each kind fired.", query(f"count by (alertname) (ALERTS{{{CHOSEN}}})", "{{alertname}}"), "short",
                  "nothing fired in this period", stack=True, low=0, decimals=0, interval="1m"),
            timeline("Critical and high", "When which alert fired.",
                     query(f'max by (alertname, site, device, if_name) (ALERTS{{alertstate="firing",severity=~"critical|high",category=~"$category",site=~"$site"}})',
                           "{{alertname}} {{site}} {{device}} {{if_name}}"), {1: ("fires", RED)}, "nothing of that fired in this period", interval="1m",
                     links=[to_interface("label")]),
        ),
        row(
            "Traffic that is not as it always is", 10,
            table("Deviations", "How many sigmas traffic is off what is usual at this hour of the week, held for 20 minutes or on average of an hour. "
                  "From 3 on it is an alert.",
                  [
                      rows(f"max by (site, device, if_name, direction, interface_type, isp_provider) (interface:deviation:labelled{{{INTERFACE}}} > 2 "
                           f"or interface:deviation:labelled{{{INTERFACE}}} < -2)"),
                  ],
                  [
                      Column("site", "Site"), Column("device", "Device", links=[to_device()]),
                      Column("if_name", "Interface", links=[to_interface(), to_baseline(), to_explanation()]), Column("direction", "Direction"),
                      Column("interface_type", "Type"), Column("isp_provider", "Provider"),
                      Column("Value", "Sigmas", decimals=1, thresholds=[(None, RED), (-5, ORANGE), (-4, YELLOW), (-3, GREEN), (3, YELLOW), (4, ORANGE), (5, RED)]),
                  ],
                  "traffic is as it always is, or there is no week to compare with yet", width=12, sort="Value"),
            bars("Largest deviations", "The ten that are off most, up or down.",
                 now(f"topk(10, abs(interface:deviation:labelled{{{INTERFACE}}}) > 2)", "{{device}} {{if_name}} {{direction}}"), "short",
                 "traffic is as it always is", thresholds=Z, low=0, decimals=1, links=[to_interface("label"), to_baseline("label"), to_explanation("label")]),
            graph("How many interfaces deviate", "Interfaces and directions that are more than 3, 4 and 5 sigmas off.",
                  [query(f"count(abs(interface:deviation:labelled{{{INTERFACE}}}) > {level})", f"above {level}") for level in (3, 4, 5)], "short",
                  "traffic was as it always is", width=24, low=0, decimals=0, interval="5m"),
        ),
    ],
    leads_to=[link("Fleet", "ward-fleet", site="var:site"), answer("Events", "events?limit=100"),
              answer("Deviations", "analytics/anomalies")],
)
