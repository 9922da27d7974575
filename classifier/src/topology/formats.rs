//! A part of the graph in the formats of others: Grafana's node graph, Cytoscape, GraphML, DOT.

use std::fmt::Write;

use serde_json::{Value, json};

use super::answer::{Answer, SEGMENT, ShownLink, ShownNode};

/// A format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Ours.
    #[default]
    Json,
    /// Two frames for Grafana's node graph panel: `nodes` and `edges`.
    Grafana,
    /// Cytoscape.js.
    Cytoscape,
    /// GraphML, as yEd and Gephi read it.
    GraphMl,
    /// Graphviz.
    Dot,
}

impl std::str::FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "json" | "" => Ok(Self::Json),
            "grafana" | "nodegraph" => Ok(Self::Grafana),
            "cytoscape" => Ok(Self::Cytoscape),
            "graphml" => Ok(Self::GraphMl),
            "dot" => Ok(Self::Dot),
            other => {
                Err(format!("format: expected json, grafana, cytoscape, graphml or dot, found {other:?}"))
            }
        }
    }
}

impl Format {
    /// The media type of what is written.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Json | Self::Grafana | Self::Cytoscape => "application/json",
            Self::GraphMl => "application/graphml+xml",
            Self::Dot => "text/vnd.graphviz; charset=utf-8",
        }
    }

    /// Writes a part of the graph.
    pub fn write(self, answer: &Answer) -> String {
        match self {
            Self::Json => serde_json::to_string(answer).unwrap_or_default(),
            Self::Grafana => grafana(answer).to_string(),
            Self::Cytoscape => cytoscape(answer).to_string(),
            Self::GraphMl => graphml(answer),
            Self::Dot => dot(answer),
        }
    }
}

/// Colours of the arc around a node: what answers, what does not, what is not asked.
const ARCS: [&str; 3] = ["arc__up", "arc__down", "arc__unknown"];

/// Both frames, each as rows. <https://grafana.com/docs/grafana/latest/panels-visualizations/visualizations/node-graph/>
pub fn grafana(answer: &Answer) -> Value {
    let node = |node: &ShownNode| {
        let arc = match node.answers {
            Some(true) => 0,
            Some(false) => 1,
            None => 2,
        };
        let mut row = json!({
            "id": node.id, "title": node.name, "subTitle": node.site, "mainStat": node.links,
            "secondaryStat": if node.kind == "device" { node.role.as_str() } else { node.kind },
            "detail__title": node.title, "detail__kind": node.kind, "detail__role": node.role,
        });
        for (place, name) in ARCS.iter().enumerate() {
            row[name] = json!(if place == arc { 1 } else { 0 });
        }
        row
    };
    let edge = |link: &ShownLink| {
        let ports = |one: &str| if one.is_empty() { "?".to_owned() } else { one.to_owned() };
        json!({
            "id": link.id, "source": link.source, "target": link.target,
            "mainStat": format!("{} – {}", ports(&link.source_port), ports(&link.target_port)),
            "secondaryStat": link.state, "detail__protocol": link.protocol, "detail__confidence": link.confidence,
            "detail__cables": link.cables, "detail__since": link.since, "detail__manual": link.manual,
            "detail__aggregate": link.aggregate, "detail__multi_chassis": link.multi_chassis, "detail__note": link.note,
        })
    };
    json!({
        "nodes": answer.nodes.iter().map(node).collect::<Vec<_>>(),
        "edges": answer.links.iter().map(edge).collect::<Vec<_>>(),
    })
}

fn cytoscape(answer: &Answer) -> Value {
    let data = |value: Value| json!({ "data": value });
    json!({ "elements": {
        "nodes": answer.nodes.iter().map(|node| data(json!(node))).collect::<Vec<_>>(),
        "edges": answer.links.iter().map(|link| data(json!(link))).collect::<Vec<_>>(),
    }})
}

