"""Grafana's JSON, as little of it as a dashboard needs: panels, rows, variables, links.

A panel is made by one of the functions below and laid out by `dashboard`, row by row, so that panels cannot overlap.
Written for Grafana 10.4 and later (classic schema, version 39), with its Prometheus data source, which VictoriaMetrics
answers too.
"""

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
INFINITY = {"type": "yesoreyeram-infinity-datasource", "uid": "${infinity}"}
WIDTH = 24

GREEN, YELLOW, ORANGE, RED, BLUE, GREY = "green", "yellow", "orange", "red", "blue", "text"
# Where levels of load turn yellow, orange and red; the rules of utilisation.yml alert at the same.
LOAD = [(None, GREEN), (0.8, YELLOW), (0.9, ORANGE), (0.95, RED)]
NONE_IS_GOOD = [(None, GREEN), (1, RED)]
ALL_IS_GOOD = [(None, RED), (1, GREEN)]
PLAIN = [(None, BLUE)]
SEVERITIES = {"critical": RED, "high": ORANGE, "medium": YELLOW, "warning": BLUE, "info": GREY}

UP_OR_DOWN = {1: ("up", GREEN), 0: ("down", RED)}
# ifOperStatus of IF-MIB (RFC 2863).
OPER_STATUS = {
    1: ("up", GREEN), 2: ("down", RED), 3: ("testing", YELLOW), 4: ("unknown", GREY), 5: ("dormant", YELLOW),
    6: ("not present", ORANGE), 7: ("lower layer down", RED),
}


# --- Queries -------------------------------------------------------------------------------------------------------

def query(expr, legend="", instant=False, table=False, ref=None):
    """A PromQL question: a range by default, one moment with `instant`, rows of a table with `table`."""
    return {
        "expr": expr, "legendFormat": legend, "instant": instant or table, "range": not (instant or table),
        "format": "table" if table else "time_series", "refId": ref, "datasource": DATASOURCE,
    }


def now(expr, legend=""):
    return query(expr, legend, instant=True)


def highest(count, expr):
    """Series over time: those that are the highest at the end. Without that, `topk` would choose others at each moment, and a
    graph would show all that were ever among them."""
    return f"{expr} and topk({count}, {expr} @ end())"


def rows(expr, ref=None):
    return query(expr, table=True, ref=ref)


# --- Links ---------------------------------------------------------------------------------------------------------

def link(title, to, new_tab=False, **variables):
    """A link from a value to a dashboard (`to` is its uid) or to an address. Variables: `device="field:device"` takes
    a column of the row, `label:` a label of the series, `var:` a variable of this dashboard."""
    address = to if "/" in to else f"/d/{to}?${{__url_time_range}}&${{datasource:queryparam}}&${{classifier:queryparam}}"
    for name, value in variables.items():
        address += ("&" if "?" in address else "?") + name_and_value(name, value, prefix="/" not in to)
    return {"title": title, "url": address, "targetBlank": new_tab}


def name_and_value(name, value, prefix):
    kind, _, what = value.partition(":")
    if kind == "var" and prefix and name == what:
        return f"${{{what}:queryparam}}"
    return f"{'var-' if prefix else ''}{name}={source_of(value)}"


def source_of(value):
    """What Grafana puts in the place of `field:`, `label:` or `var:`, as a part of an address."""
    kind, _, what = value.partition(":")
    source = {"field": f"__data.fields.{what}", "label": f"__field.labels.{what}", "var": what}[kind]
    return f"${{{source}:percentencode}}"


def to_device(of="field"):
    return link("Device", "ward-device", device=f"{of}:device")


def to_interface(of="field"):
    return link("Interface", "ward-interface", device=f"{of}:device", if_name=f"{of}:if_name")


def answer(title, path, **parameters):
    """A link to what the classifier answers."""
    return link(f"{title} (JSON)", f"${{classifier}}/api/v1/{path}", new_tab=True, **parameters)


def answer_of_interface(title, part, of):
    return answer(title, f"interfaces/{source_of(f'{of}:device')}:{source_of(f'{of}:if_name')}{part}")


def to_explanation(of="field"):
    """What the classifier knows of an interface, and why it thinks so."""
    return answer_of_interface("What it is, and why", "", of)


def to_baseline(of="field"):
    return answer_of_interface("What is usual, and deviations from it", "/baseline", of)


def to_trend(of="field"):
    return answer_of_interface("How it grows, and when it is full", "/trend", of)


def to_summary(of="field"):
    return answer_of_interface("Its last 24 hours", "/summary", of)


def to_site(of="field"):
    return link("Providers of this site", "ward-providers", site=f"{of}:site")


