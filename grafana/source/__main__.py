"""Writes ../dashboards; with --check says whether it is up to date, with --schema whether it is what Grafana's schema says.

    python3 grafana/source [--check | --schema dashboard.jsonschema.json]
"""

import json
import pathlib
import sys

import alerts
import capacity
import device
import fleet
import health
import interface
import providers
import schema
import topology

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "dashboards"


def main():
    modules = [fleet, device, interface, providers, topology, capacity, alerts, health]
    dashboards = [module.DASHBOARD for module in modules] + [topology.LIVE]
    made = {f"{one['uid']}.json": json.dumps(one, indent=1, ensure_ascii=False) + "\n" for one in dashboards}
    there = {file.name: file.read_text(encoding="utf-8") for file in FOLDER.glob("*.json")}
    stale = sorted(name for name in made.keys() | there.keys() if made.get(name) != there.get(name))
    if sys.argv[1:2] == ["--schema"]:
        found = schema.complaints(dashboards, sys.argv[2])
        print("\n".join(found) or f"{len(dashboards)} dashboards are what the schema says")
        sys.exit(bool(found))
    if "--check" in sys.argv[1:]:
        for name in stale:
            print(f"grafana/dashboards/{name} is not what `python3 grafana/source` writes")
        sys.exit(bool(stale))
    FOLDER.mkdir(exist_ok=True)
    for name in stale:
        if name in made:
            (FOLDER / name).write_text(made[name], encoding="utf-8")
        else:
            (FOLDER / name).unlink()
    print(f"{len(made)} dashboards, {len(stale)} changed")


main()