fn graphml(answer: &Answer) -> String {
    const KEYS: [(&str, &str); 12] = [
        ("node", "name"),
        ("node", "kind"),
        ("node", "site"),
        ("node", "role"),
        ("node", "title"),
        ("edge", "source_port"),
        ("edge", "target_port"),
        ("edge", "protocol"),
        ("edge", "state"),
        ("edge", "confidence"),
        ("edge", "cables"),
        ("edge", "note"),
    ];
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n",
    );
    // Writing to a string cannot fail.
    for (of, name) in KEYS {
        let _ =
            writeln!(out, "  <key id=\"{name}\" for=\"{of}\" attr.name=\"{name}\" attr.type=\"string\"/>");
    }
    out.push_str("  <graph edgedefault=\"undirected\">\n");
    for node in &answer.nodes {
        let _ = writeln!(out, "    <node id=\"{}\">", xml(&node.id));
        let data = [
            ("name", node.name.as_str()),
            ("kind", node.kind),
            ("site", &node.site),
            ("role", &node.role),
            ("title", &node.title),
        ];
        write_data(&mut out, &data);
        out.push_str("    </node>\n");
    }
    for link in &answer.links {
        let (source, target) = (xml(&link.source), xml(&link.target));
        let _ = writeln!(out, "    <edge id=\"{}\" source=\"{source}\" target=\"{target}\">", xml(&link.id));
        let data = [
            ("source_port", link.source_port.as_str()),
            ("target_port", &link.target_port),
            ("protocol", &link.protocol),
            ("state", link.state),
            ("confidence", &link.confidence.to_string()),
            ("cables", &link.cables.to_string()),
            ("note", &link.note),
        ];
        write_data(&mut out, &data);
        out.push_str("    </edge>\n");
    }
    out.push_str("  </graph>\n</graphml>\n");
    out
}

fn write_data(out: &mut String, data: &[(&str, &str)]) {
    for (key, text) in data.iter().filter(|(_, text)| !text.is_empty()) {
        let _ = writeln!(out, "      <data key=\"{key}\">{}</data>", xml(text));
    }
}

/// Text in XML, without the characters that XML has no way to write.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}

fn dot(answer: &Answer) -> String {
    let mut out = String::from("graph network {\n  node [shape=box];\n");
    for node in &answer.nodes {
        let style = match (node.kind, node.answers) {
            (SEGMENT, _) => ", shape=point",
            (_, Some(false)) => ", color=red",
            _ => "",
        };
        let _ = writeln!(out, "  {} [label={}{style}];", quoted(&node.id), quoted(&node.name));
    }
    for link in &answer.links {
        let style = match link.state {
            "active" => "",
            _ => ", style=dashed",
        };
        let (source, target) = (quoted(&link.source), quoted(&link.target));
        let (tail, head) = (quoted(&link.source_port), quoted(&link.target_port));
        let _ = writeln!(out, "  {source} -- {target} [taillabel={tail}, headlabel={head}{style}];");
    }
    out.push_str("}\n");
    out
}

fn quoted(text: &str) -> String {
    let visible = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let escaped: String =
        visible.flat_map(|c| ['\\', c].into_iter().skip(usize::from(!"\"\\".contains(c)))).collect();
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timestamp::Timestamp;
    use crate::topology::answer::Filter;
    use crate::topology::graph::tests::graph;

    fn written(format: Format) -> String {
        let graph = graph("a&\"b* sw", "a&\"b-sw");
        format.write(&Filter::default().apply(&graph, &[], Timestamp::default()))
    }

    #[test]
    fn texts_cannot_break_out_of_any_format() {
        let xml = written(Format::GraphMl);
        assert!(
            xml.contains("<node id=\"a&amp;&quot;b\">") && xml.contains("source=\"a&amp;&quot;b\""),
            "{xml}"
        );
        let dot = written(Format::Dot);
        assert!(dot.contains("\"a&\\\"b\" -- \"sw\" [taillabel=\"1\", headlabel=\"1\"];"), "{dot}");
        for format in [Format::Json, Format::Grafana, Format::Cytoscape] {
            let value: Value = serde_json::from_str(&written(format)).expect("JSON");
            assert!(value.is_object());
        }
    }

    #[test]
    fn grafana_has_two_frames() {
        let frames: Value = serde_json::from_str(&written(Format::Grafana)).expect("JSON");
        assert_eq!(frames["nodes"][1]["id"], "sw");
        assert_eq!(frames["edges"][0]["target"], "sw");
        assert_eq!(frames["edges"][0]["mainStat"], "1 – 1");
        assert_eq!(frames["nodes"][1]["arc__up"], 1);
    }

    #[test]
    fn every_format_has_its_name() {
        for name in ["json", "grafana", "cytoscape", "graphml", "dot"] {
            assert!(name.parse::<Format>().is_ok());
        }
        assert!("svg".parse::<Format>().is_err());
    }
}
