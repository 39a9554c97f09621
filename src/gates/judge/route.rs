// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every net routed, in every configuration: by the route status report.

use super::{Context, place, read, report, result};
use crate::gates::{GateResult, Verdict, route_status};

const GATE: &str = "route";
const EXPECTED: &str = "every routable net fully routed, 0 with routing errors";

pub(super) fn judge(cx: &Context<'_>) -> Vec<GateResult> {
    let one = |c: &crate::artifacts::ConfigurationSet| {
        let Some(file) = report(c, "_route_status") else {
            return result(
                GATE,
                &c.name,
                Verdict::Unknown,
                EXPECTED,
                format!("no route status of run {}", c.run),
                None,
            );
        };
        let evidence = place(&c.run, file.name());
        let status = read(&file.path).and_then(|t| route_status::read(&t).map_err(|e| e.to_string()));
        let (verdict, actual) = match status {
            Err(e) => (Verdict::Unknown, e),
            Ok(s) => {
                let n = |v: Option<u64>| v.map_or_else(|| "?".to_owned(), |v| v.to_string());
                let actual = format!(
                    "{} of {} routable nets routed, {} with errors",
                    n(s.fully_routed),
                    n(s.routable),
                    s.errors
                );
                let verdict = if s.complete() {
                    Verdict::Passed
                } else if s.errors == 0 && s.routable.is_none() {
                    Verdict::Unknown
                } else {
                    Verdict::Refused
                };
                (verdict, actual)
            }
        };
        result(GATE, &c.name, verdict, EXPECTED, actual, Some(&evidence))
    };
    cx.implemented().map(one).collect()
}
