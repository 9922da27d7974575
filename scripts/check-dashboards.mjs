#!/usr/bin/env node
// What Grafana's own code makes of the dashboards: its published packages, of four versions, turn the answers of a VictoriaMetrics
// into rows and series, apply each panel's transformations, overrides and units, and what comes out is compared with what is meant.
//
//   scripts/check-dashboards.mjs [ADDRESS [VERSION]...]   ADDRESS: http://127.0.0.1:8428 unless given, which is that of `make demo`
//
// Asked about now, or about $WARD_MOMENT in Unix seconds. Needs node, npm and tar; the packages are kept in target/tools.
// Not of Grafana, but written after it: what its server makes of an answer before the browser has it (`frames`).
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
// Versions of @grafana/data, each with the version of @grafana/prometheus that goes with it.
const VERSIONS = { "10.4.19": "10.4.0-161545", "11.6.16": "11.6.0", "12.4.10": "12.4.0", "13.2.3": "13.2.3" };
const ADDRESS = process.argv[2] ?? "http://127.0.0.1:8428";
const NOW = Number(process.env.WARD_MOMENT ?? Math.floor(Date.now() / 1000) - 30);
const CHOSEN = { __rate_interval: "5m", __range: "1h", __interval: "1m", depth: "2" };
const PERIOD = 3600, STEP = 60;

/** Packages of one version in one file that node can load. */
async function grafana(version) {
  const folder = join(ROOT, "target/tools/grafana", version), bundle = join(folder, "bundle.cjs");
  if (!existsSync(bundle)) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const npm = (...words) => execFileSync("npm", words, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
    writeFileSync(join(folder, "package.json"), "{}");
    npm("install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--legacy-peer-deps", `@grafana/data@${version}`, "react@18", "react-dom@18", "esbuild@0.25");
    // Without what it depends on, which is all of Grafana's user interface.
    const archive = npm("pack", "--silent", `@grafana/prometheus@${VERSIONS[version]}`).trim();
    mkdirSync(join(folder, "prometheus"));
    execFileSync("tar", ["-xzf", archive, "-C", "prometheus", "--strip-components=1"], { cwd: folder });
    const transformer = readdirSync(join(folder, "prometheus/dist/esm")).find((name) => /^result_transformer\.m?js$/.test(name));
    writeFileSync(join(folder, "none.mjs"), "export const getDataSourceSrv = () => undefined, config = { featureToggles: {} };");
    const { build } = createRequire(join(folder, "x"))("esbuild");
    const without = { name: "without", setup: (it) => it.onResolve({ filter: /^@grafana\/runtime$/ }, () => ({ path: join(folder, "none.mjs") })) };
    await build({
      stdin: { contents: `export * from "@grafana/data"; export * from "./prometheus/dist/esm/${transformer}"; export { lastValueFrom } from "rxjs";`, resolveDir: folder },
      bundle: true, platform: "node", format: "cjs", outfile: bundle, mainFields: ["module", "main"], logLevel: "error", plugins: [without],
    });
  }
  const nothing = () => undefined;
  globalThis.window ??= globalThis;
  Object.assign(globalThis, { addEventListener: nothing, removeEventListener: nothing, location: { href: "http://grafana/", origin: "http://grafana", pathname: "/" } });
  globalThis.navigator ??= { language: "en", languages: ["en"], userAgent: "" };
  globalThis.document ??= { createElement: () => ({ style: {}, getContext: nothing }), documentElement: { style: {} }, addEventListener: nothing, querySelector: nothing };
  const it = createRequire(import.meta.url)(bundle);
  const lazily = Number(version.split(".")[0]) >= 13;
  it.standardTransformersRegistry.setInit(() => [...new Set(Object.values(it.standardTransformers))].map((one) =>
    ({ id: one.id, aliasIds: one.aliasIds, name: one.name, transformation: lazily ? async () => one : one })));
  return it;
}

