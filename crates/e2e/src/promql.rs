//! Questions to VictoriaMetrics.

use std::net::SocketAddr;

use crate::exposition::Labels;
use crate::http;

/// Asks a PromQL question about now: each row's labels and value.
pub fn query(server: SocketAddr, question: &str) -> Result<Vec<(Labels, f64)>, String> {
    ask(server, question, "")
}

/// Asks a question about a moment, in Unix seconds.
pub fn query_at(server: SocketAddr, question: &str, moment: u64) -> Result<Vec<(Labels, f64)>, String> {
    ask(server, question, &format!("&nocache=1&time={moment}"))
}

fn ask(server: SocketAddr, question: &str, when: &str) -> Result<Vec<(Labels, f64)>, String> {
    let path = format!("/api/v1/query?query={}{when}", http::encode(question));
    let body = http::get(server, &path)?.ok()?;
    rows(&body).ok_or_else(|| format!("{question}: not a vector: {body:.300}"))
}

/// Reads the answer of `/api/v1/query`.
fn rows(body: &str) -> Option<Vec<(Labels, f64)>> {
    let answer: serde_json::Value = serde_json::from_str(body).ok()?;
    let rows = answer.pointer("/data/result")?.as_array()?;
    rows.iter()
        .map(|row| {
            let labels = row.get("metric")?.as_object()?.iter();
            let labels = labels.map(|(name, value)| Some((name.clone(), value.as_str()?.to_string())));
            let value = row.pointer("/value/1")?.as_str()?.parse().ok()?;
            Some((labels.collect::<Option<Labels>>()?, value))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_rows_of_labels_and_a_value() {
        let body = r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"device":"a"},"value":[1,"2.5"]}]}}"#;
        let expected = vec![(Labels::from([("device".into(), "a".into())]), 2.5)];
        assert_eq!(rows(body), Some(expected));
        assert_eq!(rows("{}"), None);
    }
}
