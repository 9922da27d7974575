"""Draws the README's pictures from what a VictoriaMetrics and a classifier say; scripts/pictures.sh starts them.

    python3 scripts/pictures.py network  http://CLASSIFIER  topology.dot
    python3 scripts/pictures.py traffic  http://STORAGE     traffic.svg
    python3 scripts/pictures.py baseline http://STORAGE     baseline.svg
"""

import json
import sys
import urllib.parse
import urllib.request
from datetime import datetime, timezone
from html import escape

# As in Grafana's dark theme, and the shades of grafana/source.
PAGE, CARD, EDGE, TEXT, FAINT = "#111217", "#181b1f", "#2c3235", "#ccccdc", "#8e8ea0"
GREEN, YELLOW, ORANGE, RED, BLUE = "#73bf69", "#fade2a", "#ff9830", "#f2495c", "#5794f2"
SHADES = [BLUE, GREEN, ORANGE, "#b877d9", "#ff7383", "#8ab8ff", YELLOW]
FIRST = 1769990400  # where the weeks of scripts/replay.sh begin
FONT = "font-family='Inter,Helvetica,Arial,sans-serif'"


def ask(base, path, **parameters):
    address = f"{base}{path}?{urllib.parse.urlencode(parameters)}"
    with urllib.request.urlopen(address, timeout=60) as answer:
        return json.load(answer)


def text(x, y, words, size=12, color=TEXT, anchor="start", weight="normal"):
    return f"<text x='{x:.0f}' y='{y:.0f}' font-size='{size}' fill='{color}' text-anchor='{anchor}' font-weight='{weight}'>{escape(str(words))}</text>"


def box(x, y, width, height, fill, edge="none", radius=3):
    return f"<rect x='{x:.1f}' y='{y:.1f}' width='{width:.1f}' height='{height:.1f}' rx='{radius}' fill='{fill}' stroke='{edge}'/>"


def card(x, y, width, height, title):
    return box(x, y, width, height, CARD, EDGE) + text(x + 12, y + 22, title, 13, TEXT, weight="bold")


def document(width, height, parts, file):
    head = f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' viewBox='0 0 {width} {height}' {FONT}>"
    with open(file, "w", encoding="utf-8") as out:
        out.write("\n".join([head, box(0, 0, width, height, PAGE, radius=6), *parts, "</svg>"]) + "\n")


def bits(value):
    for size, name in [(1e9, "Gb/s"), (1e6, "Mb/s"), (1e3, "kb/s")]:
        if value >= size:
            return f"{value / size:.3g} {name}"
    return f"{value:.0f} b/s"


# --- The network ---------------------------------------------------------------------------------------------------


def network(base, file):
    """The graph of the classifier as a DOT file: one colour for each role, one box for each site, providers at its edge."""
    graph = ask(base, "/api/v1/topology")
    lines = ask(base, "/api/v1/interfaces", interface_type="isp", limit=500)["interfaces"]
    core = {"core", "backbone", "spine"}
    out = [
        "graph network {",
        f'  bgcolor="{PAGE}"; pad=0.3; nodesep=0.2; ranksep=0.6; splines=true; newrank=true; fontname="Helvetica";',
        f'  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11, fontcolor="{TEXT}", color="{EDGE}", fillcolor="#22262b", height=0.32, margin="0.12,0.04"];',
        f'  edge [color="#5d6570", fontname="Helvetica", fontsize=8, fontcolor="{FAINT}"];',
    ]
    sites = {}
    for node in graph["nodes"]:
        sites.setdefault(node.get("site") or "", []).append(node)
    for number, (site, nodes) in enumerate(sorted(sites.items())):
        out.append(f'  subgraph cluster_{number} {{ label="{site}"; fontcolor="{FAINT}"; fontsize=11; fontname="Helvetica"; style="rounded,filled"; color="{EDGE}"; fillcolor="{CARD}"; margin=9;')
        for node in nodes:
            is_core = node.get("role") in core
            shade = BLUE if is_core else RED if node.get("answers") is False else GREEN
            out.append(f'    "{node["id"]}" [label="{node["name"]}", color="{shade}", penwidth={2 if is_core else 1.2}];')
        out.append("  }")
    # The core is above, the providers in the middle, the branches below.
    cores = {node["id"] for node in graph["nodes"] if node.get("role") in core}
    out.append("  {rank=min; " + "; ".join(f'"{one}"' for one in sorted(cores)) + "}")
    names = {node["name"]: node["id"] for node in graph["nodes"]}
    for link in graph["links"]:
        style = "" if link.get("state") == "active" else ", style=dashed"
        if {link["source"], link["target"]} <= cores:
            style += ", constraint=false"
        out.append(f'  "{link["source"]}" -- "{link["target"]}" [penwidth=1.3{style}];')
    # Who has no link stands below those of its site.
    linked = {end for link in graph["links"] for end in (link["source"], link["target"])} | {names.get(line["device_name"]) for line in lines}
    for nodes in sites.values():
        first = next((node["id"] for node in nodes if node["id"] in linked), None)
        out += [f'  "{first}" -- "{node["id"]}" [style=invis];' for node in nodes if first and node["id"] not in linked]
    providers = sorted({line["isp_provider"] for line in lines if line["isp_provider"]})
    shade = dict(zip(providers, SHADES[2:] + SHADES))
    for provider in providers:
        out.append(f'  "isp {provider}" [label="{provider}", shape=ellipse, style=filled, fillcolor="{shade[provider]}", color="{shade[provider]}", fontcolor="{PAGE}"];')
    for line in lines:
        if line["isp_provider"] and line["device_name"] in names:
            device, provider = f'"{names[line["device_name"]]}"', f'"isp {line["isp_provider"]}"'
            upper, lower = (device, provider) if names[line["device_name"]] in cores else (provider, device)
            out.append(f'  {upper} -- {lower} [color="{shade[line["isp_provider"]]}", penwidth=1.1];')
    out.append("  {rank=same; " + "; ".join(f'"isp {one}"' for one in providers) + "}")
    out.append("}")
    with open(file, "w", encoding="utf-8") as written:
        written.write("\n".join(out) + "\n")