/** The options that a panel knows, which Grafana's user interface lists. */
function options(it, kind) {
  const of = (process, ...names) => names.map((name) => ({ id: name, path: name, name, process, shouldApply: () => true, settings: {} }));
  const standard = [
    ...of(it.stringOverrideProcessor, "unit", "noValue"), ...of(it.numberOverrideProcessor, "min", "max", "decimals"), ...of(it.displayNameOverrideProcessor, "displayName"),
    ...of(it.identityOverrideProcessor, "color"), ...of(it.dataLinksOverrideProcessor, "links"), ...of(it.valueMappingsOverrideProcessor, "mappings"),
    ...of(it.thresholdsOverrideProcessor, "thresholds"),
  ];
  return new it.Registry(() => (kind === "nodeGraph" ? standard.filter((one) => one.id === "links") : standard));
}

const answers = new Map();
async function ask(target, chosen) {
  const expr = target.expr.replace(/\$\{(\w+)(?::\w+)?\}|\$(\w+)/g, (all, long, short) => chosen[long ?? short] ?? all);
  const moments = target.range ? { start: NOW - PERIOD, end: NOW, step: STEP } : { time: NOW };
  const url = `${ADDRESS}/api/v1/query${target.range ? "_range" : ""}?${new URLSearchParams({ query: expr, nocache: 1, ...moments })}`;
  if (!answers.has(url)) answers.set(url, (await (await fetch(url)).json()).data.result);
  return { expr, series: answers.get(url) };
}

/** As pkg/promlib of Grafana's server does. */
function frames(it, target, { expr, series }) {
  const frame = ({ metric, values, value }) => {
    const points = values ?? [value], { __name__: name, ...labels } = metric;
    const all = `${name ?? ""}{${Object.entries(labels).sort().map(([key, of]) => `${key}="${of}"`).join(", ")}}`;
    const legend = target.legendFormat ? target.legendFormat.replace(/\{\{\s*(.+?)\s*\}\}/g, (_, label) => metric[label] ?? "") : all === "{}" ? expr : all;
    return {
      schema: { refId: target.refId, meta: { custom: { resultType: values ? "matrix" : "vector" } }, fields: [
        { name: "Time", type: "time", config: {} }, { name: name ?? "Value", type: "number", labels: metric, config: { displayNameFromDS: legend } },
      ] },
      data: { values: [points.map(([at]) => at * 1000), points.map(([, text]) => Number(text))] },
    };
  };
  const made = series.length ? series.map(frame) : [{ schema: { refId: target.refId, fields: [] }, data: { values: [] } }];
  return made.map((one) => it.dataFrameFromJSON(one));
}

/** What a panel has to show. */
async function shown(it, panel, chosen) {
  const data = [];
  for (const target of panel.targets) data.push(...frames(it, target, await ask(target, chosen)));
  const found = it.transformV2({ data }, { targets: panel.targets }, {}).data;
  const transformed = await it.lastValueFrom(it.transformDataFrame(panel.transformations, found, { interpolate: (text) => text }));
  return it.applyFieldOverrides({
    data: transformed, fieldConfig: structuredClone(panel.fieldConfig), theme: it.createTheme(), replaceVariables: (text) => text, timeZone: "utc",
    fieldConfigRegistry: options(it, panel.type),
  });
}

