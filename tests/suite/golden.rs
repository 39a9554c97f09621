// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The golden archive and remote updates, end to end on the stand-in.

use std::os::unix::fs::PermissionsExt;

use dfxkit::exec::lock::{self, Holder};

use crate::support::{Bench, Run};

/// `pr-block-kc705`, built and archived as release 1.0.
fn released() -> Bench {
    let bench = Bench::example("pr-block-kc705");
    bench.run(&["build", "--vivado", "sim"]).exits(0);
    bench.run(&["golden", "archive", "1.0", "--allow-simulated"]).exits(0);
    bench
}

fn update(bench: &Bench, modules: &[&str]) -> Run {
    let mut args = vec!["update", "--golden", "1.0", "--vivado", "sim", "--message-format", "json"];
    args.extend(modules);
    bench.run(&args)
}

/// Steps that a run started, from its events.
fn started(run: &Run) -> Vec<String> {
    run.json()
        .iter()
        .filter(|v| v["event"] == "step-started")
        .map(|v| v["step"].as_str().unwrap().to_owned())
        .collect()
}

fn edit(bench: &Bench, name: &str, from: &str, to: &str) {
    let text = bench.read(name);
    assert!(text.contains(from), "{name} has no {from:?}");
    bench.write(name, &text.replace(from, to));
}

#[test]
fn results_of_the_stand_in_are_archived_only_when_that_is_said_and_marked_for_ever() {
    let bench = Bench::example("pr-block-kc705");
    bench.run(&["golden", "archive", "1.0"]).exits(1);
    bench.run(&["build", "--vivado", "sim"]).exits(0);
    let refused = bench.run(&["golden", "archive", "1.0"]);
    refused.exits(4);
    assert!(refused.stderr.contains("SIMULATED"), "{}", refused.stderr);
    assert!(!bench.path().join("golden/1.0").exists());
    bench.run(&["golden", "archive", "1.0", "--allow-simulated"]).exits(0);
    assert!(bench.read("golden/1.0/golden.toml").contains("simulated = true"));
    let again = bench.run(&["golden", "archive", "1.0", "--allow-simulated"]);
    again.exits(1);
    assert!(again.stderr.contains("never overwritten"), "{}", again.stderr);
    let listed = bench.run(&["golden", "list"]);
    assert!(listed.stdout.contains("SIMULATED"), "{}", listed.stdout);
    let check = bench.run(&["golden", "check", "--message-format", "json"]);
    check.exits(0);
    let check = check.json().pop().unwrap();
    assert_eq!(check["verdict"], "passed");
    let parts = [
        "files",
        "identity",
        "checkpoint",
        "ports",
        "pblock",
        "fingerprint",
        "frames",
        "provenance",
        "bit-proofs",
    ];
    for part in parts {
        assert!(check["parts"].as_array().unwrap().iter().any(|p| p["name"] == part), "{part}: {check}");
    }
}

#[test]
fn an_update_builds_the_module_alone_and_is_proven_against_the_golden() {
    let bench = released();
    let run = update(&bench, &["prbs"]);
    run.exits(0);
    assert_eq!(started(&run), ["project", "synth:prbs", "impl:update_1", "verify:update_1"]);
    // Nor is the release's own module synthesised again: its finished run was taken up, and its log is of no later one.
    let blink = bench.path().join("build/update/1.0/project/pr_block.runs/blink_synth_1");
    assert!(blink.join(".vivado.end.rst").exists() && !blink.join("runme.log").exists());
    let result = run.json().pop().unwrap();
    assert_eq!(result["verdict"], "passed", "{result}");
    assert_eq!(result["golden"], "1.0");
    let kit = result["kit"].as_str().unwrap().to_owned();
    let verify = bench.run(&["kit", "verify", &kit, "--message-format", "json"]);
    assert_eq!(verify.json().pop().unwrap()["verdict"], "passed", "{}", verify.stdout);
    // The partial belongs to the static of the release, by its frames.
    let full = "build/project/pr_block.runs/impl_1/top.bit";
    let partial = format!("{kit}/modules/block/prbs.bit");
    let child = "build/update/1.0/project/pr_block.runs/child_0_impl_1/top.bit";
    bench.run(&["bit", "prove", "--parent", full, "--child", child, "--partial", &partial]).exits(0);
    // Nothing changed: nothing runs.
    let again = update(&bench, &["prbs"]);
    again.exits(0);
    assert_eq!(started(&again), Vec::<String>::new());
}

#[test]
fn a_changed_static_source_is_told_and_changes_nothing() {
    let bench = released();
    edit(&bench, "rtl/static/top.v", "// A clock buffer", "// Now a clock buffer");
    let run = update(&bench, &["prbs"]);
    run.exits(0);
    let result = run.json().pop().unwrap();
    assert_eq!(result["drift"], serde_json::json!(["changed rtl/static/top.v"]));
    assert_eq!(result["verdict"], "passed");
}

