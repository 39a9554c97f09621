// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit log digest` and `dfxkit report`.

use crate::support::{Bench, corpus};

#[test]
fn a_digest_of_a_good_log() {
    let Some(corpus) = corpus() else { return };
    let file = corpus.join("dfx_logs_2024_2/UART_CALCI/dfx_playground/dfx_playground.runs/impl_1/runme.log");
    let run = Bench::new().run(&["log", "digest", file.as_str(), "--message-format", "json"]);
    let json = &run.exits(0).json()[0];
    assert_eq!(json["verdict"], "passed");
    assert_eq!(json["vivado"], "2024.2");
    assert_eq!(json["counts"]["error"], 0);
    assert!(json["counts"]["info"].as_u64().unwrap() > 50);
    let steps = json["steps"].as_array().unwrap();
    assert!(
        steps
            .iter()
            .any(|s| s["name"] == "route_design" && s["outcome"] == "completed" && s["elapsed_ms"].is_u64())
    );
    assert_eq!(json["bitstreams"][0], "top.bit");
    let licence = &json["licences"][0];
    assert_eq!((&licence["feature"], &licence["granted"]), (&"Implementation".into(), &true.into()));
}

#[test]
fn a_digest_of_a_failing_log_names_the_first_error() {
    let Some(corpus) = corpus() else { return };
    let bench = Bench::new();
    let file = corpus.join("failing_logs/vivado.log");
    let run = bench.run(&["log", "digest", file.as_str(), "--message-format", "json"]);
    let json = &run.exits(4).json()[0];
    assert_eq!(json["verdict"], "refused");
    assert_eq!(json["first_error"]["line"], 1593);
    // The kinds: worst first, each with its first line and its count.
    let first = &json["messages"][0];
    assert_eq!(
        (&first["severity"], &first["id"], &first["count"]),
        (&"error".into(), &"DRC INBB-3".into(), &4.into())
    );
    let text = bench.run(&["log", "digest", file.as_str()]);
    text.exits(4);
    assert!(text.stdout.contains("     4 x line 1593   ERROR: [DRC INBB-3]"), "{}", text.stdout);
    assert!(text.stdout.contains("verdict: refused (line 1593:"), "{}", text.stdout);
}

#[test]
fn an_estimate_is_not_taken_for_timing_but_a_failure_is() {
    let Some(corpus) = corpus() else { return };
    let file = corpus.join("dfx_logs_2024_2/CFU_Playground/runs/child_0_impl_2/top_tut.vdi");
    let run = Bench::new().run(&["log", "digest", file.as_str(), "--message-format", "json"]);
    let json = &run.exits(4).json()[0];
    assert_eq!(json["timing"]["failed"], true);
    assert!(json["timing"]["estimate"].as_str().unwrap().starts_with("WNS=-3.624"));
    assert_eq!(json["pr_verify"][0]["verdict"], "passed");
}

#[test]
fn several_logs_give_a_line_each_and_a_cut_off_one_is_unknown() {
    let bench = Bench::new();
    bench.write("a.log", "Command: place_design\nplace_design completed successfully\n");
    bench.write("b.log", "foo\ninvalid command name \"foo\"\n    while executing\n");
    let json = bench.run(&["log", "digest", "a.log", "--message-format", "json"]).exits(0).json();
    assert_eq!(json[0]["verdict"], "unknown");
    let json = bench.run(&["log", "digest", "a.log", "b.log", "--message-format", "json"]).exits(4).json();
    assert_eq!((&json[0]["verdict"], &json[1]["verdict"]), (&"unknown".into(), &"refused".into()));
    assert_eq!(json[1]["tcl_errors"][0]["line"], 2);
    bench.run(&["log", "digest", "none.log"]).exits(1);
    bench.run(&["log", "digest"]).exits(2);
}

#[test]
fn a_report_in_all_its_faces() {
    let bench = Bench::new();
    bench.write(
        "r.json",
        r#"{"format": 1, "project": "conv", "version": "1.0", "part": "xc7z020clg400-1",
            "tool": {"release": "2024.2", "build": null, "simulated": true}, "verdict": "refused",
            "configurations": [{"name": "base", "run": "impl_1", "parent": true, "modules": [["conv", "conv3x3"]]}],
            "results": [{"gate": "timing", "subject": "base", "verdict": "refused", "expected": "met", "actual": "WNS -3.622", "evidence": null}]}"#,
    );
    let run = bench.run(&["report", "--from", "r.json", "--html", "r.html", "--junit", "r.xml"]);
    run.exits(0);
    assert!(
        run.stdout.contains("base (parent)  refused\n") && run.stdout.contains("SIMULATED"),
        "{}",
        run.stdout
    );
    assert!(bench.read("r.html").contains("SIMULATED"));
    assert!(bench.read("r.xml").contains("failures=\"1\""));
    bench.write("r.json", "{\"format\": 7}");
    let run = bench.run(&["report", "--from", "r.json"]);
    assert!(run.exits(1).stderr.contains("its format is 7"), "{}", run.stderr);
    bench.run(&["report", "--from", "gone.json"]).exits(1);
}