# --- Panels --------------------------------------------------------------------------------------------------------

def mapped(values):
    """What is shown in the place of values: a text and a color for each."""
    return [{"type": "value", "options": {str(value): {"text": text, "color": shade, "index": index}}}
            for index, (value, (text, shade)) in enumerate(values.items())]


def mapped_nothing(shade, text=None, index=100):
    """What is shown where there is no value. Without that it would have the color of the lowest threshold."""
    return {"type": "special", "options": {"match": "null+nan", "result": {"color": shade, "index": index} | ({"text": text} if text else {})}}


def panel(kind, title, description, queries, unit, empty, *, width, thresholds=PLAIN, decimals=None, low=None, high=None,
          mappings=None, links=(), custom=None, options=None, overrides=(), transformations=(), color="thresholds",
          repeat=None, interval=None, datasource=DATASOURCE, empty_color=None):
    queries = queries if isinstance(queries, list) else [queries]
    for letter, one in zip("ABCDEFGHIJKLMNOP", queries):
        one["refId"] = one["refId"] or letter
    defaults = {
        "unit": unit, "noValue": empty, "color": {"mode": color}, "links": list(links),
        "mappings": (mappings if isinstance(mappings, list) else mapped(mappings or {})) + ([mapped_nothing(empty_color)] if empty_color else []),
        "thresholds": {"mode": "absolute", "steps": [{"value": value, "color": shade} for value, shade in thresholds]},
        "custom": custom or {},
    }
    for name, value in [("decimals", decimals), ("min", low), ("max", high)]:
        if value is not None:
            defaults[name] = value
    made = {
        "type": kind, "title": title, "description": description, "datasource": datasource, "targets": queries,
        "gridPos": {"w": width, "h": 0, "x": 0, "y": 0}, "options": options or {},
        "fieldConfig": {"defaults": defaults, "overrides": list(overrides)},
        "transformations": list(transformations),
    }
    if repeat:
        made |= {"repeat": repeat, "repeatDirection": "h", "maxPerRow": 2}
    if interval:
        made["interval"] = interval
    return made


def stat(title, description, queries, unit="short", empty="none", *, width=4, of="", empty_color=None, **more):
    """One number, or one for each series; or the text of one column, `of`. There is no small graph, as that would need a
    question about a period, whose last value may be of a time long gone."""
    options = {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": f"/^{of}$/" if of else "", "values": False}, "orientation": "auto",
        "textMode": "auto", "colorMode": "value", "graphMode": "none", "justifyMode": "auto",
        "wideLayout": True, "showPercentChange": False, "percentChangeColorMode": "standard",
    }
    shade = empty_color or (None if empty == "0" else GREY)
    return panel("stat", title, description, queries, unit, empty, width=width, options=options, empty_color=shade, **more)


def graph(title, description, queries, unit, empty="no data in this period", *, width=12, fill=10, stack=False,
          lines=False, legend="list", calcs=(), custom=None, **more):
    """Lines over time. With `lines` the thresholds are drawn."""
    style = {
        "drawStyle": "line", "lineWidth": 1, "fillOpacity": fill, "showPoints": "never", "spanNulls": False,
        "stacking": {"mode": "normal" if stack else "none", "group": "A"},
        "thresholdsStyle": {"mode": "dashed" if lines else "off"},
    } | (custom or {})
    options = {
        "legend": {"displayMode": legend, "placement": "bottom", "showLegend": True, "calcs": list(calcs)},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    return panel("timeseries", title, description, queries, unit, empty, width=width, custom=style, options=options,
                 color="palette-classic", **more)


def bars(title, description, queries, unit, empty="none", *, width=12, thresholds=LOAD, **more):
    """The highest few, as bars."""
    options = {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}, "orientation": "horizontal",
        "displayMode": "basic", "valueMode": "color", "showUnfilled": True, "minVizHeight": 16, "minVizWidth": 8,
        "namePlacement": "auto", "sizing": "auto", "maxVizHeight": 300,
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": False, "calcs": []},
    }
    return panel("bargauge", title, description, queries, unit, empty, width=width, thresholds=thresholds,
                 options=options, empty_color=GREY, **more)


def timeline(title, description, queries, mappings, empty="no data in this period", *, width=24, **more):
    """States over time, a bar for each series."""
    options = {
        "mergeValues": True, "showValue": "auto", "alignValue": "left", "rowHeight": 0.8,
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
        "tooltip": {"mode": "single", "sort": "none"},
    }
    return panel("state-timeline", title, description, queries, "short", empty, width=width, mappings=mappings,
                 options=options, custom={"fillOpacity": 70, "lineWidth": 0}, **more)


