// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the stand-in made stays SIMULATED, and what users bring themselves is built as it is.

use crate::support::Bench;

#[test]
fn a_kit_whose_mark_was_taken_out_is_refused_by_its_own_images() {
    let bench = Bench::example("pr-block-kc705");
    bench.run(&["build", "--vivado", "sim"]).exits(0);
    let kit = "build/kit/pr-block-1.0.0";
    let manifest = bench.read(&format!("{kit}/kit.json"));
    let forged = manifest.replacen("\"simulated\": true", "\"simulated\": false", 1);
    assert_ne!(forged, manifest);
    bench.write(&format!("{kit}/kit.json"), &forged);
    let sums = bench.read(&format!("{kit}/SHA256SUMS"));
    let sealed =
        sums.replace(&dfxkit::hash::sha256(manifest.as_bytes()), &dfxkit::hash::sha256(forged.as_bytes()));
    assert_ne!(sealed, sums);
    bench.write(&format!("{kit}/SHA256SUMS"), &sealed);
    let run = bench.run(&["kit", "verify", kit]);
    run.exits(4);
    assert!(run.stdout.contains("SIMULATED"), "{}", run.stdout);
}

#[test]
fn a_pblock_in_the_users_own_constraints_is_built() {
    let bench = Bench::example("pr-block-kc705");
    let description = bench.read("dfx.toml");
    let start = description.find("pblock = {").unwrap();
    let end = start
        + description[start..].find("], snapping-mode = \"on\" }").unwrap()
        + "], snapping-mode = \"on\" }".len();
    let without = format!("{}{}", &description[..start], &description[end..])
        .replace("\"xdc/pins.xdc\"", "\"xdc/*.xdc\"");
    bench.write("dfx.toml", &without);
    bench.write(
        "xdc/pblocks.xdc",
        "create_pblock pb\n\
         add_cells_to_pblock [get_pblocks pb] [get_cells -quiet [list pr_block_ins]]\n\
         resize_pblock [get_pblocks pb] -add {SLICE_X100Y50:SLICE_X123Y149 DSP48_X3Y20:DSP48_X4Y59}\n\
         resize_pblock [get_pblocks pb] -add {RAMB18_X3Y20:RAMB18_X4Y59 RAMB36_X3Y10:RAMB36_X4Y29}\n\
         set_property SNAPPING_MODE ON [get_pblocks pb]\n",
    );
    let run = bench.run(&["build", "--vivado", "sim", "--message-format", "json"]);
    run.exits(0);
    let result = run.json().into_iter().find(|v| v["type"] == "result").unwrap();
    assert_eq!(result["verdict"], "passed");
}

/// Every way out of the house: the archive, an adopted run tree, the signatures of kits and releases.
#[test]
fn nothing_of_the_stand_in_is_archived_or_signed_unless_that_is_said() {
    let bench = Bench::example("pr-block-kc705");
    bench.run(&["build", "--vivado", "sim"]).exits(0);
    let refused = |args: &[&str]| {
        let run = bench.run(args);
        assert_eq!(run.code, 4, "{args:?}: {}{}", run.stdout, run.stderr);
        assert!(
            run.stderr.contains("SIMULATED") && run.stderr.contains("--allow-simulated"),
            "{}",
            run.stderr
        );
    };
    refused(&["golden", "archive", "1.0"]);
    assert!(!bench.path().join("golden/releases/1.0").exists());
    refused(&["kit", "sign", "build/kit/pr-block-1.0.0", "--key", "none.key"]);
    refused(&[
        "adopt",
        "build/project/pr_block.runs",
        "-o",
        "adopted",
        "--golden",
        "1.0",
        "--store",
        "elsewhere",
    ]);
    // With the word it is done, and says so for ever.
    bench.run(&["golden", "archive", "1.0", "--allow-simulated"]).exits(0);
    refused(&["golden", "sign", "1.0", "--key", "none.key"]);
    let shown = bench.run(&["golden", "show", "1.0", "--message-format", "json"]);
    assert!(shown.exits(0).stdout.contains("\"simulated\":true"), "{}", shown.stdout);
    let kit = bench.read("build/kit/pr-block-1.0.0/kit.json");
    assert!(kit.contains("\"simulated\": true"), "{kit}");
}