# --- The highest, as Grafana's bars --------------------------------------------------------------------------------


def rows(base, question, **more):
    answer = ask(base, "/api/v1/query", query=question, **more)["data"]["result"]
    return [(row["metric"], float(row["value"][1])) for row in answer]


def bars(x, y, width, title, found, label, shade):
    high = max((value for _, value in found), default=1)
    parts = [card(x, y, width, 44 + 26 * len(found), title)]
    for number, (labels, value) in enumerate(found):
        top = y + 40 + 26 * number
        room = width - 318
        parts.append(text(x + 12, top + 14, label(labels), 12))
        parts.append(box(x + 220, top, room, 18, "#22262b", radius=2))
        parts.append(box(x + 220, top, max(2, room * value / high), 18, shade(number), radius=2))
        parts.append(text(x + width - 12, top + 14, bits(value), 12, TEXT, "end"))
    return parts


def tiles(x, y, width, found):
    each = (width - 12 * (len(found) - 1)) / len(found)
    parts = []
    for number, (name, value, shade) in enumerate(found):
        left = x + number * (each + 12)
        parts.append(box(left, y, each, 78, CARD, EDGE))
        parts.append(text(left + 12, y + 22, name, 12, FAINT))
        parts.append(text(left + each / 2, y + 58, value, 26, shade, "middle", "bold"))
    return parts


def traffic(base, file):
    rate = "rate(interface_if_hc_in_octets[1m]) * 8"
    typed = '* on(device, if_index, if_name) group_left(isp_provider) interface_info{interface_type="isp"}'
    providers = sorted(rows(base, f"sum by (isp_provider) ({rate} {typed})"), key=lambda row: -row[1])
    lines = sorted(rows(base, f"topk(5, {rate} {typed})"), key=lambda row: -row[1])
    one = lambda question: int((rows(base, question) or [({}, 0)])[0][1])
    parts = tiles(16, 16, 1068, [
        ("Devices that answer", one("count(device_up == 1)"), GREEN),
        ("Silent devices", one("count(device_up == 0)"), GREEN if not one("count(device_up == 0)") else RED),
        ("Interfaces", f'{one("count(interface_if_oper_status)"):,}', BLUE),
        ("Lines to providers", one('count(interface_info{interface_type="isp"})'), BLUE),
        ("Critical interfaces", one('count(interface_info{is_critical="true"})'), BLUE),
        ("Links", one("sum(topology_links)"), BLUE),
    ])
    parts += bars(16, 106, 528, "From providers, all their lines", providers, lambda row: row["isp_provider"] or "not known", lambda n: SHADES[n % len(SHADES)])
    parts += bars(556, 106, 528, "The busiest lines", lines, lambda row: f'{row["device"]} {row["if_name"]}', lambda _: GREEN)
    document(1100, 122 + 44 + 26 * max(len(providers), len(lines)), parts, file)


