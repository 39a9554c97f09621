// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The report as JUnit XML, which CI servers show: one suite a gate, one case a result. Refused is a failure, unknown is skipped with its reason:
//! a CI that wants to stop on unknown asks the exit code, not this file.

use super::Report;
use crate::gates::judge::GATES;
use crate::gates::{GateResult, Verdict};

/// The XML text.
pub fn junit(report: &Report) -> String {
    let count = |results: &[&GateResult], verdict| results.iter().filter(|r| r.verdict == verdict).count();
    let all: Vec<&GateResult> = report.results.iter().collect();
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"{}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">\n",
        escape(&report.title()),
        all.len(),
        count(&all, Verdict::Refused),
        count(&all, Verdict::Unknown)
    );
    for gate in GATES {
        let results: Vec<&GateResult> = all.iter().copied().filter(|r| r.gate == gate).collect();
        if results.is_empty() {
            continue;
        }
        text += &format!(
            "  <testsuite name=\"{gate}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\">\n",
            results.len(),
            count(&results, Verdict::Refused),
            count(&results, Verdict::Unknown)
        );
        for r in results {
            text += &format!(
                "    <testcase classname=\"{}.{gate}\" name=\"{}\"",
                escape(&report.project),
                escape(&r.subject)
            );
            let expected = format!("expected: {}; actual: {}", r.expected, r.actual);
            match r.verdict {
                Verdict::Passed => {
                    text += &format!("><system-out>{}</system-out></testcase>\n", escape(&r.actual));
                }
                Verdict::Refused => {
                    text += &format!("><failure message=\"{}\"/></testcase>\n", escape(&expected));
                }
                Verdict::Unknown => {
                    text += &format!("><skipped message=\"{}\"/></testcase>\n", escape(&expected));
                }
            }
        }
        text += "  </testsuite>\n";
    }
    text += "</testsuites>\n";
    text
}

/// Text for XML and HTML; characters that XML 1.0 cannot hold become a question mark.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('?'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_xml_and_counts() {
        let text = junit(&crate::report::tests::sample());
        let document = roxmltree::Document::parse(&text).unwrap();
        let root = document.root_element();
        assert_eq!(
            (root.attribute("tests"), root.attribute("failures"), root.attribute("skipped")),
            (Some("5"), Some("1"), Some("1"))
        );
        let failure = root.descendants().find(|n| n.has_tag_name("failure")).unwrap();
        assert_eq!(failure.attribute("message"), Some("expected: met; actual: WNS -3.622 <&\"'>"));
    }

    #[test]
    fn control_characters_cannot_break_it() {
        let mut report = crate::report::tests::sample();
        report.results[0].actual = "a\u{1b}[31m\u{0}\u{ffff}b".into();
        roxmltree::Document::parse(&junit(&report)).unwrap();
    }
}