class Column:
    """A column of a table: the label, or `Value #A`, it shows, its name, and how it looks. `missing` is what is shown where a row
    has no value: in a cell without any, Grafana shows what it shows of an empty table, or else the whole sentence in each."""

    def __init__(self, field, name, unit=None, thresholds=None, gauge=False, mappings=None, links=(), width=None,
                 decimals=None, high=None, missing="–"):
        self.field, self.name, self.links = field, name, list(links)
        is_label = not field.startswith("Value")
        found = [("displayName", name), ("unit", unit), ("decimals", decimals), ("custom.width", width), ("max", high)]
        if gauge:
            found += [("min", 0), ("custom.cellOptions", {"type": "gauge", "mode": "basic", "valueDisplayMode": "text"})]
        found.append(("noValue", "" if is_label else missing))
        if mappings or not is_label:
            shade = GREY if missing == "–" else GREEN
            found.append(("mappings", mapped(mappings or {}) + ([] if is_label else [mapped_nothing(shade, missing)])))
        if mappings or (thresholds and not gauge):
            found.append(("custom.cellOptions", {"type": "color-text"}))
        if thresholds:
            found += [
                ("thresholds", {"mode": "absolute", "steps": [{"value": at, "color": shade} for at, shade in thresholds]}),
                ("color", {"mode": "thresholds"}),
            ]
        if self.links:
            found.append(("links", self.links))
        self.properties = [{"id": key, "value": value} for key, value in found if value is not None]

    def override(self):
        return {"matcher": {"id": "byName", "options": self.field}, "properties": self.properties}


def table(title, description, queries, columns, empty="nothing to show", *, width=24, sort=None, descending=True, rows=None,
          only_with=None, **more):
    """Rows of labels and values. Several queries are merged by the labels that they share; `only_with` a column: rows that
    have it, which is how the choice made in one query holds for all."""
    transformations = [{"id": "merge", "options": {}}] if isinstance(queries, list) and len(queries) > 1 else []
    if only_with:
        has = {"fieldName": only_with, "config": {"id": "isNotNull", "options": {}}}
        transformations.append({"id": "filterByValue", "options": {"filters": [has], "type": "include", "match": "all"}})
    transformations.append({"id": "filterFieldsByName", "options": {"include": {"names": [c.field for c in columns]}}})
    order = {column.field: index for index, column in enumerate(columns)}
    transformations.append({"id": "organize", "options": {"indexByName": order, "excludeByName": {}, "renameByName": {}}})
    if rows:
        transformations.append({"id": "sortBy", "options": {"fields": {}, "sort": [{"field": sort, "desc": descending}]}})
        transformations.append({"id": "limit", "options": {"limitField": rows}})
    shown = [{"displayName": next(c.name for c in columns if c.field == sort), "desc": descending}] if sort else []
    options = {"frameIndex": 0, "showHeader": True, "cellHeight": "sm", "sortBy": shown, "footer": {"show": False, "reducer": [], "countRows": False}}
    return panel("table", title, description, queries, "short", empty, width=width, options=options,
                 custom={"align": "auto", "filterable": True, "inspect": False}, transformations=transformations,
                 overrides=[column.override() for column in columns], color="fixed", **more)


def by_name(name, **properties):
    """How one series of a panel differs from the others; an underscore in a property stands for a point."""
    return {"matcher": {"id": "byName", "options": name}, "properties": [
        {"id": key.replace("_", ".", 1) if key.startswith("custom_") else key, "value": value}
        for key, value in properties.items()]}


def by_regexp(pattern, **properties):
    return by_name(pattern, **properties) | {"matcher": {"id": "byRegexp", "options": pattern}}


def hidden_at_first(*others):
    """All but the others are not drawn until they are chosen in the legend: what Grafana itself writes when somebody hides them,
    and thus also what it takes back."""
    return {"__systemRef": "hideSeriesFrom",
            "matcher": {"id": "byNames", "options": {"mode": "exclude", "names": list(others), "prefix": "All except:", "readOnly": True}},
            "properties": [{"id": "custom.hideFrom", "value": {"legend": False, "tooltip": False, "viz": True}}]}


# What goes out is drawn below the axis.
OUT_BELOW = by_regexp("/ out$|^out$/", custom_transform="negative-Y")


# --- Variables -----------------------------------------------------------------------------------------------------

def datasource(name="datasource", label="Data source", kind="prometheus"):
    return {"name": name, "label": label, "type": "datasource", "query": kind, "current": {"text": "", "value": ""}, "hide": 0, "refresh": 1,
            "regex": "", "multi": False, "includeAll": False, "options": [], "skipUrlSync": False}


