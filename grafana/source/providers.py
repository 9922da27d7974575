"""Providers against each other: availability and traffic, and the lines of each site side by side."""

from grafana import (
    CRITICAL, DEVICE, GREEN, LOAD, NONE_IS_GOOD, ORANGE, OUT_BELOW, PROVIDER, RED, ROLE, SITE, UP_OR_DOWN, YELLOW, Column, answer, dashboard, graph, link, now,
    query, row, rows, stat, table, timeline, to_device, to_explanation, to_interface,
)

LINE = ('interface_type="isp",site=~"$site",role=~"$role",device=~"$device",isp_provider=~"$isp_provider",'
        'is_critical=~"$is_critical"')
# 99.9 % of a month are 43 minutes away.
AVAILABILITY = [(None, RED), (0.99, ORANGE), (0.995, YELLOW), (0.999, GREEN)]

DASHBOARD = dashboard(
    "ward-providers", "Ward: providers", "Lines to providers: availability, traffic and load, compared by provider, and side by side for each site.",
    [SITE(), ROLE(), DEVICE(), PROVIDER(), CRITICAL()],
    [
        row(
            None, 4,
            stat("Lines", "Interfaces of the type isp at the chosen sites.", now(f"count(interface:up:labelled{{{LINE}}})"), empty="no line is known"),
            stat("Lines down", "Lines that are down, or whose device is silent.", now(f"count(interface:up:labelled{{{LINE}}} == 0)"), empty="0",
                 thresholds=NONE_IS_GOOD, links=[link("Alerts", "ward-alerts", site="var:site")]),
            stat("Sites on their last line", "Sites with several lines of which at most one is up.",
                 now('count(site:isp_lines:up{site=~"$site"} <= 1 and site:isp_lines:count{site=~"$site"} > 1)'), empty="0", thresholds=NONE_IS_GOOD),
            stat("Sites with one line only", "Sites that have no second line: any failure cuts them off.",
                 now('count(site:isp_lines:count{site=~"$site"} == 1)'), empty="0", thresholds=[(None, GREEN), (1, YELLOW)]),
            stat("From providers", "Bits per second that come in over all lines.",
                 now(f'sum(interface:traffic_bps:labelled{{{LINE},direction="in"}})'), "bps", "no traffic is known yet"),
            stat("To providers", "Bits per second that go out over all lines.",
                 now(f'sum(interface:traffic_bps:labelled{{{LINE},direction="out"}})'), "bps", "no traffic is known yet"),
        ),
        row(
            "Compared", 9,
            table("Providers", "Each provider: its lines, how much of the chosen time they were up, what they carry, how full and how clean they are.",
                  [
                      rows(f"count by (isp_provider) (interface:up:labelled{{{LINE}}})"),
                      rows(f"sum by (isp_provider) (interface:up:labelled{{{LINE}}})"),
                      rows(f"avg by (isp_provider) (avg_over_time(interface:up:labelled{{{LINE}}}[$__range]))"),
                      rows(f'sum by (isp_provider) (interface:traffic_bps:labelled{{{LINE},direction="in"}})'),
                      rows(f'sum by (isp_provider) (interface:traffic_bps:labelled{{{LINE},direction="out"}})'),
                      rows(f"max by (isp_provider) (interface:utilisation:labelled{{{LINE}}})"),
                      rows(f"max by (isp_provider) (interface:p95_1d:labelled{{{LINE}}})"),
                      rows(f"max by (isp_provider) (max_over_time(interface:errors:labelled{{{LINE}}}[$__range]))"),
                  ],
                  [
                      Column("isp_provider", "Provider", links=[link("Only this provider", "ward-providers", isp_provider="field:isp_provider")]),
                      Column("Value #A", "Lines"), Column("Value #B", "Up"),
                      Column("Value #C", "Availability", unit="percentunit", thresholds=AVAILABILITY, decimals=3),
                      Column("Value #D", "In", unit="bps"), Column("Value #E", "Out", unit="bps"),
                      Column("Value #F", "Fullest line", unit="percentunit", thresholds=LOAD, gauge=True, high=1),
                      Column("Value #G", "Busy level of a day", unit="percentunit", thresholds=LOAD, gauge=True, high=1),
                      Column("Value #H", "Most errors", unit="percentunit", thresholds=[(None, GREEN), (0.001, ORANGE), (0.01, RED)], missing="0%"),
                  ],
                  "no interface is of the type isp", sort="Value #C", descending=False),
            graph("Traffic by provider", "What comes in over all lines of each provider; what goes out is drawn below the axis.",
                  query(f"sum by (isp_provider, direction) (interface:traffic_bps:labelled{{{LINE}}})", "{{isp_provider}} {{direction}}"), "bps",
                  "no interface is of the type isp", overrides=[OUT_BELOW], interval="5m", legend="table", calcs=["mean", "max"]),
            graph("Lines that are up, by provider", "Share of each provider's lines that were up.",
                  query(f"avg by (isp_provider) (interface:up:labelled{{{LINE}}})", "{{isp_provider}}"), "percentunit",
                  "no interface is of the type isp", fill=0, low=0, high=1, interval="1m", legend="table", calcs=["mean", "min"]),
        ),
        row(
            "Side by side: choose one site, and see its lines next to each other", 9,
            timeline("Lines", "Whether each line was up.", query(f"interface:up:labelled{{{LINE}}}", "{{site}} {{isp_provider}}: {{device}} {{if_name}}"),
                     UP_OR_DOWN, "no interface is of the type isp", interval="1m", links=[to_interface("label")]),
        ),
        row(
            None, 8,
            graph("$isp_provider: traffic", "The lines of this provider at the chosen sites; what goes out is drawn below the axis.",
                  query(f"interface:traffic_bps:labelled{{{LINE}}}", "{{site}} {{device}} {{if_name}} {{direction}}"), "bps",
                  "no line to this provider here", width=24, repeat="isp_provider", overrides=[OUT_BELOW], interval="5m", links=[to_interface("label")]),
        ),
        row(
            None, 8,
            graph("$isp_provider: utilisation", "How full the lines of this provider at the chosen sites are.",
                  query(f"interface:utilisation:labelled{{{LINE}}}", "{{site}} {{device}} {{if_name}} {{direction}}"), "percentunit",
                  "no line to this provider here", width=24, repeat="isp_provider", fill=0, lines=True, thresholds=LOAD, low=0, interval="5m",
                  links=[to_interface("label")]),
        ),
        row(
            "Every line", 10,
            table("Lines", "Every line to a provider: whether it is up, for how much of the chosen time it was, and what it carries.",
                  [
                      rows(f"max by (site, device, if_name, isp_provider) (interface:up:labelled{{{LINE}}})"),
                      rows(f"avg by (site, device, if_name, isp_provider) (avg_over_time(interface:up:labelled{{{LINE}}}[$__range]))"),
                      rows(f'max by (site, device, if_name, isp_provider) (interface:traffic_bps:labelled{{{LINE},direction="in"}})'),
                      rows(f'max by (site, device, if_name, isp_provider) (interface:traffic_bps:labelled{{{LINE},direction="out"}})'),
                      rows(f"max by (site, device, if_name, isp_provider) (interface:utilisation:labelled{{{LINE}}})"),
                  ],
                  [
                      Column("site", "Site", links=[link("Only this site", "ward-providers", site="field:site")]),
                      Column("device", "Device", links=[to_device(), answer("What its lines carried", "interfaces/isp-history", device="field:device")]),
                      Column("if_name", "Interface", links=[to_interface(), to_explanation()]), Column("isp_provider", "Provider"),
                      Column("Value #A", "Status", mappings=UP_OR_DOWN),
                      Column("Value #B", "Availability", unit="percentunit", thresholds=AVAILABILITY, decimals=3),
                      Column("Value #C", "In", unit="bps"), Column("Value #D", "Out", unit="bps"),
                      Column("Value #E", "Used", unit="percentunit", thresholds=LOAD, gauge=True, high=1),
                  ],
                  "no interface is of the type isp", sort="Value #B", descending=False),
        ),
    ],
    leads_to=[link("Alerts", "ward-alerts", site="var:site"), answer("Lines", "interfaces?interface_type=isp")],
)
