// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit explain`: the page of a diagnostic code; without one, the list of all codes.
//!
//! JSON: one object a code: `{"type":"code","code","name","severity","page"}`.

use serde_json::json;

use super::{CommandResult, Cx, Failure};
use crate::diag::{CodeInfo, Severity};
use crate::exit::Exit;
use crate::rules;

/// Arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A code (DFX0101), its digits (101), or its name (unknown-partition); none: list all
    code: Option<String>,
}

/// Runs the command.
pub(super) fn run(cx: &mut Cx, args: &Args) -> CommandResult {
    let codes = rules::all_codes();
    let Some(wanted) = &args.code else {
        for code in codes {
            cx.shell.out(format!("{} {:<7} {}", code.code, word(code.severity), code.name));
            cx.shell.json(&object(code));
        }
        return Ok(Exit::DONE);
    };
    let Some(code) = find(&codes, wanted) else {
        let near = codes
            .iter()
            .min_by_key(|c| {
                strsim::damerau_levenshtein(c.name, wanted).min(strsim::damerau_levenshtein(c.code, wanted))
            })
            .map_or(String::new(), |c| format!("the nearest is {} ({}); ", c.code, c.name));
        return Err(Failure::input(format!("there is no diagnostic `{wanted}`"))
            .help(format!("{near}`dfxkit explain` lists all")));
    };
    cx.shell.out(format!(
        "# {} {} ({})\n\n{}",
        code.code,
        code.name,
        word(code.severity),
        code.page.trim_end()
    ));
    cx.shell.json(&object(code));
    Ok(Exit::DONE)
}

fn find(codes: &[&'static CodeInfo], wanted: &str) -> Option<&'static CodeInfo> {
    let wanted =
        wanted.trim().trim_start_matches("error[").trim_start_matches("warning[").trim_end_matches(']');
    let digits = wanted.strip_prefix("DFX").or_else(|| wanted.strip_prefix("dfx")).unwrap_or(wanted);
    let number: Option<u32> = digits.parse().ok();
    codes
        .iter()
        .copied()
        .find(|c| c.name == wanted || (number.is_some() && c.code[3..].parse::<u32>().ok() == number))
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn object(code: &CodeInfo) -> serde_json::Value {
    json!({"type": "code", "code": code.code, "name": code.name, "severity": code.severity, "page": code.page})
}
