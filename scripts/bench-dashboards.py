#!/usr/bin/env python3
"""How fast the dashboards are: VictoriaMetrics is filled with a day of what rules record of so many interfaces (a month of what is
recorded hourly), and every question of every dashboard is asked as Grafana asks it when all is chosen, without any cache.

    scripts/bench-dashboards.py [INTERFACES]...      5000 unless given

Says for each dashboard how much CPU time VictoriaMetrics used for all of it, and which question took longest. Needs victoria-metrics,
4 GB of disk, and some minutes.
"""
import json, os, pathlib, random, re, shutil, socket, subprocess, sys, tempfile, time, urllib.parse, urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
WIDTH, SCRAPE = 1800, 15  # pixels of a screen; seconds between scrapes
END = int(time.time()) // 3600 * 3600
DAY, MONTH = 86400, 30 * 86400
LIST = re.compile(r"([a-zA-Z_][a-zA-Z0-9_]*:[a-zA-Z0-9_:]+|(?:device|interface|topology)_[a-z_]+|ALERTS)\b(?!\s*\()")


def recorded():
    """How often each series is recorded, in seconds, by the rules."""
    steps, step = {}, 60
    for file in sorted((ROOT / "alerting-rules").glob("*.yml")):
        for line in file.read_text().splitlines():
            if found := re.match(r" +interval: (\d+)([smh])$", line):
                step = int(found[1]) * {"s": 1, "m": 60, "h": 3600}[found[2]]
            elif found := re.match(r" +- record: (\S+)$", line):
                steps.setdefault(found[1], step)
    return steps


def dashboards():
    return [json.loads(file.read_text()) for file in sorted((ROOT / "grafana/dashboards").glob("*.json"))]


def fleet(count):
    """Interfaces of devices of 24 at sites of four devices; two of each site are lines to providers."""
    for number in range(count):
        device, port = divmod(number, 24)
        line = port == 0 and device % 4 < 2
        yield {
            "device": f"r{device}", "if_name": f"Gi0/{port + 1}", "if_index": str(port + 1), "site": f"site{device // 4}",
            "role": "core" if device < 4 else "branch", "interface_type": "isp" if line else ["trunk", "access", "voice"][number % 3],
            "isp_provider": ["magti", "silknet"][device % 4] if line else "", "is_critical": "true" if line else "false",
        }


def series(count, names, steps):
    """Lines of VictoriaMetrics' import format: every series that dashboards name, with labels as rules give them."""
    dice, bodies = random.Random(1), {}

    def body(step):
        if step not in bodies:
            times = range(END - (MONTH if step >= 3600 else DAY), END + 1, step)
            stamps = ",".join(f"{at}000" for at in times)
            bodies[step] = [f'"values":[{",".join(f"{dice.random():.4f}" for _ in times)}],"timestamps":[{stamps}]}}\n' for _ in range(4)]
        return dice.choice(bodies[step])

    def line(name, labels, step=None):
        labels = {"__name__": name} | {key: value for key, value in labels.items() if value}
        return f'{{"metric":{json.dumps(labels)},{body(step or steps.get(name, 60))}'

    def only(labels, *wanted):
        return {name: labels[name] for name in wanted}

    interfaces = list(fleet(count))
    for name in sorted(names):
        if name.startswith("interface"):
            label = ["device", "if_name"]
            if name.endswith(":labelled") or name == "interface:info":
                label += ["site", "role", "interface_type", "isp_provider", "is_critical"]
            directed = not re.search(r":up:|:capacity_bps|_info|:info|_if_|:neighbour", name)
            for labels in interfaces:
                for way in ("in", "out") if directed else ("",):
                    more = {"direction": way, "remote_device": "r0" if name == "interface:neighbour" else ""}
                    yield line(name, only(labels, *label) | more)
        else:
            label = {"device": ("device", "site", "role"), "topolo": ("device", "if_name", "site", "role"), "ALERTS": ("device", "site")}.get(name[:6], ("site", "role"))
            if name.startswith("site:interfaces"):
                label += ("interface_type", "isp_provider", "is_critical")
            if name.startswith("site:isp"):
                label = ("site",)
            chosen = {tuple(labels[name] for name in label): only(labels, *label) for labels in interfaces}
            more = {
                "ALERTS": {"alertname": "Some", "alertstate": "firing", "severity": "high", "category": "errors"},
                "topology:link:labelled": {"remote_device": "r0", "remote_site": "site0", "remote_role": "core"},
            }.get(name, {})
            for labels in list(chosen.values())[: 50 if name == "ALERTS" else None]:
                yield line(name, labels | more)


