// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit tcl lint`: anybody's Vivado scripts, run on the stand-in without writing anything.

use std::path::PathBuf;

use camino::Utf8PathBuf;
use serde_json::json;
use vivado_sim::lint::{self, Finding, LintError, Note, Options, Severity};

use super::{CommandResult, Cx, Failure};
use crate::exit::Exit;

/// Arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The scripts, in the order in which Vivado would be given them; one that calls `exit` ends its session, and the next begins a new one
    #[arg(value_name = "FILE", required = true)]
    files: Vec<Utf8PathBuf>,
    /// Release of Vivado to play
    #[arg(long, value_name = "RELEASE", default_value = "2024.2")]
    release: String,
    /// Seconds after which what is left is no longer executed
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    time_limit: u64,
    /// The scripts' own arguments, what Vivado is given after -tclargs
    #[arg(last = true, value_name = "ARG")]
    arguments: Vec<String>,
}

/// Runs the command.
pub(super) fn run(cx: &Cx, args: &Args) -> CommandResult {
    let options = Options {
        release: args.release.clone(),
        tclargs: args.arguments.clone(),
        cwd: cx.env.cwd.clone().into(),
        tclsh: cx.env.var("VIVADO_SIM_TCLSH").unwrap_or("tclsh").into(),
        seconds: args.time_limit.max(1),
    };
    let files: Vec<PathBuf> = args.files.iter().map(|f| f.as_std_path().to_path_buf()).collect();
    match lint::run(&files, &options) {
        Ok(report) => {
            tell(cx, &report.findings, &report.notes);
            Ok(finish(cx, args, &report))
        }
        Err(error @ LintError::Release { .. }) => Err(Failure::usage(error.to_string())),
        Err(error) => unexecuted(cx, args, &error),
    }
}

fn finish(cx: &Cx, args: &Args, report: &lint::Report) -> u8 {
    let count = |s: Severity| report.findings.iter().filter(|f| f.severity == s).count();
    let (errors, critical, warnings) =
        (count(Severity::Error), count(Severity::CriticalWarning), count(Severity::Warning));
    let verdict = match (errors + critical, report.notes.is_empty()) {
        (0, true) => "passed",
        (0, false) => "unknown",
        _ => "refused",
    };
    let result = json!({
        "type": "result", "command": "tcl lint", "verdict": verdict, "release": report.release, "simulated": true,
        "files": args.files.len(), "scripts": report.files, "executed": report.executed,
        "findings": report.findings.len(), "errors": errors, "critical_warnings": critical, "warnings": warnings,
        "notes": report.notes.len(),
    });
    let ran = format!(
        "{} commands of {} scripts on the stand-in for Vivado {}, nothing written",
        report.executed, report.files, report.release
    );
    if errors + critical > 0 {
        let text = format!("{errors} errors, {critical} critical warnings, {warnings} warnings; {ran}");
        cx.shell.status("Refused", text);
        cx.shell.json(&result);
        return Exit::INPUT;
    }
    let judged = if report.notes.is_empty() {
        String::new()
    } else {
        format!("; {} places not judged, see the notes", report.notes.len())
    };
    let word = if warnings == 0 { "Clean".to_owned() } else { "Passed".to_owned() };
    let warned = if warnings == 0 { String::new() } else { format!("{warnings} warnings; ") };
    cx.shell.status(&word, format!("{warned}{ran}{judged}"));
    cx.shell.json(&result);
    Exit::DONE
}

fn tell(cx: &Cx, findings: &[Finding], notes: &[Note]) {
    for f in findings {
        let id = f.id.as_ref().map(|id| format!("[{id}] ")).unwrap_or_default();
        let place = if f.line == 0 { f.file.clone() } else { format!("{}:{}", f.file, f.line) };
        let mut message = f.message.lines();
        let first = message.next().unwrap_or_default();
        cx.shell.out(format!("{place}: {}: {}: {id}{first}", f.severity.id(), f.kind.id()));
        for more in message.filter(|l| !l.trim().is_empty()) {
            cx.shell.out(format!("    {}", more.trim()));
        }
        if !f.help.is_empty() {
            cx.shell.out(format!("    help: {}", f.help));
        }
        cx.shell.json(&json!({
            "type": "finding", "file": f.file, "line": f.line, "severity": f.severity.id(), "kind": f.kind.id(),
            "id": f.id, "message": f.message, "help": f.help,
        }));
    }
    for n in notes {
        let lines: Vec<String> =
            n.lines.iter().map(|(a, b)| if a == b { a.to_string() } else { format!("{a}-{b}") }).collect();
        let lines = if lines.is_empty() { String::new() } else { format!(":{}", lines.join(",")) };
        if !cx.shell.is_json() {
            cx.shell.status("Note", format!("{}{lines}: {}", n.file, n.message));
        }
        cx.shell.json(&json!({"type": "note", "file": n.file, "lines": n.lines, "message": n.message}));
    }
}

/// Without a Tcl interpreter the scripts are read and not run: what is found is true, and what is not found is unknown.
fn unexecuted(cx: &Cx, args: &Args, error: &LintError) -> CommandResult {
    let mut texts = Vec::new();
    for file in &args.files {
        let bytes = fs_err::read(cx.env.cwd.join(file)).map_err(|e| Failure::input(e.to_string()))?;
        texts.push((file.to_string(), String::from_utf8_lossy(&bytes).into_owned()));
    }
    let scripts: Vec<(&str, &str)> =
        texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let findings = lint::look(&scripts);
    tell(cx, &findings, &[]);
    cx.shell.json(&json!({
        "type": "result", "command": "tcl lint", "verdict": if findings.is_empty() { "unknown" } else { "refused" },
        "release": args.release, "simulated": true, "files": args.files.len(), "scripts": texts.len(), "executed": 0,
        "findings": findings.len(), "errors": findings.len(), "critical_warnings": 0, "warnings": 0, "notes": 0,
    }));
    let failure = Failure::environment(format!("the scripts were read, not run: {error}"));
    if findings.is_empty() {
        return Err(failure.help("without running them, objects and order were hardly judged"));
    }
    cx.shell.warn("the scripts were read, not run: no Tcl interpreter");
    Ok(Exit::INPUT)
}
