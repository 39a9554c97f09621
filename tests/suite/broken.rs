// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Broken descriptions: what the user sees for each diagnostic, and that nothing is written for any of them.
//!
//! A case is `tests/broken/CODE-WHAT.toml`, checked in a copy of `tests/broken/tree`, or a directory `tests/broken/CODE-WHAT/` with
//! a `dfx.toml` and files that are laid over that copy. What `dfxkit check` prints is in `CODE-WHAT.stderr`;
//! `SNAPSHOTS=overwrite cargo test` writes it anew.

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt;

use camino::{Utf8Path, Utf8PathBuf};
use dfxkit::rules;
use dfxkit::spec::{Document, shape};
use proptest::prelude::*;
use snapbox::Data;

use crate::support::{Bench, copy_tree, repository};

fn directory() -> Utf8PathBuf {
    repository().join("tests/broken")
}

/// Names of all cases, sorted.
fn cases() -> Vec<String> {
    let mut names: Vec<String> = fs_err::read_dir(directory())
        .unwrap()
        .map(|e| e.unwrap())
        .filter_map(|e| {
            let name = e.file_name().into_string().unwrap();
            match (e.file_type().unwrap().is_dir(), name.strip_suffix(".toml")) {
                (true, _) => (name != "tree").then_some(name),
                (false, stem) => stem.map(str::to_owned),
            }
        })
        .collect();
    names.sort();
    names
}

/// The case's description, not always text.
fn description(case: &str) -> Vec<u8> {
    let plain = directory().join(format!("{case}.toml"));
    fs_err::read(if plain.is_file() { plain } else { directory().join(case).join("dfx.toml") }).unwrap()
}

/// A project with the case's fault in it.
fn bench(case: &str) -> Bench {
    let bench = Bench::new();
    copy_tree(&directory().join("tree"), &bench.path());
    let overlay = directory().join(case);
    if overlay.is_dir() {
        copy_tree(&overlay, &bench.path());
    }
    fs_err::write(bench.path().join("dfx.toml"), description(case)).unwrap();
    // What a repository cannot hold.
    let root = bench.path();
    match case {
        "DFX0206-unreadable" => std::os::unix::fs::symlink(".", root.join("rtl/static/again")).unwrap(),
        "DFX0208-path-not-utf8" => {
            let name = std::ffi::OsStr::from_bytes(b"caf\xe9.v");
            fs_err::write(root.as_std_path().join("rtl/up").join(name), "").unwrap();
        }
        _ => {}
    }
    bench
}

/// The code that a case is there for.
fn code_of(case: &str) -> Option<&str> {
    case.get(..7).filter(|c| c.starts_with("DFX"))
}

