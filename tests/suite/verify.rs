// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A build of the stand-in, judged again: `verify`, `report`, `adopt` and `log digest` on what it left, whole and damaged.

use serde_json::Value;

use crate::support::{Bench, Run};

/// The example, built once by the stand-in.
fn built() -> Bench {
    let bench = Bench::example("conv-pynq-z2");
    let mut command = bench.command(&["build", "--vivado", "sim", "--message-format", "json"]);
    let output = command.env("HOME", bench.path()).env("VIVADO_SIM_SEED", "1").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    bench
}

fn verify(bench: &Bench, code: i32) -> Value {
    let run: Run = bench.run(&["verify", "--message-format", "json"]);
    let json = run.exits(code).json();
    json.into_iter().find(|j| j.get("verdict").is_some()).unwrap()
}

fn part<'v>(verdicts: &'v Value, gate: &str) -> &'v Value {
    verdicts["parts"].as_array().unwrap().iter().find(|p| p["gate"] == gate).unwrap()
}

#[test]
fn a_build_is_judged_again_and_every_damage_is_found() {
    let bench = built();
    let good = verify(&bench, 0);
    assert_eq!(
        (&good["verdict"], &good["simulated"], &good["up_to_date"]),
        (&"passed".into(), &true.into(), &true.into())
    );
    for gate in ["outputs", "identity", "route", "timing", "critical-warnings", "pr-verify", "bit-proofs"] {
        assert_eq!(part(&good, gate)["verdict"], "passed", "{gate}");
    }
    // The matrix of the build's own report has a line a configuration, and says SIMULATED.
    let report = bench.run(&["report", "--junit", "r.xml"]);
    report.exits(0);
    assert!(
        report.stdout.contains("base (parent)    passed") && report.stdout.contains("SIMULATED"),
        "{}",
        report.stdout
    );
    assert!(bench.read("r.xml").contains("failures=\"0\" skipped=\"0\""));

    // The same tree without its description.
    let adopted = bench.run(&["adopt", "build/project", "--dry-run", "--message-format", "json"]);
    let json = adopted.exits(0).json().pop().unwrap();
    assert_eq!((&json["verdict"], &json["report"]["tool"]["simulated"]), (&"passed".into(), &true.into()));
    assert_eq!(json["makes"]["golden"], true);
    let digest =
        bench.run(&["log", "digest", "build/project/conv.runs/impl_1/runme.log", "--message-format", "json"]);
    assert_eq!(digest.exits(0).json()[0]["simulated"], true);

    // A partial of another module under this one's name: the hash and the proof both tell.
    let runs = "build/project/conv.runs";
    let child = bench.path().join(runs).join("child_0_impl_1/system_i_conv_conv3x3_16bit_partial.bit");
    let kept = fs_err::read(&child).unwrap();
    fs_err::copy(bench.path().join(runs).join("impl_1/system_i_conv_conv3x3_8bit_partial.bit"), &child)
        .unwrap();
    let bad = verify(&bench, 4);
    assert_eq!(bad["verdict"], "refused");
    assert_eq!(part(&bad, "bit-proofs")["verdict"], "refused");
    let outputs = part(&bad, "outputs")["results"].as_array().unwrap();
    assert!(
        outputs.iter().any(|r| r["actual"].as_str().unwrap().contains("changed since: SHA-256")),
        "{outputs:#?}"
    );
    fs_err::write(&child, kept).unwrap();

    // A pr_verify that compared nothing.
    let verdict = bench.path().join("build/steps/verify-child_1/pr_verify.log");
    let text = fs_err::read_to_string(&verdict).unwrap();
    let vacuous: String = text
        .lines()
        .map(|l| {
            l.split_once("static cells compared")
                .map_or_else(|| l.to_owned(), |(a, _)| format!("{a}static cells compared = 0"))
                + "\n"
        })
        .collect();
    fs_err::write(&verdict, vacuous).unwrap();
    let bad = verify(&bench, 4);
    let results = part(&bad, "pr-verify")["results"].as_array().unwrap();
    assert!(
        results
            .iter()
            .any(|r| r["verdict"] == "refused" && r["actual"].as_str().unwrap().contains("vacuous")),
        "{results:#?}"
    );
    fs_err::write(&verdict, text).unwrap();

    // Timing missed in the child's report.
    let timing = bench.path().join(runs).join("child_0_impl_1/top_timing_summary_routed.rpt");
    let text = fs_err::read_to_string(&timing).unwrap();
    fs_err::write(
        &timing,
        text.replace("All user specified timing constraints are met.", "Timing constraints are not met."),
    )
    .unwrap();
    assert_eq!(part(&verify(&bench, 4), "timing")["verdict"], "refused");
    fs_err::remove_file(&timing).unwrap();
    let gone = verify(&bench, 4);
    assert_eq!(part(&gone, "timing")["verdict"], "unknown", "no evidence is not passed");
    assert_eq!(part(&gone, "outputs")["verdict"], "refused");
    fs_err::write(&timing, text).unwrap();

    // A changed description: what lies there is judged, and said to be behind.
    bench.write("rtl/static/top.v", &(bench.read("rtl/static/top.v") + "// later\n"));
    let behind = verify(&bench, 0);
    assert_eq!((&behind["verdict"], &behind["up_to_date"]), (&"passed".into(), &false.into()));
}

#[test]
fn nothing_built_is_said() {
    let bench = Bench::example("conv-pynq-z2");
    let run = bench.run(&["verify"]);
    assert!(run.exits(1).stderr.contains("nothing is built yet"), "{}", run.stderr);
    let run = bench.run(&["report"]);
    assert!(run.exits(1).stderr.contains("run `dfxkit build`"), "{}", run.stderr);
}
