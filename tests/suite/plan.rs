// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit plan` on the examples: its JSON shape, and what a change of the user makes stale after a build on the stand-in.

use std::process::Command;

use serde_json::Value;

use crate::support::Bench;

fn plan(bench: &Bench) -> Vec<Value> {
    let run = bench.run(&["plan", "--vivado", "sim", "--message-format", "json"]);
    run.exits(0);
    let steps = run.json().into_iter().find_map(|o| o.get("steps").cloned()).expect("an object with steps");
    steps.as_array().unwrap().clone()
}

fn ids(steps: &[Value], stale: bool) -> Vec<String> {
    steps.iter().filter(|s| s["stale"] == stale).map(|s| s["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_plan_is_printed_in_every_form_and_writes_nothing() {
    let bench = Bench::example("two-partitions-kcu105");
    let steps = plan(&bench);
    assert_eq!(ids(&steps, false), Vec::<String>::new());
    let all = ids(&steps, true);
    assert_eq!(all.first().map(String::as_str), Some("project"));
    assert_eq!(all.last().map(String::as_str), Some("kit"));
    for id in ["synth:static", "synth:shift-left", "impl:up-right", "impl:grey", "verify:grey", "gates"] {
        assert!(all.contains(&id.to_owned()), "{id} not in {all:?}");
    }
    // Greyboxes are Vivado's own: nothing is synthesised for them.
    assert!(!all.iter().any(|id| id.contains("blank")), "{all:?}");
    for step in &steps {
        for (field, is_right) in [
            ("id", step["id"].is_string()),
            ("kind", step["kind"].is_string()),
            ("reasons", step["reasons"].as_array().is_some_and(|r| !r.is_empty())),
            ("inputs", step["inputs"].as_array().is_some_and(|i| !i.is_empty())),
            ("outputs", step["outputs"].as_array().is_some_and(|o| !o.is_empty())),
        ] {
            assert!(is_right, "{field} of {step}");
        }
    }
    let tree = bench.run(&["plan", "--vivado", "sim"]);
    tree.exits(0);
    assert!(tree.stdout.contains("impl:down-left"), "{}", tree.stdout);
    let dot = bench.run(&["plan", "--vivado", "sim", "--dot"]);
    dot.exits(0);
    assert!(
        dot.stdout.starts_with("digraph plan {") && dot.stdout.trim_end().ends_with('}'),
        "{}",
        dot.stdout
    );
    assert!(dot.stdout.contains("\"impl:up-right\" -> \"impl:grey\";"), "{}", dot.stdout);
    assert!(!bench.path().join("build").exists());
}

#[test]
fn after_a_build_only_what_a_change_reaches_is_stale() {
    if Command::new("tclsh").arg("/dev/null").output().is_err() {
        eprintln!("SKIPPED: no tclsh on PATH");
        return;
    }
    let bench = Bench::example("pr-block-kc705");
    bench.run(&["build", "--vivado", "sim"]).exits(0);
    assert_eq!(ids(&plan(&bench), true), Vec::<String>::new());
    // A file touched and not changed is not changed.
    let chaser = bench.read("rtl/chaser/pr_block.v");
    bench.write("rtl/chaser/pr_block.v", &chaser);
    assert_eq!(ids(&plan(&bench), true), Vec::<String>::new());

    bench.write("rtl/chaser/pr_block.v", &format!("{chaser}// changed\n"));
    let steps = plan(&bench);
    assert_eq!(ids(&steps, true), ["synth:chaser", "impl:second", "verify:second", "gates", "kit"]);
    let synth = steps.iter().find(|s| s["id"] == "synth:chaser").unwrap();
    assert!(synth["reasons"][0].as_str().unwrap().contains("rtl/chaser/pr_block.v"), "{synth}");
    bench.write("rtl/chaser/pr_block.v", &chaser);
    assert_eq!(ids(&plan(&bench), true), Vec::<String>::new());

    // Another constraint of the static: everything but the modules' own synthesis.
    let pins = bench.read("xdc/pins.xdc");
    bench.write("xdc/pins.xdc", &format!("{pins}\n# changed\n"));
    let fresh = ids(&plan(&bench), false);
    assert_eq!(fresh, ["project", "synth:blink", "synth:chaser"]);
    bench.write("xdc/pins.xdc", &pins);

    // A template of the user is an input of the steps that use it, and is named.
    bench.write("templates/project/verify.tcl.tera", "puts {{ initial }}\n");
    let steps = plan(&bench);
    assert_eq!(ids(&steps, true), ["verify:second", "gates", "kit"]);
    let verify = steps.iter().find(|s| s["id"] == "verify:second").unwrap();
    assert!(verify["reasons"].to_string().contains("templates/project/verify.tcl.tera"), "{verify}");
}
