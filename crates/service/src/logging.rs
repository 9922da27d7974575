//! Logs on standard error, one line each, as Prometheus' programs write them.
//!
//! ```text
//! time=2026-11-22T18:42:07.123456Z level=info source=server.rs:61 msg="listening" address=127.0.0.1:9116
//! {"time":"2026-11-22T18:42:07.123456Z","level":"info","source":"server.rs:61","msg":"listening","address":"127.0.0.1:9116"}
//! ```

use std::fmt::{self, Write};

use clap::ValueEnum;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

/// The least severe messages to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    /// All of them.
    Debug,
    /// What happens in normal operation.
    Info,
    /// What somebody should look at some day.
    Warn,
    /// What somebody should look at now.
    Error,
}

/// How messages are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// `key=value` pairs.
    Logfmt,
    /// JSON objects.
    Json,
}

/// Begins to log. Does nothing where something else logs already, as in tests.
pub fn init(level: LogLevel, format: LogFormat) {
    let layer = tracing_subscriber::fmt::layer().event_format(Line(format)).with_writer(std::io::stderr);
    let _ = tracing_subscriber::registry().with(layer).with(filter(level)).try_init();
}

/// Our own crates at the level asked for; libraries speak only of what goes wrong.
fn filter(level: LogLevel) -> Targets {
    let level = match level {
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Error => LevelFilter::ERROR,
    };
    Targets::new().with_default(level.min(LevelFilter::WARN)).with_target("ward", level)
}

/// Writes events as lines.
struct Line(LogFormat);

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut time = String::new();
        SystemTime.format_time(&mut Writer::new(&mut time))?;
        let mut pairs = Pairs { format: self.0, text: String::with_capacity(256), result: Ok(()) };
        pairs.add("time", &time);
        pairs.add("level", level_name(*event.metadata().level()));
        pairs.add("source", &source(event.metadata()));
        event.record(&mut Message(&mut pairs));
        event.record(&mut Rest(&mut pairs));
        pairs.result?;
        match self.0 {
            LogFormat::Logfmt => writeln!(out, "{}", pairs.text),
            LogFormat::Json => writeln!(out, "{{{}}}", pairs.text),
        }
    }
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        _ => "debug",
    }
}

/// Such as `server.rs:61`.
fn source(metadata: &Metadata<'_>) -> String {
    let file = metadata.file().unwrap_or(metadata.target());
    let file = file.rsplit('/').next().unwrap_or(file);
    format!("{file}:{}", metadata.line().unwrap_or(0))
}

/// Keys and values of one line.
struct Pairs {
    format: LogFormat,
    text: String,
    result: fmt::Result,
}

impl Pairs {
    /// A text.
    fn add(&mut self, key: &str, value: &str) {
        let written = match self.format {
            LogFormat::Logfmt => self.logfmt(key, value),
            LogFormat::Json => self.json_key(key).and_then(|()| quote(&mut self.text, value)),
        };
        self.result = self.result.and(written);
    }

    /// A number or a boolean, which JSON does not quote.
    fn add_plain(&mut self, key: &str, value: impl fmt::Display) {
        let written = match self.format {
            LogFormat::Logfmt => self.logfmt(key, &value.to_string()),
            LogFormat::Json => self.json_key(key).and_then(|()| write!(self.text, "{value}")),
        };
        self.result = self.result.and(written);
    }

    fn logfmt(&mut self, key: &str, value: &str) -> fmt::Result {
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        let bare = |c: char| c > ' ' && c != '"' && c != '=' && c != '\u{7f}' && c != '\u{fffd}';
        // A message is quoted always: it reads better.
        if key != "msg" && !value.is_empty() && value.chars().all(bare) {
            write!(self.text, "{key}={value}")
        } else {
            write!(self.text, "{key}=")?;
            quote(&mut self.text, value)
        }
    }

    fn json_key(&mut self, key: &str) -> fmt::Result {
        if !self.text.is_empty() {
            self.text.push(',');
        }
        quote(&mut self.text, key)?;
        self.text.push(':');
        Ok(())
    }
}

/// A JSON string (RFC 8259), which logfmt readers take too.
fn quote(out: &mut String, text: &str) -> fmt::Result {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' || c == '\u{7f}' => write!(out, "\\u{:04x}", u32::from(c))?,
            c => out.push(c),
        }
    }
    out.push('"');
    Ok(())
}

/// Adds the event's message.
struct Message<'a>(&'a mut Pairs);

impl Visit for Message<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0.add("msg", &format!("{value:?}"));
        }
    }
}

/// Adds all other fields.
struct Rest<'a>(&'a mut Pairs);

impl Visit for Rest<'_> {
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.add_plain(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.add_plain(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.add_plain(field.name(), value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() != "message" {
            self.0.add(field.name(), value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() != "message" {
            self.0.add(field.name(), &format!("{value:?}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use tracing::{debug, error, info, warn};

    use super::*;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is logged, without time and source.
    fn logged(level: LogLevel, format: LogFormat, act: impl FnOnce()) -> Vec<String> {
        let sink = Sink::default();
        let writer = sink.clone();
        let layer =
            tracing_subscriber::fmt::layer().event_format(Line(format)).with_writer(move || writer.clone());
        let subscriber = tracing_subscriber::registry().with(layer).with(filter(level));
        tracing::subscriber::with_default(subscriber, act);
        let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        text.lines()
            .map(|line| {
                assert!(line.contains("logging.rs:"), "{line}");
                let (_, rest) = line.split_once("level").unwrap();
                let (level, rest) = rest.split_once("source").unwrap();
                let (_, rest) = rest.split_once("msg").unwrap();
                format!("level{level}msg{rest}")
            })
            .collect()
    }

    fn speak() {
        let address = std::net::Ipv4Addr::LOCALHOST;
        debug!("small");
        info!(%address, port = 161, "listening");
        warn!(reason = "two words", empty = "", ok = true, ?address, "it's \"odd\"\nindeed");
        error!(error = %"a=b", "bad");
        info!(target: "hyper::proto", "chatter");
        warn!(target: "hyper::proto", "trouble");
    }

    #[test]
    fn logfmt() {
        assert_eq!(
            logged(LogLevel::Debug, LogFormat::Logfmt, speak),
            [
                r#"level=debug msg="small""#,
                r#"level=info msg="listening" address=127.0.0.1 port=161"#,
                r#"level=warn msg="it's \"odd\"\nindeed" reason="two words" empty="" ok=true address=127.0.0.1"#,
                r#"level=error msg="bad" error="a=b""#,
                r#"level=warn msg="trouble""#,
            ]
        );
    }

    #[test]
    fn json() {
        assert_eq!(
            logged(LogLevel::Warn, LogFormat::Json, speak),
            [
                r#"level":"warn","msg":"it's \"odd\"\nindeed","reason":"two words","empty":"","ok":true,"address":"127.0.0.1"}"#,
                r#"level":"error","msg":"bad","error":"a=b"}"#,
                r#"level":"warn","msg":"trouble"}"#,
            ]
        );
    }

    #[test]
    fn the_level_is_a_bound() {
        for (level, lines) in
            [(LogLevel::Debug, 5), (LogLevel::Info, 4), (LogLevel::Warn, 3), (LogLevel::Error, 1)]
        {
            assert_eq!(logged(level, LogFormat::Logfmt, speak).len(), lines, "{level:?}");
        }
    }
}