/** What is wrong with what a panel shows. */
function* complaints(it, panel, data) {
  const { defaults, overrides } = panel.fieldConfig;
  const units = new Set(it.getValueFormats().flatMap((group) => group.submenu.map((unit) => unit.value)));
  for (const unit of [defaults.unit, ...overrides.flatMap((one) => one.properties.filter((of) => of.id === "unit").map((of) => of.value))])
    if (!units.has(unit) && !unit.startsWith("suffix:")) yield `no unit ${unit}`;
  if (panel.type === "table" && data[0]?.length) {
    const [frame] = data, text = (field, row) => it.formattedValueToString(field.display(field.values[row]));
    const titles = frame.fields.map((field) => it.getFieldDisplayName(field, frame, data));
    if (data.length > 1) yield `${data.length} tables`;
    // A label that no row has is no column.
    for (const one of overrides.filter((one) => one.matcher.options.startsWith("Value")))
      if (!frame.fields.some((field) => field.name === one.matcher.options)) yield `no column ${one.matcher.options}`;
    for (const by of panel.options.sortBy) if (!titles.includes(by.displayName)) yield `sorted by ${by.displayName}, which is not there`;
    const labels = frame.fields.filter((field) => field.type === "string"), rows = [...Array(frame.length).keys()];
    if (new Set(rows.map((row) => labels.map((field) => text(field, row)).join("\0"))).size < frame.length) yield "rows that did not become one";
    for (const field of frame.fields) if (rows.some((row) => text(field, row) === defaults.noValue)) yield `a cell of ${field.name} says: ${defaults.noValue}`;
  }
  if (panel.type === "timeseries" || panel.type === "state-timeline") {
    const names = data.flatMap((frame) => frame.fields.filter((field) => field.type === "number").map((field) => it.getFieldDisplayName(field, frame, data)));
    for (const name of new Set(names.filter((name, at) => names.indexOf(name) < at))) yield `two series are called ${name}`;
  }
  if (panel.type === "nodeGraph") {
    const [nodes, edges] = ["nodes", "edges"].map((part) => data.find((frame) => frame.refId === part));
    const values = (frame, name) => frame?.fields.find((field) => field.name === name)?.values;
    for (const name of ["id", "title", "color"]) if (!values(nodes, name)) yield `nodes have no ${name}`;
    for (const name of edges?.length ? ["id", "source", "target"] : []) if (!values(edges, name)) yield `edges have no ${name}`;
    for (const end of [...(values(edges, "source") ?? []), ...(values(edges, "target") ?? [])]) if (!values(nodes, "id")?.includes(end)) yield `no node ${end}`;
  }
}

/** Everything is chosen where that can be, else the first there is; and once more with one site. */
async function choices(dashboard) {
  const chosen = { ...CHOSEN };
  for (const variable of dashboard.templating.list) {
    if (variable.includeAll) chosen[variable.name] = variable.allValue;
    else if (variable.type === "query") {
      const [, series, label] = /^label_values\((.*), (\w+)\)$/.exec(variable.query.query);
      const { series: found } = await ask({ expr: `count by (${label}) (${series})` }, chosen);
      chosen[variable.name] = found[0]?.metric[label] ?? "";
    }
  }
  const { series } = await ask({ expr: "count by (site) (device:info)" }, chosen);
  return "site" in chosen && series.length ? [chosen, { ...chosen, site: series[0].metric.site ?? "" }] : [chosen];
}

const asked = process.argv.length > 3 ? process.argv.slice(3) : Object.keys(VERSIONS);
let wrong = 0;
for (const version of asked) {
  const it = await grafana(version);
  let panels = 0, rows = 0;
  for (const file of readdirSync(join(ROOT, "grafana/dashboards")).sort()) {
    const dashboard = JSON.parse(readFileSync(join(ROOT, "grafana/dashboards", file), "utf8"));
    for (const chosen of await choices(dashboard))
      for (const panel of dashboard.panels.filter((panel) => panel.targets?.every((target) => target.expr))) {
        const data = await shown(it, panel, chosen);
        panels += 1;
        rows += data.reduce((sum, frame) => sum + frame.length, 0);
        for (const complaint of new Set(complaints(it, panel, data))) {
          wrong += 1;
          console.log(`${version}: ${dashboard.uid}: ${panel.title}: ${complaint}`);
        }
      }
  }
  console.log(`${version}: ${panels} panels, ${rows} rows`);
}
process.exit(wrong ? 1 : 0);
