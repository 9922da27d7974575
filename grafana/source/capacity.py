"""What will be full, and when."""

from grafana import (
    CRITICAL, DEVICE, GREEN, LOAD, ORANGE, PROVIDER, RED, ROLE, SITE, TYPE, YELLOW, Column, bars, dashboard, graph, highest, now, query, row, rows,
    stat, table, link, answer, to_explanation, to_interface, to_trend,
)

INTERFACE = ('site=~"$site",role=~"$role",device=~"$device",interface_type=~"$interface_type",isp_provider=~"$isp_provider",'
             'is_critical=~"$is_critical"')
DAYS = [(None, RED), (30, ORANGE), (90, YELLOW), (180, GREEN)]
BY = "by (site, device, if_name, direction, interface_type, isp_provider)"

DASHBOARD = dashboard(
    "ward-capacity", "Ward: capacity", "What is full, what will be, and when: straight lines through four weeks of busy levels.",
    [SITE(), ROLE(), DEVICE(), TYPE(), PROVIDER(), CRITICAL()],
    [
        row(
            None, 4,
            stat("Full now", "Interfaces and directions that use 80 % of their speed or more now.",
                 now(f"count(interface:utilisation:labelled{{{INTERFACE}}} >= 0.8)"), empty="0", thresholds=[(None, GREEN), (1, ORANGE)]),
            stat("Busy yesterday", "Interfaces and directions whose 95th percentile of the last 24 hours was 80 % of their speed or more.",
                 now(f"count(interface:p95_1d:labelled{{{INTERFACE}}} >= 0.8)"), empty="0", thresholds=[(None, GREEN), (1, ORANGE)]),
            stat("Full within 30 days", "Those that are at 80 % within 30 days if they go on growing, where the forecast is sure enough.",
                 now(f"count(interface:days_to_80pct:labelled{{{INTERFACE}}} <= 30 and interface:forecast_confidence:labelled{{{INTERFACE}}} >= 0.5)"),
                 empty="0", thresholds=[(None, GREEN), (1, RED)]),
            stat("Full within 90 days", "The same within 90 days.",
                 now(f"count(interface:days_to_80pct:labelled{{{INTERFACE}}} <= 90 and interface:forecast_confidence:labelled{{{INTERFACE}}} >= 0.5)"),
                 empty="0", thresholds=[(None, GREEN), (1, YELLOW)]),
            stat("Half full", "Share of interfaces and directions whose busy level of a day is above half of their speed.",
                 now(f"count(interface:p95_1d:labelled{{{INTERFACE}}} > 0.5) / count(interface:p95_1d:labelled{{{INTERFACE}}})"), "percentunit",
                 "none", decimals=1, thresholds=[(None, GREEN), (0.5, YELLOW), (0.8, ORANGE)]),
            stat("Interfaces measured", "Interfaces and directions with a busy level of the last 24 hours.",
                 now(f"count(interface:p95_1d:labelled{{{INTERFACE}}})"), empty="an hour after the first traffic"),
        ),
        row(
            "What will be full", 12,
            table("Full in", "Interfaces whose busy level reaches 80 % of their speed, soonest first. Below a confidence of 50 % growth was no "
                  "straight line. A forecast needs four weeks of traffic.",
                  [
                      rows(f"min {BY} (interface:days_to_80pct:labelled{{{INTERFACE}}})"),
                      rows(f"max {BY} (interface:forecast_confidence:labelled{{{INTERFACE}}})"),
                      rows(f"max {BY} (interface:growth_weekly:labelled{{{INTERFACE}}})"),
                      rows(f"max {BY} (interface:predicted_30d:labelled{{{INTERFACE}}})"),
                  ],
                  [
                      Column("site", "Site"), Column("device", "Device"),
                      Column("if_name", "Interface", links=[to_interface(), to_trend(), to_explanation()]), Column("direction", "Direction"),
                      Column("interface_type", "Type"), Column("isp_provider", "Provider"),
                      Column("Value #A", "At 80 % in", unit="suffix:days", thresholds=DAYS, decimals=0),
                      Column("Value #B", "Confidence", unit="percentunit", thresholds=[(None, ORANGE), (0.5, GREEN)], decimals=0),
                      Column("Value #C", "Growth a week", unit="percentunit", decimals=1),
                      Column("Value #D", "In 30 days", unit="percentunit", thresholds=LOAD, gauge=True, high=1),
                  ],
                  "nothing grows towards its limit, or there are no four weeks of traffic yet", sort="Value #A", descending=False),
        ),
        row(
            "What is full", 10,
            bars("Busy level of the last day", "95th percentile of the last 24 hours as a share of the speed: the level that is exceeded for 72 "
                 "minutes. The ten highest.",
                 now(f"topk(10, interface:p95_1d:labelled{{{INTERFACE}}})", "{{device}} {{if_name}} {{direction}}"), "percentunit",
                 "an hour after the first traffic", low=0, high=1, links=[to_interface("label"), to_trend("label"), to_explanation("label")]),
            graph("Busy level over time", "95th percentile of each last 24 hours of the ten that are highest now.",
                  query(highest(10, f"interface:p95_1d:labelled{{{INTERFACE}}}"), "{{device}} {{if_name}} {{direction}}"), "percentunit", fill=0, lines=True,
                  thresholds=LOAD, low=0, interval="1h", links=[to_interface("label"), to_trend("label")]),
            graph("Lines to providers: busy level by provider", "The fullest line of each provider, by the 95th percentile of each last 24 hours.",
                  query('max by (isp_provider) (interface:p95_1d:labelled{site=~"$site",interface_type="isp",isp_provider=~"$isp_provider"})',
                        "{{isp_provider}}"), "percentunit", "no interface is of the type isp", fill=0, lines=True, thresholds=LOAD, low=0, interval="1h"),
            graph("How full interfaces are", "How many interfaces and directions have a busy level above 50, 80 and 90 % of their speed.",
                  [query(f"count(interface:p95_1d:labelled{{{INTERFACE}}} > {share})", f"above {share:.0%}") for share in (0.5, 0.8, 0.9)], "short",
                  "none was above half of its speed", low=0, decimals=0, interval="1h"),
        ),
    ],
    leads_to=[link("Providers", "ward-providers", site="var:site"), link("Alerts", "ward-alerts", site="var:site"),
              answer("What will be full", "analytics/capacity?within_days=90")],
    since="now-30d", refresh="15m",
)