def classifier():
    """Where a browser reaches the classifier, for links to its API."""
    address = "http://127.0.0.1:9117"
    value = {"text": address, "value": address, "selected": True}
    return {"name": "classifier", "label": "Classifier", "type": "textbox", "query": address, "current": value,
            "options": [value], "hide": 0, "skipUrlSync": False}


def variable(name, label, series, *, many=True, every=".*", of=None):
    """A choice among the values of a label (`of`, or the variable's own name)."""
    question = f"label_values({series}, {of or name})"
    made = {
        "name": name, "label": label, "type": "query", "datasource": DATASOURCE, "definition": question,
        "query": {"query": question, "refId": "values"}, "refresh": 2, "sort": 1, "regex": "", "hide": 0,
        "multi": many, "includeAll": many, "options": [], "current": {"text": "", "value": ""}, "skipUrlSync": False,
    }
    if many:
        made |= {"allValue": every, "current": {"text": ["All"], "value": ["$__all"], "selected": True}}
    return made


def choice(name, label, values):
    """A choice among given values."""
    everything = {"text": ["All"], "value": ["$__all"], "selected": True}
    options = [{"text": "All", "value": "$__all", "selected": True}]
    options += [{"text": value, "value": value, "selected": False} for value in values]
    return {"name": name, "label": label, "type": "custom", "query": ",".join(values), "multi": True, "includeAll": True,
            "allValue": ".*", "options": options, "current": everything, "hide": 0, "skipUrlSync": False}


SITE = lambda **more: variable("site", "Site", "device:info", **more)
ROLE = lambda **more: variable("role", "Role", 'device:info{site=~"$site"}', **more)
DEVICE = lambda **more: variable("device", "Device", 'device:info{site=~"$site",role=~"$role"}', **more)
TYPE = lambda: variable("interface_type", "Type", "interface:info")
PROVIDER = lambda **more: variable("isp_provider", "Provider", 'interface:info{isp_provider!=""}', **more)
CRITICAL = lambda: choice("is_critical", "Critical", ["true", "false"])


# --- Dashboards ----------------------------------------------------------------------------------------------------

def annotation(name, expr, color, title, text=""):
    """Moments that are marked in all graphs of a dashboard."""
    return {
        "name": name, "datasource": DATASOURCE, "enable": True, "iconColor": color, "expr": expr, "titleFormat": title,
        "textFormat": text, "step": "60s", "useValueForTime": False,
        "target": {"expr": expr, "refId": "Anno", "interval": "60s"},
    }


def row(title, height, *panels):
    """Panels side by side under a heading; what does not fit goes below."""
    return title, height, panels


def leads_on(made):
    """Whether a panel's values lead anywhere by themselves."""
    config = made["fieldConfig"]
    return config["defaults"]["links"] or any(one["id"] == "links" for other in config["overrides"] for one in other["properties"])


def dashboard(uid, title, description, variables, layout, *, leads_to, annotations=(), since="now-24h", refresh="1m", tags=()):
    """`leads_to`: the next level, for panels whose values do not lead there themselves."""
    panels, y, number = [], 0, 0
    for heading, height, members in layout:
        if heading:
            number += 1
            panels.append({"type": "row", "title": heading, "id": number, "collapsed": False, "panels": [],
                           "gridPos": {"h": 1, "w": WIDTH, "x": 0, "y": y}})
            y += 1
        x = 0
        for made in members:
            if x + made["gridPos"]["w"] > WIDTH:
                x, y = 0, y + height
            number += 1
            place = {"h": height, "w": made["gridPos"]["w"], "x": x, "y": y}
            panels.append(made | {"id": number, "gridPos": place} | ({} if leads_on(made) else {"links": list(leads_to)}))
            x += place["w"]
        y += height
    return {
        "uid": uid, "title": title, "description": description, "tags": ["ward", *tags], "schemaVersion": 39, "version": 1,
        "editable": False, "graphTooltip": 1, "timezone": "browser", "refresh": refresh,
        "time": {"from": since, "to": "now"}, "timepicker": {}, "fiscalYearStartMonth": 0, "weekStart": "", "id": None,
        "annotations": {"list": list(annotations)},
        "links": [{
            "title": "Ward", "type": "dashboards", "tags": ["ward"], "asDropdown": True, "includeVars": True,
            "keepTime": True, "targetBlank": False, "icon": "external link", "tooltip": "The other dashboards", "url": "",
        }],
        "templating": {"list": [datasource(), *variables, classifier()]},
        "panels": panels,
    }
