//! A server that answers PromQL as it is told to, and remembers what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

/// A row of an answer: labels, and the value of a moment or the values of a range.
#[derive(Debug, Clone)]
pub struct Row {
    pub labels: Vec<(&'static str, String)>,
    pub value: f64,
}

/// A row of an interface, in a direction.
pub fn row(device: &str, if_name: &str, direction: &str, figure: &str, value: f64) -> Row {
    let labels = [("device", device), ("if_name", if_name), ("direction", direction), ("figure", figure)];
    let labels = labels.into_iter().filter(|(_, value)| !value.is_empty());
    Row { labels: labels.map(|(name, value)| (name, value.to_owned())).collect(), value }
}

/// What comes back.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Rows.
    Rows(Vec<Row>),
    /// A status and a body.
    Raw(u16, String),
    /// So many bytes of nothing.
    Long(usize),
    /// Nothing: the connection is closed.
    Hangup,
    /// Nothing, ever.
    Silence,
}

/// The server.
pub struct Series {
    /// Where it listens.
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// A question.
#[derive(Debug, Clone)]
pub struct Asked {
    pub path: String,
    pub head: String,
    pub fields: Vec<(String, String)>,
}

impl Asked {
    /// A field of the form.
    pub fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

impl Series {
    /// Answers each question with what comes of it.
    pub fn answering(answer: impl FnMut(&str) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (kept, answer) = (Arc::clone(&asked), Arc::new(Mutex::new(answer)));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (kept, answer) = (Arc::clone(&kept), Arc::clone(&answer));
                thread::spawn(move || serve(stream, &kept, &answer));
            }
        });
        Self { url, asked }
    }

    /// Has no rows for any question.
    pub fn empty() -> Self {
        Self::answering(|_| Reply::Rows(Vec::new()))
    }

    /// What it has been asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(
    stream: TcpStream,
    kept: &Mutex<Vec<Asked>>,
    answer: &Mutex<impl FnMut(&str) -> Reply + Send + ?Sized>,
) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).ok()? == 0 {
                return None;
            }
        }
        let length =
            head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        reader.read_exact(&mut body).ok()?;
        let fields: Vec<(String, String)> = String::from_utf8_lossy(&body)
            .split('&')
            .filter_map(|field| field.split_once('='))
            .map(|(name, value)| (name.to_owned(), decoded(value)))
            .collect();
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let asked = Asked { path, head, fields };
        let reply = (answer.lock().unwrap())(asked.field("query"));
        let range = (!asked.field("step").is_empty()).then(|| asked.field("end").parse().unwrap_or(0.0));
        kept.lock().unwrap().push(asked);
        let (status, body) = match reply {
            Reply::Rows(rows) => (200, rows_told(&rows, range).to_string()),
            Reply::Raw(status, body) => (status, body),
            Reply::Long(length) => (200, " ".repeat(length)),
            Reply::Hangup => return None,
            Reply::Silence => {
                // Until the other side gives up.
                let _ = reader.read_line(&mut String::new());
                return None;
            }
        };
        let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n", body.len());
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).ok()?;
    }
}

fn rows_told(rows: &[Row], range: Option<f64>) -> Value {
    let rows = rows.iter().map(|row| {
        let labels: serde_json::Map<String, Value> =
            row.labels.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        let value = row.value.to_string();
        match range {
            None => json!({"metric": labels, "value": [1_795_384_690.5, value]}),
            Some(end) => json!({"metric": labels, "values": [[end - 300.0, value], [end, value]]}),
        }
    });
    json!({"status": "success", "data": {"resultType": "vector", "result": rows.collect::<Vec<_>>()}})
}

/// A form's value as it was.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let hex: Vec<u8> = rest.by_ref().take(2).collect();
                u8::from_str_radix(&String::from_utf8_lossy(&hex), 16).expect("two hexadecimal digits")
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).expect("UTF-8")
}