# --- One interface against what is usual ---------------------------------------------------------------------------


def series(base, question, start, end, step):
    answer = ask(base, "/api/v1/query_range", query=question, start=start, end=end, step=step)["data"]["result"]
    return [(float(at), float(value)) for at, value in (answer[0]["values"] if answer else [])]


def baseline(base, file):
    """An office's interface on the days around an anomaly that was alerted on; which one, is known as the seed is."""
    last = FIRST + 6 * 7 * 86400
    of = {"device": "lab-001", "if_name": "Gi0/1", "direction": "in"}
    chosen = "{" + ",".join(f'{name}="{value}"' for name, value in of.items()) + "}"
    fired = series(base, 'max(ALERTS{alertname="InterfaceTrafficAnomaly",alertstate="firing",%s)' % chosen[1:], last - 14 * 86400, last, 300)
    start, end = int(fired[0][0] - 1.75 * 86400), int(fired[0][0] + 1.15 * 86400)
    step = 600
    get = lambda question: series(base, question, start, end, step)
    carried = get(f"interface:traffic_bps:rate5m{chosen}")
    usual = get(f"interface:traffic_bps:baseline_level{chosen}")
    low = dict(get(f"clamp_min(interface:traffic_bps:baseline_level{chosen} - 3 * interface:traffic_bps:baseline_sigma{chosen}, 0)"))
    high = dict(get(f"interface:traffic_bps:baseline_level{chosen} + 3 * interface:traffic_bps:baseline_sigma{chosen}"))
    alerts = [at for at, _ in get('max(ALERTS{alertname="InterfaceTrafficAnomaly",alertstate="firing",%s)' % chosen[1:])]

    width, height, left, top, right, bottom = 1100, 330, 84, 44, 24, 62
    highest = 1.08 * max([value for _, value in carried] + list(high.values()))
    across = lambda at: left + (width - left - right) * (at - start) / (end - start)
    up = lambda value: height - bottom - (height - top - bottom) * value / highest
    path = lambda points: " ".join(f"{'L' if number else 'M'}{across(at):.1f},{up(value):.1f}" for number, (at, value) in enumerate(points))
    parts = [card(8, 8, width - 16, height - 16, f"{of.get('device', '')} {of.get('if_name', '')}: traffic {of['direction']}, and what is usual at this hour of the week")]
    for share in range(0, 5):
        value = highest / 1.08 * share / 4
        parts.append(f"<line x1='{left}' x2='{width - right}' y1='{up(value):.0f}' y2='{up(value):.0f}' stroke='{EDGE}'/>")
        parts.append(text(left - 8, up(value) + 4, bits(value), 11, FAINT, "end"))
    for at in range(start - start % 43200 + 43200, end, 43200):
        name = datetime.fromtimestamp(at, timezone.utc).strftime("%a %H:%M")
        parts.append(text(across(at), height - bottom + 18, name, 11, FAINT, "middle"))
    band = [(at, high[at]) for at in sorted(high)] + [(at, low[at]) for at in sorted(low, reverse=True)]
    parts.append(f"<path d='{path(band)}Z' fill='{BLUE}' fill-opacity='0.22'/>")
    parts.append(f"<path d='{path(usual)}' fill='none' stroke='{BLUE}' stroke-width='1.4' stroke-dasharray='6 5'/>")
    if alerts:
        begun, ended = across(alerts[0]), across(alerts[-1] + step)
        parts.append(box(begun, top, ended - begun, height - top - bottom, RED + "2e", radius=0))
        parts.append(text((begun + ended) / 2, top + 14, "InterfaceTrafficAnomaly", 11, RED, "middle"))
    parts.append(f"<path d='{path(carried)}' fill='none' stroke='{GREEN}' stroke-width='1.8'/>")
    for number, (name, shade) in enumerate([("traffic", GREEN), ("usual", BLUE), ("three sigma around it", "#3b5a8c"), ("alert", RED)]):
        x = left + number * 150
        parts.append(box(x, height - 30, 14, 4, shade, radius=2) + text(x + 20, height - 25, name, 11))
    document(width, height, parts, file)


if __name__ == "__main__":
    {"network": network, "traffic": traffic, "baseline": baseline}[sys.argv[1]](sys.argv[2], sys.argv[3])