class Storage:
    def __init__(self, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"http://127.0.0.1:{free.getsockname()[1]}"
        self.process = subprocess.Popen(
            ["victoria-metrics", f"-httpListenAddr={self.address[7:]}", f"-storageDataPath={folder}", "-retentionPeriod=100y",
             "-search.latencyOffset=0s", "-search.disableCache"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            try:
                self.ask("/health")
                return
            except OSError:
                time.sleep(0.1)
        sys.exit("VictoriaMetrics does not start")

    def ask(self, path, data=None):
        with urllib.request.urlopen(urllib.request.Request(self.address + path, data=data)) as answer:
            return answer.read()

    def used(self):
        """CPU seconds so far."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def fill(storage, count, names, steps):
    batch, size = [], 0
    for text in series(count, names, steps):
        batch.append(text)
        size += len(text)
        if size > 1 << 26:
            storage.ask("/api/v1/import", "".join(batch).encode())
            batch, size = [], 0
    storage.ask("/api/v1/import", "".join(batch).encode())
    storage.ask("/internal/force_flush")
    storage.ask("/internal/force_merge")


def seconds(text):
    return int(text[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[text[-1]]


def requests(dashboard):
    """What Grafana asks when a dashboard is opened: titles and paths."""
    start = END - seconds(dashboard["time"]["from"].removeprefix("now-"))
    values = {"site": ".*", "role": ".*", "device": ".*", "if_name": "Gi0/1"}
    for variable in dashboard["templating"]["list"]:
        chosen = "r5" if variable["name"] == "device" and not variable.get("multi") else values.get(variable["name"], variable.get("allValue", ""))
        values[variable["name"]] = chosen
    def filled(text, step=60):
        rate = f"{max(step + SCRAPE, 4 * SCRAPE)}s"
        for name, value in sorted((values | {"__rate_interval": rate, "__range": f"{END - start}s", "__interval": f"{step}s"}).items(),
                                  key=lambda pair: -len(pair[0])):
            text = text.replace("${" + name + "}", value).replace("$" + name, value)
        return urllib.parse.quote(text)
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            what, label = variable["query"]["query"].removeprefix("label_values(").removesuffix(")").rsplit(",", 1)
            yield f"choice of {variable['label']}", f"/api/v1/label/{label.strip()}/values?start={start}&end={END}&match[]={filled(what)}"
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            if "expr" not in target:
                continue
            step = max(seconds(panel.get("interval") or "15s"), (END - start) * 24 // (WIDTH * panel["gridPos"]["w"]) // 15 * 15)
            query = filled(target["expr"], step)
            yield panel["title"], (f"/api/v1/query_range?nocache=1&start={start // step * step}&end={END}&step={step}&query={query}"
                                   if target["range"] else f"/api/v1/query?nocache=1&time={END}&query={query}")


def main():
    if any(not argument.isdigit() for argument in sys.argv[1:]):
        sys.exit(__doc__)
    steps = recorded()
    names = {name for dashboard in dashboards() for panel in dashboard["panels"] for target in panel.get("targets", [])
             for name in LIST.findall(re.sub(r'"[^"]*"', "", target.get("expr", "")))}
    names |= {"device:info"}
    for count in map(int, sys.argv[1:] or ["5000"]):
        folder = tempfile.mkdtemp(prefix="ward-dashboards.")
        storage = Storage(folder)
        try:
            fill(storage, count, names, steps)
            print(f"\n{count} interfaces\n\n| dashboard | questions | CPU for all of them | the slowest takes | which is |\n|---|---|---|---|---|")
            for dashboard in dashboards():
                before, slowest, asked = storage.used(), (0, ""), 0
                for title, path in requests(dashboard):
                    began = time.monotonic()
                    storage.ask(path)
                    slowest, asked = max(slowest, (time.monotonic() - began, title)), asked + 1
                print(f"| {dashboard['title']} | {asked} | {storage.used() - before:.2f} s | {slowest[0] * 1000:.0f} ms | {slowest[1]} |", flush=True)
        finally:
            storage.process.kill()
            storage.process.wait()
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
