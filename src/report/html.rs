// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The report as one HTML page that needs nothing else: no scripts, no fonts, no links.

use super::Report;
use super::junit::escape;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1b1b1b}\
table{border-collapse:collapse;width:100%}th,td{border-bottom:1px solid #ccc;padding:.35rem .6rem;text-align:left;vertical-align:top}\
.passed{color:#146c2e}.refused{color:#b3261e;font-weight:600}.unknown{color:#8a5a00;font-weight:600}\
.mark{background:#8a5a00;color:#fff;padding:.1rem .5rem;border-radius:.3rem}";

/// The page.
pub fn html(report: &Report) -> String {
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title><style>{STYLE}</style></head><body>\n<h1>{0}</h1>\n",
        escape(&report.title())
    );
    if report.tool.simulated {
        page += "<p><span class=\"mark\">SIMULATED</span> nothing here was made by Vivado.</p>\n";
    }
    page += &format!("<p>Verdict: <span class=\"{0}\">{0}</span></p>\n", report.verdict);
    page += "<table><tr><th>Gate</th><th>Subject</th><th>Verdict</th><th>Expected</th><th>Actual</th><th>Evidence</th></tr>\n";
    for r in &report.results {
        page += &format!(
            "<tr><td>{}</td><td>{}</td><td class=\"{v}\">{v}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            escape(&r.gate),
            escape(&r.subject),
            escape(&r.expected),
            escape(&r.actual),
            escape(r.evidence.as_deref().unwrap_or("-")),
            v = r.verdict
        );
    }
    page += "</table>\n<h2>Configurations</h2>\n<table><tr><th>Configuration</th><th>Run</th><th>Modules</th></tr>\n";
    for c in &report.configurations {
        let modules: Vec<String> =
            c.modules.iter().map(|(p, m)| format!("{p}: {}", m.as_deref().unwrap_or("greybox"))).collect();
        let parent = if c.parent { " (parent)" } else { "" };
        page += &format!(
            "<tr><td>{}{parent}</td><td>{}</td><td>{}</td></tr>\n",
            escape(&c.name),
            escape(&c.run),
            escape(&modules.join(", "))
        );
    }
    page += "</table>\n";
    if !report.missing.is_empty() {
        page += "<h2>Missing</h2>\n<table><tr><th>Run</th><th>File</th><th>Why it matters</th><th>Needed for</th></tr>\n";
        for m in &report.missing {
            let cells = [&m.run, &m.what, &m.why, &m.needed_for].map(|c| format!("<td>{}</td>", escape(c)));
            page += &format!("<tr>{}</tr>\n", cells.concat());
        }
        page += "</table>\n";
    }
    if !report.notes.is_empty() {
        page += "<h2>Noticed</h2>\n<ul>\n";
        for note in &report.notes {
            page += &format!("<li>{}</li>\n", escape(note));
        }
        page += "</ul>\n";
    }
    page += "</body></html>\n";
    page
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_cannot_become_markup() {
        let mut report = crate::report::tests::sample();
        report.project = "<script>alert(1)</script>".into();
        let page = super::html(&report);
        assert!(!page.contains("<script>") && page.contains("&lt;script&gt;"));
        assert!(page.contains("SIMULATED") && page.contains("class=\"refused\""));
    }
}
