"""Whether dashboards are what Grafana's published JSON schema says (grafana-foundation-sdk, dashboard.jsonschema.json).

Panels, rows and variables are held against their own definitions, since within a dashboard any of several shapes would do.
What Grafana itself writes otherwise than that schema is excepted in QUIRKS.
"""

import json

# Where in a value, and why what the schema says of it is not what Grafana writes.
QUIRKS = [
    ("overrides", "matcher", "options"),  # typed as an object, and is a name or a pattern
    ("transformations", "filter", "options"),  # the same
    ("properties", "value"),  # typed as an object, and is whatever the property is
    ("links",),  # links of values and panels are typed as links of dashboards, which have more keys
    ("query",),  # a variable's question is an object for Prometheus
    ("gridPos",),  # a row's width may be that of the dashboard
]


def is_quirk(path):
    names = [part for part in path if isinstance(part, str)]
    return any(all(part in names for part in quirk) for quirk in QUIRKS)


def complaints(dashboards, file):
    """What is wrong with these dashboards, a line each."""
    import jsonschema

    schema = json.loads(open(file, encoding="utf-8").read())
    definitions = schema["definitions"]

    def of(name):
        return jsonschema.Draft7Validator({"$ref": f"#/definitions/{name}", "definitions": definitions})

    row, panel, variable, whole = of("RowPanel"), of("Panel"), of("VariableModel"), of("Dashboard")
    found = []

    def hold(validator, value, place):
        for error in validator.iter_errors(value):
            if not is_quirk(error.absolute_path):
                found.append(f"{place}: {'.'.join(map(str, error.absolute_path))}: {error.message[:160]}")

    for one in dashboards:
        for made in one["panels"]:
            hold(row if made["type"] == "row" else panel, made, f"{one['uid']}: {made['title']}")
        for made in one["templating"]["list"]:
            hold(variable, made, f"{one['uid']}: variable {made['name']}")
        rest = {key: value for key, value in one.items() if key != "panels"} | {"panels": [], "templating": {"list": []}}
        hold(whole, rest, one["uid"])
    return found
