// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dump TOP FILE...`: ports of a top and the tree under it as one line of JSON; `dump - ` reads such commands from standard input, one a line.
//!
//! What other readers of HDL are held against (`crosscheck/`).

use std::collections::BTreeSet;
use std::io::{BufRead as _, Write as _};

use dfxkit_hdl::{Context, Language, Library, Overrides, elaborate};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|w| w == "-") {
        let mut out = std::io::stdout().lock();
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            let done = writeln!(out, "{}", dump(&words)).and_then(|()| out.flush());
            if done.is_err() {
                return;
            }
        }
    } else {
        println!("{}", dump(&words));
    }
}

fn dump(words: &[String]) -> serde_json::Value {
    let [top, files @ ..] = words else { return serde_json::json!({"error": "usage: dump TOP FILE..."}) };
    let mut library = Library::new();
    let mut faults = Vec::new();
    for file in files {
        #[expect(clippy::disallowed_methods, reason = "an example has no other way to its input")]
        let Ok(text) = std::fs::read(file) else { continue };
        let Some(language) = Language::of_path(file) else { continue };
        let unit = dfxkit_hdl::read(file, &String::from_utf8_lossy(&text), language, &Context::EMPTY);
        faults.extend(unit.faults.iter().map(|f| format!("{}:{}: {}", f.file, f.line, f.near)));
        library.add(unit);
    }
    let Some(module) = library.get(top) else {
        return serde_json::json!({"error": "no such top", "faults": faults});
    };
    let ports = match library.ports(module, &Overrides::default()) {
        Ok(ports) => serde_json::json!(ports),
        Err(why) => serde_json::json!(why),
    };
    let net = elaborate(&library, top, &Overrides::default(), &BTreeSet::new()).unwrap_or_default();
    let cells: Vec<_> = net.cells.iter().map(|c| serde_json::json!([c.path, c.module, c.ports])).collect();
    serde_json::json!({"ports": ports, "cells": cells, "doubts": net.doubts, "faults": faults})
}