#[test]
fn every_case_gives_its_message() {
    let mut wrong = Vec::new();
    for case in cases() {
        let run = bench(&case).run(&["check"]);
        let refused = run.stderr.contains("error[");
        if run.code != i32::from(refused)
            || (!refused && !run.stderr.contains("warning[") && !run.stderr.contains("note["))
        {
            wrong.push(format!("{case}: exit {} does not fit what was printed", run.code));
        }
        if let Some(code) = code_of(&case)
            && !run.stderr.contains(&format!("[{code}]"))
        {
            wrong.push(format!("{case}: {code} was not given:\n{}", run.stderr));
        }
        let expected = Data::read_from(directory().join(format!("{case}.stderr")).as_std_path(), None).raw();
        if let Err(difference) = snapbox::Assert::new().action_env("SNAPSHOTS").try_eq(
            Some(&case),
            run.stderr.clone().into(),
            expected,
        ) {
            wrong.push(difference.to_string());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn every_code_has_a_case() {
    let cases = cases();
    let missing: Vec<_> = rules::all_codes()
        .into_iter()
        .filter(|c| !cases.iter().any(|case| code_of(case) == Some(c.code)))
        .map(|c| (c.code, c.name))
        .collect();
    assert!(missing.is_empty(), "no case under tests/broken for {missing:?}");
    assert!(cases.len() >= 40, "{} cases", cases.len());
}

#[test]
fn codes_and_pages_are_in_order() {
    let codes = rules::all_codes();
    let numbers: Vec<&str> = codes.iter().map(|c| c.code).collect();
    let mut sorted = numbers.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(numbers, sorted, "codes are unique and sorted");
    let names: std::collections::BTreeSet<&str> = codes.iter().map(|c| c.name).collect();
    assert_eq!(names.len(), codes.len(), "names are unique");
    for code in codes {
        assert!(code.code.len() == 7 && code.code[3..].bytes().all(|b| b.is_ascii_digit()), "{}", code.code);
        assert!(
            code.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
            "{}",
            code.name
        );
        let mut at = 0;
        for section in ["## What it means", "## Why it matters", "## Example", "## What to do"] {
            let found = code.page[at..].find(section);
            at += found.unwrap_or_else(|| panic!("{}: no {section:?}, or not in order", code.code))
                + section.len();
            let text = code.page[at..].split("\n## ").next().unwrap_or("");
            assert!(text.trim().len() > 10, "{}: {section:?} is empty", code.code);
        }
        assert!(code.page.contains("```"), "{}: the example is a code block", code.code);
    }
}

#[test]
fn the_example_on_a_page_holds_what_it_shows() {
    // The examples are pieces; each must at least be TOML with known keys, unless the fault is of that kind.
    for code in rules::all_codes() {
        let Some(example) = code.page.split("```toml\n").nth(1).and_then(|t| t.split("```").next()) else {
            continue;
        };
        let document = Document::parse("example", example.as_bytes());
        let syntax = !document.faults().is_empty();
        assert_eq!(
            syntax,
            matches!(code.name, "syntax" | "duplicate-key"),
            "{}: {:?}",
            code.code,
            document.faults()
        );
        let unknown = shape::check(&document)
            .into_iter()
            .any(|f| matches!(f.kind, dfxkit::spec::FaultKind::UnknownKey { .. }));
        assert_eq!(unknown, code.name == "unknown-key", "{}", code.code);
    }
}

/// Every path below a directory with its size, the times left out.
fn listing(root: &Utf8Path) -> Vec<(std::path::PathBuf, u64)> {
    walkdir::WalkDir::new(root)
        .sort_by_file_name()
        .into_iter()
        .map(|e| e.unwrap())
        .map(|e| (e.path().to_owned(), e.metadata().map_or(0, |m| if m.is_file() { m.len() } else { 0 })))
        .collect()
}

#[test]
fn a_broken_description_writes_nothing() {
    for case in cases() {
        let bench = bench(&case);
        let before = listing(&bench.path());
        if bench.run(&["check"]).code == 0 {
            continue; // warnings only: it may be built
        }
        for command in [&["build", "--vivado", "sim"][..], &["tcl", "-o", "scripts"], &["plan"], &["check"]] {
            let run = bench.run(command);
            assert_ne!(run.code, 0, "{case}: {command:?}\n{}", run.stderr);
            assert_eq!(listing(&bench.path()), before, "{case}: {command:?} wrote something");
        }
    }
}

#[test]
fn json_says_line_and_column_of_the_same_places() {
    for case in cases() {
        let bench = bench(&case);
        let human = bench.run(&["check"]).stderr;
        let run = bench.run(&["check", "--message-format", "json"]);
        let objects = run.json();
        let (result, diagnostics) = objects.split_last().unwrap();
        assert_eq!(result["type"], "result", "{case}");
        assert_eq!(result["verdict"], if run.code == 0 { "passed" } else { "refused" }, "{case}");
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for d in diagnostics {
            assert_eq!(d["type"], "diagnostic", "{case}");
            *counts.entry(d["severity"].as_str().unwrap()).or_default() += 1;
            for label in d["labels"].as_array().unwrap().iter().filter(|l| l["primary"] == true) {
                let place =
                    format!("{}:{}:{}", label["file"].as_str().unwrap(), label["line"], label["column"]);
                assert!(human.contains(&place), "{case}: {place} is not in\n{human}");
            }
        }
        assert_eq!(result["errors"], counts.get("error").copied().unwrap_or(0), "{case}");
        assert_eq!(result["warnings"], counts.get("warning").copied().unwrap_or(0), "{case}");
    }
}

#[test]
fn a_line_and_a_column_are_those_of_the_text() {
    let run = bench("DFX0101-unknown-partition").run(&["check", "--message-format", "json"]);
    let label = &run.json()[0]["labels"][0];
    // Counted by hand: `partition = "lfet"` is line 20, the value begins at column 13 and ends before column 19.
    assert_eq!((label["line"].as_u64(), label["column"].as_u64()), (Some(20), Some(13)));
    assert_eq!((label["end_line"].as_u64(), label["end_column"].as_u64()), (Some(20), Some(19)));
    assert_eq!(label["file"], "dfx.toml");
}

#[test]
fn columns_count_characters() {
    let bench = bench("DFX0101-unknown-partition");
    let text = String::from_utf8(description("DFX0101-unknown-partition")).unwrap();
    bench.write("dfx.toml", &text.replace("partition = \"lfet\"", "\"partition\" = \"ñ\""));
    let run = bench.run(&["check", "--message-format", "json"]);
    let label = &run.json()[0]["labels"][0];
    assert_eq!((label["column"].as_u64(), label["end_column"].as_u64()), (Some(15), Some(18)));
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_do_not_move_places() {
    let bench = bench("DFX0101-unknown-partition");
    let text = String::from_utf8(description("DFX0101-unknown-partition")).unwrap();
    for other in [text.replace('\n', "\r\n"), format!("\u{feff}{text}")] {
        bench.write("dfx.toml", &other);
        let run = bench.run(&["check", "--message-format", "json"]);
        let objects = run.json();
        assert_eq!(objects.len(), 2, "one problem and the result: {}", run.stdout);
        let label = &objects[0]["labels"][0];
        assert_eq!(
            (label["line"].as_u64(), label["column"].as_u64()),
            (Some(20), Some(13)),
            "{}",
            run.stdout
        );
    }
}

/// Checks a text where no file is, and renders everything that comes of it.
fn survives(bytes: &[u8]) {
    let root = directory().join("tree");
    let checked = rules::check_bytes(bytes, &root.join("dfx.toml"), Utf8Path::new("dfx.toml"));
    let text = String::from_utf8_lossy(bytes).into_owned();
    for problem in &checked.problems {
        for label in problem.labels.iter().filter(|l| l.file == "dfx.toml") {
            assert!(label.span.start <= label.span.end && label.span.end <= text.len(), "{problem:?}");
            assert!(
                text.is_char_boundary(label.span.start) && text.is_char_boundary(label.span.end),
                "{problem:?}"
            );
        }
        let _ = dfxkit::diag::render::human(problem, &checked.sources, true);
        let _ = dfxkit::diag::render::json(problem, &checked.sources);
    }
    assert_eq!(
        checked.design.is_none(),
        dfxkit::diag::has_errors(&checked.problems),
        "a design if and only if no error"
    );
    if let Some(design) = checked.design {
        let _ = design.parent();
    }
}

fn sound_description() -> String {
    String::from_utf8(description("DFX0103-module-of-other-partition")).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        survives(&bytes);
    }

    #[test]
    fn arbitrary_text_of_toml_characters_is_survived(text in "[\\[\\]{}=\"'.,a-c0-9\n #_-]{0,120}") {
        survives(text.as_bytes());
    }

    #[test]
    fn mutated_descriptions_are_survived(at in any::<proptest::sample::Index>(), length in 0..12_usize, put in "[ -~\n\u{e9}\u{1f600}]{0,6}") {
        let mut text: Vec<char> = sound_description().chars().collect();
        let start = at.index(text.len());
        let end = (start + length).min(text.len());
        text.splice(start..end, put.chars());
        survives(text.into_iter().collect::<String>().as_bytes());
    }

    #[test]
    fn any_value_may_stand_anywhere(line in any::<proptest::sample::Index>(), value in prop_oneof![
        Just("-1"), Just("\"\""), Just("[]"), Just("{}"), Just("true"), Just("1.5"), Just("[[1]]"), Just("2024-01-01"),
        Just("{ a = { b = [{ c = 1 }] } }"), Just("99999999999999999999999999999999999999999999"), Just("\"..\""), Just("\"/\""), Just("\"*\""),
    ]) {
        let text = sound_description();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let keys: Vec<usize> = lines.iter().enumerate().filter(|(_, l)| l.contains(" = ")).map(|(n, _)| n).collect();
        let n = keys[line.index(keys.len())];
        let key = lines[n].split(" = ").next().unwrap_or("").to_owned();
        lines[n] = format!("{key} = {value}");
        survives(lines.join("\n").as_bytes());
    }
}