#[test]
fn changed_ports_are_refused_before_vivado() {
    let bench = released();
    // All modules alike, or the check of the description refuses them (DFX0217).
    for module in ["blink", "chaser", "prbs"] {
        let file = format!("rtl/{module}/pr_block.v");
        edit(&bench, &file, "output reg  [7:0] pattern", "output reg  [9:0] pattern");
    }
    let run = bench.run(&["update", "--golden", "1.0", "--vivado", "sim", "prbs"]);
    run.exits(4);
    assert!(
        run.stderr.contains("output [7:0] pattern, actual rtl/prbs/pr_block.v:8: output [9:0] pattern"),
        "{}",
        run.stderr
    );
    assert!(!bench.path().join("build/update").exists(), "something was built");
}

#[test]
fn changed_ports_that_the_text_does_not_tell_are_refused_after_the_synthesis() {
    let bench = released();
    // A macro of another file counts or not by the order of reading: the check leaves that to the synthesis.
    let doubtful = "\n`ifdef NARROW\noutput reg [7:0] pattern\n`else\noutput reg [9:0] pattern\n`endif\n";
    edit(&bench, "rtl/prbs/pr_block.v", "output reg  [7:0] pattern", doubtful);
    bench.write("rtl/prbs/zz.v", "`define NARROW\n");
    let run = update(&bench, &["prbs"]);
    run.exits(4);
    assert!(!started(&run).iter().any(|s| s.starts_with("impl:")), "{:?}", started(&run));
    assert!(
        run.stdout.contains("output [7:0] pattern") && run.stdout.contains("output [9:0] pattern"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_description_or_an_archive_that_does_not_fit_never_reaches_vivado() {
    let bench = released();
    let description = bench.read("dfx.toml");
    let changes = [
        ("xc7k325tffg900-2", "xc7k325tffg900-1", "part"),
        ("cell = \"pr_block_ins\"", "cell = \"pr_block_other\"", "cell of partition block"),
        ("SLICE_X100Y50:SLICE_X123Y149", "SLICE_X100Y50:SLICE_X121Y149", "Pblock of partition block"),
        ("top = \"top\"", "top = \"other\"", "top of the static"),
    ];
    for (from, to, what) in changes {
        edit(&bench, "dfx.toml", from, to);
        let run = bench.run(&["update", "--golden", "1.0", "--vivado", "sim", "prbs"]);
        run.exits(4);
        assert!(run.stderr.contains(&format!("{what}: expected")), "{what}: {}", run.stderr);
        bench.write("dfx.toml", &description);
    }
    // Another release of Vivado.
    edit(&bench, "dfx.toml", "vivado = \"2024.2\"", "vivado = \"2025.2\"");
    let run = bench.run(&["update", "--golden", "1.0", "--vivado", "sim", "prbs"]);
    assert!(run.code == 4 || run.code == 5, "{run:?}");
    assert!(run.stderr.contains("2024.2") && run.stderr.contains("2025.2"), "{}", run.stderr);
    bench.write("dfx.toml", &description);
    // A module that is none.
    let run = bench.run(&["update", "--golden", "1.0", "--vivado", "sim", "prbz"]);
    run.exits(1);
    assert!(run.stderr.contains("it has: blink, chaser, prbs"), "{}", run.stderr);
    // A flipped bit in the archive.
    let manifest = bench.read("golden/1.0/golden.toml");
    let at = manifest.find("role = \"blackbox-dcp\"").unwrap();
    let sha256 = manifest[at..].split("sha256 = \"").nth(1).unwrap()[..64].to_owned();
    let object = bench.path().join("golden/objects/sha256").join(&sha256[..2]).join(&sha256);
    let mut content = fs_err::read(&object).unwrap();
    content[100] ^= 4;
    fs_err::set_permissions(&object, std::fs::Permissions::from_mode(0o644)).unwrap();
    fs_err::write(&object, content).unwrap();
    let run = bench.run(&["update", "--golden", "1.0", "--vivado", "sim", "prbs"]);
    run.exits(4);
    assert!(run.stderr.contains("black-boxed locked checkpoint"), "{}", run.stderr);
    let check = bench.run(&["golden", "check", "1.0"]);
    check.exits(4);
    assert!(check.stdout.contains("still possible: update no, pr_verify yes"), "{}", check.stdout);
    assert!(!bench.path().join("build/update").exists(), "something was built");
}

#[test]
fn the_update_of_an_ultrascale_device_carries_the_clearing_file_of_what_is_loaded() {
    let bench = Bench::example("two-partitions-kcu105");
    bench.run(&["build", "--vivado", "sim"]).exits(0);
    bench.run(&["golden", "archive", "1.0", "--allow-simulated"]).exits(0);
    let run = update(&bench, &["count-down"]);
    run.exits(0);
    let kit = run.json().pop().unwrap()["kit"].as_str().unwrap().to_owned();
    for name in ["count/count-down.bit", "count/count-down_clear.bit", "count/count-up_clear.bit"] {
        assert!(camino::Utf8Path::new(&kit).join("modules").join(name).is_file(), "{name}");
    }
}

#[test]
fn a_release_goes_to_another_archive_and_back() {
    let bench = released();
    bench.run(&["golden", "push", "1.0", "nfs/golden"]).exits(0);
    fs_err::rename(bench.path().join("golden"), bench.path().join("lost")).unwrap();
    bench.run(&["golden", "check"]).exits(1);
    bench.run(&["golden", "pull", "1.0", "nfs/golden"]).exits(0);
    bench.run(&["golden", "check"]).exits(0);
    update(&bench, &["prbs"]).exits(0);
}

#[test]
fn an_archive_while_a_build_runs_is_refused_with_who_builds() {
    let bench = Bench::example("pr-block-kc705");
    bench.run(&["build", "--vivado", "sim"]).exits(0);
    let state = bench.path().join("build/state");
    let me = Holder::me("dfxkit build");
    let held = lock::take(&state, lock::kind_for(&state), &me).unwrap();
    let run = bench.run(&["golden", "archive", "1.0", "--allow-simulated"]);
    run.exits(5);
    assert!(run.stderr.contains(&format!("`dfxkit build`, process {}", me.pid)), "{}", run.stderr);
    assert!(!bench.path().join("golden").exists());
    drop(held);
    bench.run(&["golden", "archive", "1.0", "--allow-simulated"]).exits(0);
}

#[test]
fn updates_are_kept_beside_their_release_and_the_matrix_says_what_fits_where() {
    let bench = released();
    let keep = ["update", "--golden", "1.0", "--vivado", "sim", "--archive", "prbs-1", "prbs"];
    bench.run(&keep).exits(0);
    assert!(bench.read("golden/1.0/updates/prbs-1.toml").contains("simulated = true"));
    let again = bench.run(&keep);
    again.exits(1);
    assert!(again.stderr.contains("never overwritten"), "{}", again.stderr);
    // Another release of the same build, and one with another static.
    bench.run(&["golden", "archive", "1.1", "--allow-simulated"]).exits(0);
    edit(&bench, "rtl/static/top.v", "// A clock buffer", "wire another = 1'b0; // A clock buffer");
    bench.run(&["build", "--vivado", "sim"]).exits(0);
    bench.run(&["golden", "archive", "2.0", "--allow-simulated"]).exits(0);
    let verdicts = |release: &str| -> Vec<(String, String, String)> {
        let run = bench.run(&["golden", "show", release, "--matrix", "--message-format", "json"]);
        run.exits(0);
        let word = |v: &serde_json::Value| v.as_str().unwrap_or("-").to_owned();
        run.json().pop().unwrap()["cells"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| (word(&c["of_release"]), word(&c["of_update"]), word(&c["verdict"])))
            .collect()
    };
    for release in ["1.0", "1.1"] {
        let cells = verdicts(release);
        assert!(cells.contains(&("1.0".into(), "prbs-1".into(), "passed".into())), "{cells:?}");
        for (of, _, verdict) in &cells {
            // Another static is never said to fit.
            assert_eq!(verdict == "passed", of != "2.0", "{release}: {cells:?}");
        }
    }
    for (of, _, verdict) in verdicts("2.0") {
        assert_eq!(verdict == "passed", of == "2.0", "{of}");
    }
    // The update goes where its release goes, and damage in it is named.
    bench.run(&["golden", "push", "1.0", "nfs"]).exits(0);
    bench.run(&["golden", "check", "1.0", "--store", "nfs"]).exits(0);
    let entry = bench.read("nfs/1.0/updates/prbs-1.toml");
    let partial = &entry[entry.find("role = \"partial-bit\"").unwrap()..];
    let sha256 = partial.split("\nsha256 = \"").nth(1).unwrap()[..64].to_owned();
    fs_err::remove_file(bench.path().join("nfs/objects/sha256").join(&sha256[..2]).join(&sha256)).unwrap();
    let check = bench.run(&["golden", "check", "1.0", "--store", "nfs"]);
    check.exits(4);
    assert!(check.stdout.contains("update prbs-1, block/prbs"), "{}", check.stdout);
}

/// The archive in the repository was made by some dfxkit of the past: today's must read and prove it.
#[test]
fn the_archive_of_the_repository_is_whole_and_proven() {
    let bench = Bench::new();
    let store = crate::support::repository().join("golden");
    let run = bench.run(&["golden", "--store", store.as_str(), "check", "--message-format", "json"]);
    run.exits(0);
    let check = run.json().pop().unwrap();
    assert_eq!(check["verdict"], "passed", "{check}");
    assert_eq!(check["releases"][0]["release"], "conv-1.0.0");
    assert_eq!(check["releases"][0]["simulated"], true);
}
