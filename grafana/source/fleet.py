"""All devices at a glance: who is silent, what is down, what is full."""

from grafana import (
    CRITICAL, DEVICE, GREEN, LOAD, NONE_IS_GOOD, ORANGE, OUT_BELOW, PROVIDER, RED, ROLE, SEVERITIES, SITE, TYPE, YELLOW, Column,
    bars, by_name, dashboard, graph, highest, link, now, query, row, rows, stat, table, to_device, to_explanation, to_interface, to_site,
)

PLACE = 'site=~"$site",role=~"$role"'
KIND = 'interface_type=~"$interface_type",isp_provider=~"$isp_provider",is_critical=~"$is_critical"'
INTERFACE = f"{PLACE},{KIND}"
OF_DEVICE = f'{INTERFACE},device=~"$device"'
ALERTS = link("Alerts", "ward-alerts", site="var:site")
SHARES = [(None, GREEN), (0.0001, YELLOW), (0.001, ORANGE), (0.01, RED)]


def top(title, what, expr, thresholds, description):
    return bars(title, description, now(f"topk(10, {expr})", "{{device}} {{if_name}} {{direction}}"), "percentunit",
                f"no {what}", width=12, thresholds=thresholds, low=0, links=[to_interface("label"), to_explanation("label")])


DASHBOARD = dashboard(
    "ward-fleet", "Ward: fleet", "All devices at a glance: who is silent, what is down, what is full.",
    [SITE(), ROLE(), DEVICE(), TYPE(), PROVIDER(), CRITICAL()],
    [
        row(
            None, 4,
            stat("Devices that answer", "Devices that answered their last scrape.",
                 now(f"sum(site:devices:up{{{PLACE}}})"), empty="no device is scraped", width=3),
            stat("Silent devices", "Devices that did not answer their last scrape; the table below says why.",
                 now(f"sum(site:devices:count{{{PLACE}}}) - sum(site:devices:up{{{PLACE}}})"), empty="no device is scraped", width=3,
                 thresholds=NONE_IS_GOOD),
            stat("Interfaces", "Interfaces that are not turned off (ifAdminStatus up), of the chosen kinds.",
                 now(f"sum(site:interfaces:count{{{INTERFACE}}})"), empty="no interface is known", width=3),
            stat("Down", "Interfaces that should be up and are not. Ports without a cable count, too.",
                 now(f"sum(site:interfaces:down{{{INTERFACE}}})"), empty="0", width=3,
                 thresholds=[(None, GREEN), (1, YELLOW)]),
            stat("Critical ones down", "Critical interfaces that should be up and are not.",
                 now(f'sum(site:interfaces:down{{{PLACE},is_critical="true"}})'), empty="0", width=3,
                 thresholds=NONE_IS_GOOD, links=[ALERTS]),
            stat("Provider lines down", "Lines to providers that are down, or whose device is silent.",
                 now(f'sum(site:interfaces:down{{{PLACE},interface_type="isp"}})'), empty="0", width=3,
                 thresholds=NONE_IS_GOOD, links=[link("Providers", "ward-providers", site="var:site")]),
            stat("Sites on their last line", "Sites with several lines to providers of which at most one is up.",
                 now('count(site:isp_lines:up{site=~"$site"} <= 1 and site:isp_lines:count{site=~"$site"} > 1)'), empty="0",
                 width=3, thresholds=NONE_IS_GOOD),
            stat("Alerts", "Alerts that fire now, by severity.",
                 now('count by (severity) (ALERTS{alertstate="firing",severity!="none",site=~"$site"})', "{{severity}}"), empty="0",
                 width=3, thresholds=[(None, GREEN)], links=[ALERTS],
                 overrides=[by_name(name, color={"mode": "fixed", "fixedColor": color}) for name, color in SEVERITIES.items()]),
        ),
        row(
            "Sites and devices", 9,
            table("Sites", "Every site: its devices and how many are silent, interfaces that are down, lines to providers and what they carry.",
                  [
                      rows(f"sum by (site) (site:devices:count{{{PLACE}}})"),
                      rows(f"sum by (site) (site:devices:count{{{PLACE}}}) - sum by (site) (site:devices:up{{{PLACE}}})"),
                      rows(f"sum by (site) (site:interfaces:down{{{INTERFACE}}})"),
                      rows('max by (site) (site:isp_lines:count{site=~"$site"})'),
                      rows('max by (site) (site:isp_lines:up{site=~"$site"})'),
                      rows('sum by (site) (interface:traffic_bps:labelled{site=~"$site",interface_type="isp",direction="in"})'),
                      rows('sum by (site) (interface:traffic_bps:labelled{site=~"$site",interface_type="isp",direction="out"})'),
                  ],
                  [
                      Column("site", "Site", links=[to_site(), link("Only this site", "ward-fleet", site="field:site"),
                                                    link("Its topology", "ward-topology", site="field:site")]),
                      Column("Value #A", "Devices"), Column("Value #B", "Silent", thresholds=NONE_IS_GOOD),
                      Column("Value #C", "Interfaces down", thresholds=[(None, GREEN), (1, YELLOW)], missing="0"),
                      Column("Value #D", "Lines"), Column("Value #E", "Lines up", thresholds=[(None, RED), (1, YELLOW), (2, GREEN)]),
                      Column("Value #F", "From providers", unit="bps"), Column("Value #G", "To providers", unit="bps"),
                  ],
                  "no device has a label site", width=14, sort="Value #C"),
            table("Silent devices", "Devices that did not answer their last scrape, and why: timeout, unreachable, auth …",
                  rows('max by (device, site, reason) (device_scrape_error_info{site=~"$site",role=~"$role",device=~"$device"})'),
                  [Column("device", "Device", links=[to_device()]), Column("site", "Site"), Column("reason", "Reason")],
                  "every device answers", width=10, sort="device", descending=False),
        ),
        row(
            "The highest ten", 9,
            top("Utilisation", "utilisation is known", f"interface:utilisation:labelled{{{OF_DEVICE}}}", LOAD,
                "Share of their speed that interfaces use, in the direction named; five minutes' average."),
            bars("Traffic", "Bits per second, in the direction named; five minutes' average.",
                 now(f"topk(10, interface:traffic_bps:labelled{{{OF_DEVICE}}})", "{{device}} {{if_name}} {{direction}}"), "bps",
                 "no traffic is known yet", thresholds=[(None, "blue")], low=0,
                 links=[to_interface("label"), to_explanation("label")]),
            top("Errors", "interface counts errors", f"interface:errors:labelled{{{OF_DEVICE}}}", SHARES,
                "Share of packets that were damaged. A healthy link loses one frame in 100 million; 0.01 % costs throughput."),
            top("Discards", "interface counts discards", f"interface:discards:labelled{{{OF_DEVICE}}}", SHARES,
                "Share of packets that were thrown away although nothing was wrong with them: mostly full queues."),
        ),
        row(
            "Over time", 8,
            graph("Traffic with providers", "All lines to providers together. What goes out is drawn below the axis.",
                  [query(f"sum by (direction) (interface:traffic_bps:labelled{{{PLACE},interface_type=\"isp\",isp_provider=~\"$isp_provider\"}})",
                         "{{direction}}")],
                  "bps", "no interface is of the type isp", overrides=[OUT_BELOW], interval="5m"),
            graph("Interfaces down, by type", "Interfaces that should be up and are not.",
                  query(f"sum by (interface_type) (site:interfaces:down{{{INTERFACE}}})", "{{interface_type}}"), "short",
                  "nothing was down in this period", stack=True, interval="1m", low=0, decimals=0),
            graph("Devices that do not answer, by site", "How many devices of each site did not answer.",
                  query(f"sum by (site) (site:devices:count{{{PLACE}}} - site:devices:up{{{PLACE}}}) > 0", "{{site}}"), "short",
                  "all devices answered all the time", stack=True, interval="1m", low=0, decimals=0),
            graph("Slowest devices", "How long scrapes took of the ten devices that are slowest now.",
                  query(highest(10, f'device_scrape_duration_seconds{{{PLACE},device=~"$device"}}'), "{{device}}"), "s",
                  "no device was scraped", fill=0, interval="1m", low=0, links=[to_device("label")]),
        ),
    ],
    leads_to=[ALERTS, link("Providers", "ward-providers", site="var:site"), link("Topology", "ward-topology", site="var:site")],
)
