// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The documents are executed: every `console` block of the README and the book runs, in order, in a copy of an example, and every `toml`
//! block that is a whole description is checked.
//!
//! A line `$ COMMAND` must exit 0, or with the code that a trailing comment names: `$ COMMAND  # exits 4`. Lines below a command are its output:
//! each must occur in it, in order.

use camino::Utf8Path;

use crate::support::{Bench, repository};

/// The blocks of a kind in a Markdown text, with the number of their first line.
fn blocks<'a>(text: &'a str, kind: &str) -> Vec<(usize, Vec<&'a str>)> {
    let mut found = Vec::new();
    let mut open: Option<(usize, Vec<&str>)> = None;
    let mut other = false;
    for (n, line) in text.lines().enumerate() {
        let fence = line.trim_start().strip_prefix("```");
        match (&mut open, fence) {
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some((_, lines)), None) => lines.push(line),
            (None, Some(_)) if other => other = false,
            (None, Some(word)) if word.trim() == kind => open = Some((n + 2, Vec::new())),
            (None, Some(_)) => other = true,
            (None, None) => {}
        }
    }
    found
}

fn documents() -> Vec<(String, String)> {
    let mut found =
        vec![("README.md".to_owned(), fs_err::read_to_string(repository().join("README.md")).unwrap())];
    for entry in fs_err::read_dir(repository().join("docs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "md") {
            found.push((
                path.file_name().unwrap().to_string_lossy().into_owned(),
                fs_err::read_to_string(&path).unwrap(),
            ));
        }
    }
    found.sort();
    found
}

fn run_line(bench: &Bench, line: &str) -> (i32, String) {
    let bin = Utf8Path::new(env!("CARGO_BIN_EXE_dfxkit")).parent().unwrap();
    let output = std::process::Command::new("sh")
        .arg("-c")
        .arg(format!("PATH=\"{bin}:$PATH\"; export PATH NO_COLOR=1; {line}"))
        .current_dir(bench.path())
        .output()
        .unwrap();
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code().unwrap_or(-1), text)
}

#[test]
fn console_blocks_run_as_they_stand() {
    let mut commands = 0;
    for (name, text) in documents() {
        let bench = Bench::example("pr-block-kc705");
        for (first, lines) in blocks(&text, "console") {
            let mut output = String::new();
            for (n, line) in lines.iter().enumerate() {
                let at = first + n;
                if let Some(command) = line.strip_prefix("$ ") {
                    let (command, code) = match command.split_once("# exits ") {
                        Some((command, code)) => (command, code.trim().parse().unwrap()),
                        None => (command, 0),
                    };
                    let (actual, text) = run_line(&bench, command);
                    assert_eq!(actual, code, "{name}:{at}: {command}\n{text}");
                    output = text;
                    commands += 1;
                } else if !line.trim().is_empty() {
                    let found = output.find(line.trim());
                    assert!(found.is_some(), "{name}:{at}: not in the output: {line}\n{output}");
                    output = output.split_off(found.unwrap() + line.trim().len());
                }
            }
        }
    }
    assert!(commands >= 6, "only {commands} commands: the reader of the blocks is broken");
}

#[test]
fn descriptions_in_documents_are_valid() {
    let mut checked = 0;
    for (name, text) in documents() {
        for (first, lines) in blocks(&text, "toml") {
            let description = lines.join("\n");
            if !description.contains("[project]") || !description.contains("[static]") {
                continue;
            }
            let bench = Bench::example("pr-block-kc705");
            bench.write("dfx.toml", &description);
            let run = bench.run(&["check"]);
            assert_eq!(run.code, 0, "{name}:{first}\n{}", run.stderr);
            checked += 1;
        }
    }
    assert!(checked >= 1);
}
