// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `simulate`: policies on a trace, on the desk.

use dfxkit_loader::policy::simulate::{Setup, simulate};
use dfxkit_loader::policy::{Policy, trace::Trace};
use serde_json::json;

use crate::args::Arguments;
use crate::report::Report;

pub(crate) fn simulation(a: &Arguments, report: &mut Report) -> u8 {
    let mut traces = Vec::new();
    for name in a.trace.as_deref().map_or_else(|| vec!["cnn", "zipf", "phases"], |t| vec![t]) {
        let trace = match name {
            "cnn" => Trace::cnn(100),
            "zipf" => Trace::zipf(2_000, 7),
            "phases" => Trace::phases(8, 7),
            file => match fs_err::read_to_string(file)
                .map_err(|e| e.to_string())
                .and_then(|text| Trace::parse(&text).map_err(|e| format!("{file}, {e}")))
            {
                Ok(trace) => trace,
                Err(why) => {
                    report.fail(why);
                    return 1;
                }
            },
        };
        traces.push((name, trace));
    }
    let policies = match a.policy.as_deref().map(|p| (p, Policy::parse(p))) {
        None => Policy::ALL.to_vec(),
        Some((_, Some(policy))) => vec![policy],
        Some((name, None)) => {
            report.fail(format!("unknown policy {name}: expected lru, fifo, cost-aware or belady"));
            return 2;
        }
    };
    let mut figures = Vec::new();
    report.line(
        "trace      policy      predict  calls misses  loads   stall ms  makespan ms  of Belady's stall",
    );
    for (name, trace) in &traces {
        let setup = |predict| Setup { slots: a.slots, bytes_per_second: a.speed, predict };
        let bound = simulate(trace, Policy::Belady, &setup(false));
        for policy in &policies {
            for predict in [false, true] {
                if predict && *policy != Policy::CostAware {
                    continue;
                }
                let f = simulate(trace, *policy, &setup(predict));
                let ratio = f.stall / bound.stall;
                report.line(format!(
                    "{name:10} {:11} {predict:7} {:6} {:6} {:6} {:10.1} {:12.1}  {ratio:.3}",
                    policy.id(),
                    f.calls,
                    f.misses,
                    f.loads,
                    f.stall * 1e3,
                    f.makespan * 1e3
                ));
                figures.push(json!({
                    "trace": name, "policy": policy.id(), "predict": predict, "calls": f.calls, "misses": f.misses,
                    "loads": f.loads, "stall_seconds": f.stall, "makespan_seconds": f.makespan,
                    "stall_of_belady": ratio.is_finite().then_some(ratio),
                }));
            }
        }
    }
    report.set("figures", figures);
    0
}
