"""Whether what is shown elsewhere can be believed: the exporter, the classifier, the rules."""

from grafana import (
    ALL_IS_GOOD, GREEN, NONE_IS_GOOD, ORANGE, RED, YELLOW, Column, answer, dashboard, graph, now, query, row, rows, stat, table,
    timeline, to_device, UP_OR_DOWN,
)

OURS = 'job=~"ward-.*|vmagent|vmalert"'
AGE = [(None, GREEN), (4 * 3600, ORANGE), (24 * 3600, RED)]


def quantiles(title, description, buckets, empty, over="$__rate_interval"):
    return graph(title, description, [
        query(f"histogram_quantile({share}, sum by (le) (rate({buckets}[{over}])))", f"{share:.0%}") for share in (0.5, 0.9, 0.99)
    ], "s", empty, fill=0, low=0)


DASHBOARD = dashboard(
    "ward-health", "Ward: its own health", "Whether what is shown elsewhere can be believed: the exporter, the classifier, the rules, and what pulls and stores.",
    [],
    [
        row(
            None, 4,
            stat("Programs", "Programs of Ward, vmagent and vmalert that are scraped and answer.", now(f"sum(up{{{OURS}}})"), empty="none is scraped", width=3,
                 thresholds=ALL_IS_GOOD, empty_color=RED),
            stat("Programs away", "Those that are scraped and do not answer.", now(f"count(up{{{OURS}}} == 0)"), empty="0", width=3, thresholds=NONE_IS_GOOD),
            stat("Configuration", "Whether changed files were taken over at the last reload; the log of the one that refuses names file and line.",
                 now("min(ward_exporter_config_last_reload_successful or ward_classifier_config_last_reload_successful)"), empty="not known", width=3,
                 mappings={1: ("in force", GREEN), 0: ("refused", RED)}),
            stat("Devices", "Devices in the inventory.", now("max(ward_exporter_devices)"), empty="not known", width=3),
            stat("Scraped", "Share of devices whose scrape was answered by the exporter, be they up or not.", now('avg(up{job="snmp"})'), "percentunit",
                 "no device is a target", width=3, thresholds=[(None, RED), (0.9, ORANGE), (0.99, GREEN)], decimals=1, empty_color=RED),
            stat("Classified, the oldest", "Time since all interfaces of a device were read by the classifier, of the device for which that is longest.",
                 now("time() - min(ward_classifier_device_last_success_timestamp_seconds)"), "dtdurations", "not known", width=3, thresholds=AGE, decimals=0),
            stat("To review", "Interfaces that someone should look at, as their type is uncertain.", now("max(ward_classifier_review_queue_length)"),
                 empty="not known", width=3, thresholds=[(None, GREEN), (1, YELLOW)], links=[answer("List", "interfaces?review=true")]),
            stat("Failed rules", "Evaluations of rules that failed in the last quarter of an hour: alerts that are not evaluated do not fire.",
                 now("sum(increase(vmalert_execution_errors_total[15m]))"), empty="vmalert is not scraped", width=3, thresholds=NONE_IS_GOOD, decimals=0),
        ),
        row(
            "Programs", 7,
            timeline("Programs", "Whether each program answered.", query(f"max by (job, instance) (up{{{OURS}}})", "{{job}} {{instance}}"), UP_OR_DOWN,
                     width=12, interval="1m"),
            graph("Memory", "Resident memory of each program.", query(f"max by (job, instance) (process_resident_memory_bytes{{{OURS}}})", "{{job}} {{instance}}"),
                  "bytes", fill=0, low=0, width=6),
            graph("CPU", "Cores that each program keeps busy.",
                  query(f"max by (job, instance) (rate(process_cpu_seconds_total{{{OURS}}}[$__rate_interval]))", "{{job}} {{instance}}"), "short", fill=0,
                  low=0, width=6),
        ),
        row(
            "Exporter", 8,
            graph("Scrapes", "Scrapes a second, by how they ended.",
                  query("sum by (result) (rate(ward_exporter_scrapes_total[$__rate_interval]))", "{{result}}"), "ops", "nothing was scraped", stack=True, low=0),
            quantiles("How long scrapes take", "Half of the scrapes, nine tenths, and all but a hundredth were faster.",
                      "ward_exporter_scrape_duration_seconds_bucket", "nothing was scraped"),
            graph("Scrapes at once", "Scrapes that walk a device, and those that wait for their turn. Where some wait all the time the limit is too low.",
                  [query("sum(ward_exporter_scrapes_in_flight)", "under way"), query("sum(ward_exporter_scrapes_waiting)", "waiting")], "short", fill=0, low=0,
                  decimals=0),
            graph("Packets", "Requests a second, and those that were sent again as no answer came.",
                  [query("sum(rate(ward_exporter_snmp_packets_sent_total[$__rate_interval]))", "sent"),
                   query("sum(rate(ward_exporter_snmp_packets_retried_total[$__rate_interval]))", "sent again")], "pps", low=0),
            table("Slowest devices", "Devices whose last scrapes took longest.", rows("topk(20, max by (device, site) (device_scrape_duration_seconds))"),
                  [Column("device", "Device", links=[to_device()]), Column("site", "Site"),
                   Column("Value", "Scrape takes", unit="s", thresholds=[(None, GREEN), (5, YELLOW), (8, RED)])], "nothing was scraped", width=12, sort="Value"),
            table("Incomplete devices", "Devices that answered, but not with everything that was asked for: columns that lack values.",
                  rows("max by (device, site) (device_scrape_incomplete_columns) > 0"),
                  [Column("device", "Device", links=[to_device()]), Column("site", "Site"), Column("Value", "Columns")], "every answer was complete",
                  width=12, sort="Value"),
        ),
        row(
            "Classifier", 8,
            graph("Walks", "Walks in an hour, by how they ended.",
                  query("sum by (result) (increase(ward_classifier_walks_total[1h]))", "{{result}}"), "short", "nothing was walked", stack=True, low=0,
                  decimals=0),
            quantiles("How long walks take", "Half of the walks of an hour, nine tenths, and all but a hundredth were faster.",
                      "ward_classifier_walk_duration_seconds_bucket", "nothing was walked", over="1h"),
            graph("Interfaces by type", "What interfaces are thought to be. A step is a changed rule, or a device that was lost.",
                  query("sum by (interface_type) (ward_classifier_interfaces)", "{{interface_type}}"), "short", "nothing is known", stack=True, low=0, decimals=0),
            graph("Review and overrides", "Interfaces that someone should look at, and those that somebody has decided on.",
                  [query("max(ward_classifier_review_queue_length)", "to review"), query("max(ward_classifier_interfaces_overridden)", "overridden")], "short",
                  "not known", fill=0, low=0, decimals=0),
            graph("Database", "Devices whose changes are not in the database yet; connected is 1 while it answers.",
                  [query("max(ward_classifier_store_waiting_devices)", "waiting"), query("min(ward_classifier_store_connected)", "connected")], "short",
                  "not known", fill=0, low=0, decimals=0),
            table("Not classified", "Devices that the classifier could not walk several times in a row.",
                  rows("max by (device) (ward_classifier_device_walk_failures) > 0"),
                  [Column("device", "Device", links=[to_device()]), Column("Value", "Failures in a row")], "every device was walked", width=12, sort="Value"),
        ),
        row(
            "Rules and storage", 8,
            graph("Rules", "Evaluations that failed and rounds that were skipped, in five minutes.",
                  [query("sum(increase(vmalert_execution_errors_total[5m]))", "failed"), query("sum(increase(vmalert_iteration_missed_total[5m]))", "skipped")],
                  "short", "vmalert is not scraped", low=0, decimals=0),
            graph("Samples on their way to storage", "What vmagent could not write yet: it grows while storage is away.",
                  query("sum(vmagent_remotewrite_pending_data_bytes)", "waiting"), "bytes", "vmagent is not scraped", low=0),
        ),
    ],
    leads_to=[answer("Devices that cannot be walked", "devices?failing=true")],
    since="now-6h",
)
