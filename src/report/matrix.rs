// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The report as text: a matrix of configurations and gates, then everything that is not passed, in words.

use super::Report;
use crate::gates::judge::GATES;
use crate::gates::{GateResult, Verdict};

/// The text, lines without a closing line end.
pub fn matrix(report: &Report) -> String {
    let mut text = format!("{}\n", report.title());
    let gates: Vec<&str> =
        GATES.iter().copied().filter(|g| report.results.iter().any(|r| r.gate == *g)).collect();
    let mut rows =
        vec![[vec!["configuration".to_owned()], gates.iter().map(|g| (*g).to_owned()).collect()].concat()];
    for c in &report.configurations {
        let mut row = vec![format!("{}{}", c.name, if c.parent { " (parent)" } else { "" })];
        row.extend(gates.iter().map(|gate| {
            let own = |r: &&GateResult| {
                r.gate == *gate && report.configuration_of(r).is_some_and(|x| x.name == c.name)
            };
            let verdict = report.results.iter().filter(own).map(|r| r.verdict).reduce(Verdict::and);
            verdict.map_or_else(|| "-".to_owned(), |v| v.to_string())
        }));
        rows.push(row);
    }
    let mut everything = vec!["everything else".to_owned()];
    everything.extend(gates.iter().map(|gate| {
        let own = |r: &&GateResult| r.gate == *gate && report.configuration_of(r).is_none();
        let verdict = report.results.iter().filter(own).map(|r| r.verdict).reduce(Verdict::and);
        verdict.map_or_else(|| "-".to_owned(), |v| v.to_string())
    }));
    if everything.iter().skip(1).any(|c| c != "-") {
        rows.push(everything);
    }
    text += &table(&rows);
    for verdict in [Verdict::Refused, Verdict::Unknown] {
        for r in report.results.iter().filter(|r| r.verdict == verdict) {
            text += &format!("\n{verdict} {} of {}\n", r.gate, r.subject);
            text += &format!("  expected: {}\n  actual:   {}\n", r.expected, r.actual);
            if let Some(evidence) = &r.evidence {
                text += &format!("  evidence: {evidence}\n");
            }
        }
    }
    if !report.notes.is_empty() {
        text += "\nnoticed:\n";
        for note in &report.notes {
            text += &format!("  {note}\n");
        }
    }
    text += &format!("\nverdict: {}", report.verdict);
    text
}

/// Left-aligned columns.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |i: usize| rows.iter().filter_map(|r| r.get(i)).map(|c| c.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        text += line.trim_end();
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_and_the_reasons() {
        let text = matrix(&crate::report::tests::sample());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[1], "configuration    outputs  identity  timing   bit-proofs");
        assert_eq!(lines[2], "base (parent)    -        -         passed   -");
        assert_eq!(lines[3], "second           passed   -         refused  unknown");
        assert_eq!(lines[4], "everything else  -        passed    -        -");
        assert!(
            text.contains("\nrefused timing of second\n  expected: met\n  actual:   WNS -3.622"),
            "{text}"
        );
        assert!(text.ends_with("verdict: refused"));
    }
}
