// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `check` on sound descriptions, `explain`, `schema` and `new`.

use std::process::Stdio;

use dfxkit::rules;

use crate::support::{Bench, repository};

#[test]
fn the_examples_pass_and_show_what_would_be_built() {
    for entry in fs_err::read_dir(repository().join("examples")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !repository().join("examples").join(&name).join("dfx.toml").is_file() {
            continue;
        }
        let run = Bench::example(&name).run(&["check", "--configurations", "--message-format", "json"]);
        run.exits(0);
        let objects = run.json();
        let result = objects.last().unwrap();
        assert_eq!(
            (result["verdict"].as_str(), result["errors"].as_u64()),
            (Some("passed"), Some(0)),
            "{name}"
        );
        let configurations = result["configurations"].as_array().unwrap();
        assert_eq!(configurations.iter().filter(|c| c["parent"] == true).count(), 1, "{name}");
        for c in configurations {
            let filled: Vec<&String> = c["fillings"].as_object().unwrap().keys().collect();
            let partitions: Vec<&str> =
                result["partitions"].as_array().unwrap().iter().map(|p| p.as_str().unwrap()).collect();
            assert_eq!(filled, partitions, "{name}: every partition is filled");
        }
    }
}

#[test]
fn a_chosen_set_covers_every_module_once() {
    let bench = Bench::new();
    bench.run(&["new", "demo"]).exits(0);
    let toml = bench.read("demo/dfx.toml") + "\n[modules.blank]\npartition = \"slot\"\ngreybox = true\n";
    bench.write("demo/dfx.toml", &toml);
    let run = bench.run(&["check", "-f", "demo/dfx.toml"]);
    run.exits(0);
    let expected = "\
demo: xc7z020clg400-1 (7 series), 1 partition, 3 modules, 3 configurations
the description names no configurations; the smallest covering set was chosen:
  base (parent): slot = count-up
  child_1: slot = count-down
  child_2: slot = blank (greybox)
";
    assert_eq!(run.stdout, expected);
    assert_eq!(run.stderr, "");
}

#[test]
fn a_missing_description_says_what_to_do() {
    let run = Bench::new().run(&["check"]);
    run.exits(1);
    assert!(run.stderr.contains("dfx.toml") && run.stderr.contains("dfxkit new"), "{}", run.stderr);
}

#[test]
fn explain_takes_codes_numbers_and_names() {
    let bench = Bench::new();
    let page = bench.run(&["explain", "DFX0101"]);
    page.exits(0);
    assert!(
        page.stdout.starts_with("# DFX0101 unknown-partition (error)\n\n## What it means\n"),
        "{}",
        page.stdout
    );
    for same in ["dfx0101", "101", "unknown-partition", "error[DFX0101]"] {
        assert_eq!(bench.run(&["explain", same]).exits(0).stdout, page.stdout, "{same}");
    }
    let wrong = bench.run(&["explain", "unknown-partitoin"]);
    wrong.exits(1);
    assert!(wrong.stderr.contains("DFX0101"), "{}", wrong.stderr);
}

#[test]
fn explain_lists_all_codes() {
    let bench = Bench::new();
    let codes = rules::all_codes();
    assert_eq!(bench.run(&["explain"]).exits(0).stdout.lines().count(), codes.len());
    let objects = bench.run(&["explain", "--message-format", "json"]).json();
    assert_eq!(objects.len(), codes.len());
    assert_eq!(objects[0]["code"], codes[0].code);
    assert_eq!(objects[0]["page"], codes[0].page);
}

#[test]
fn the_schema_is_json_and_is_the_one_in_the_repository() {
    let run = Bench::new().run(&["schema"]);
    run.exits(0);
    let schema: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(schema["title"], "dfx.toml");
    let kept = fs_err::read_to_string(repository().join("dfx.schema.json")).unwrap();
    assert_eq!(run.stdout, kept, "run `cargo xtask generate-all`");
}

#[test]
fn a_new_project_passes_check() {
    for (part, board) in [
        ("xc7z020clg400-1", true),
        ("xc7a35tcpg236-1", false),
        ("xcku040-ffva1156-2-e", false),
        ("xczu3eg-sbva484-1-e", false),
        ("xczu48dr-ffvg1517-2-e", false),
    ] {
        let bench = Bench::new();
        let run = bench.run(&["new", "demo", "--part", part, "--vivado", "2024.2"]);
        run.exits(0);
        assert!(bench.read("demo/dfx.toml").contains("vivado = \"2024.2\""));
        assert_eq!(bench.read("demo/xdc/pins.xdc").contains("PACKAGE_PIN H16"), board, "{part}");
        let check = bench.run(&["check", "-f", "demo/dfx.toml", "--message-format", "json"]);
        check.exits(0);
        let objects = check.json();
        let result = objects.last().unwrap();
        assert_eq!(
            (result["errors"].as_u64(), result["warnings"].as_u64()),
            (Some(0), Some(0)),
            "{part}: {}",
            check.stdout
        );
        for kept in [".gitignore", ".gitattributes", "rtl/static/top.v", "rtl/count_up/slot.v"] {
            assert!(bench.path().join("demo").join(kept).is_file(), "{kept}");
        }
    }
}

#[test]
fn a_new_project_for_a_part_without_geometry_says_so() {
    let bench = Bench::new();
    // No such device exists; its name is of UltraScale+.
    let run = bench.run(&["new", "demo", "--part", "xczu99eg-ffvb1156-1-e"]);
    run.exits(0);
    assert!(run.stderr.contains("placeholder"), "{}", run.stderr);
    assert!(bench.read("demo/dfx.toml").contains("NOT CHECKED"));
}

#[test]
fn new_never_touches_what_is_there() {
    let bench = Bench::new();
    bench.write("demo/keep.txt", "mine");
    let run = bench.run(&["new", "demo"]);
    run.exits(1);
    assert_eq!(bench.read("demo/keep.txt"), "mine");
    assert!(!bench.path().join("demo/dfx.toml").exists());
    fs_err::create_dir(bench.path().join("empty")).unwrap();
    bench.run(&["new", "empty"]).exits(0);
}

#[test]
fn new_refuses_what_would_not_pass_and_leaves_nothing() {
    for arguments in [
        &["new", "a b"][..],
        &["new", "demo", "--part", "xc7z020"],
        &["new", "demo", "--part", "xc6slx9cpg196-2"],
        &["new", "demo", "--part", "xcvc1902-vsvd1760-2MP-e-S"],
        &["new", "demo", "--vivado", "latest"],
        &["new", "demo", "--part", "\" \ninjected = true"],
    ] {
        let bench = Bench::new();
        let run = bench.run(arguments);
        run.exits(1);
        assert!(run.stderr.contains("dfx.toml:"), "the message shows the place\n{}", run.stderr);
        assert_eq!(fs_err::read_dir(bench.path()).unwrap().count(), 0, "{arguments:?} left something");
    }
    Bench::new().run(&["new", ".."]).exits(2);
}

#[test]
fn a_new_project_is_parsed_by_tcl_free_tools_only() {
    // `check` must work where neither Vivado nor tclsh is: with an empty PATH.
    let bench = Bench::new();
    bench.run(&["new", "demo"]).exits(0);
    let output = bench
        .command(&["check", "-f", "demo/dfx.toml"])
        .env("PATH", "")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
