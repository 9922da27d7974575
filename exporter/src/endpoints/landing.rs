//! `/`: a form to try a scrape, and all devices with the state of their last one.

use std::fmt::Write;
use std::time::SystemTime;

use service::build;
use service::http::Response;

use crate::app::App;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1c2430}\
a{color:#0b62c4}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #dde3ea;vertical-align:top}\
input{font:inherit;padding:.2rem .4rem;margin-right:.6rem}.up{color:#12753a}.down{color:#b3261e}.odd{color:#8a5a00}.none{color:#667}";

/// The page.
pub fn answer(app: &App) -> Response {
    let snapshot = app.snapshot.load();
    let devices = snapshot.inventory.devices();
    let mut page = String::with_capacity(2048 + devices.len() * 256);
    let modules: Vec<String> = snapshot.modules.iter().map(|module| escape(&module.name)).collect();
    // Writing to a string cannot fail.
    let _ = write!(
        page,
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Ward exporter</title><style>{STYLE}</style>\
         <h1>Ward exporter</h1><p>Version {version}. \
         <a href=\"{telemetry}\">Own metrics</a> · <a href=\"/sd\">Service discovery</a> · <a href=\"/config\">Configuration</a></p>\
         <form action=\"/snmp\"><label>Target <input name=\"target\" placeholder=\"192.0.2.1\" required></label>\
         <label>Auth <input name=\"auth\" value=\"public_v2\"></label>\
         <label>Module <input name=\"module\" value=\"if_mib\" list=\"modules\"></label>\
         <datalist id=\"modules\">{options}</datalist><button>Scrape</button></form>",
        version = build::INFO.version,
        telemetry = escape(&app.telemetry_path),
        options = modules.iter().map(|name| format!("<option>{name}</option>")).collect::<String>(),
    );
    if devices.is_empty() {
        page.push_str("<p>No devices: start with <code>--devices.file=devices.yml</code>.</p>");
    } else {
        let _ = write!(
            page,
            "<h2>{} devices</h2><table><tr><th>Device<th>Address<th>Last scrape<th>Series",
            devices.len()
        );
        let now = SystemTime::now();
        for device in devices {
            let name = escape(&device.name);
            let _ = write!(
                page,
                "<tr><td><a href=\"/devices/{name}/metrics\">{name}</a><td>{}",
                escape(&device.target())
            );
            match app.history.of(&device.name) {
                None => page.push_str("<td class=\"none\">not scraped yet<td>"),
                Some(last) => {
                    let ago = now.duration_since(last.at).unwrap_or_default().as_secs();
                    let (class, state) = match (&last.problem, last.up) {
                        (None, _) => ("up", "up".to_owned()),
                        (Some(problem), true) => ("odd", format!("incomplete: {}", escape(problem))),
                        (Some(problem), false) => ("down", format!("down: {}", escape(problem))),
                    };
                    let took = last.took.as_millis();
                    let _ = write!(
                        page,
                        "<td class=\"{class}\">{state}, {ago} s ago, took {took} ms<td>{}",
                        last.series
                    );
                }
            }
        }
        page.push_str("</table>");
    }
    Response::html(page)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_a_device_says_becomes_markup() {
        assert_eq!(super::escape("<b>\"&"), "&lt;b&gt;&quot;&amp;");
    }
}
