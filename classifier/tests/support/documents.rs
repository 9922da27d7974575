//! Pages of the documentation whose figures are measured by tests.

use std::fs;

/// Writes what was measured between a page's markers of that name, where `WARD_WRITE_DOCS` is set.
pub fn document(page: &str, name: &str, content: &str) {
    if std::env::var_os("WARD_WRITE_DOCS").is_none() {
        return;
    }
    let path = format!("{}/../docs/{page}", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&path).expect("the page");
    let (begin, end) = (format!("<!-- measured: {name} -->\n"), "<!-- end of what is measured -->");
    let (before, rest) = text.split_once(&begin).expect("the marker");
    let (_, after) = rest.split_once(end).expect("the end's marker");
    fs::write(&path, format!("{before}{begin}{}\n{end}{after}", content.trim_end())).expect("written");
}
