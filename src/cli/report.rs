// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit report`: the verdicts of the last build, as a matrix, HTML or JUnit XML.

use camino::Utf8PathBuf;

use super::{CommandResult, Cx, Failure, load};
use crate::atomic;
use crate::exit::Exit;
use crate::plan::layout::Layout;
use crate::report::{Report, ReportError, html, junit, matrix};

/// Arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Also write the report as one HTML page
    #[arg(long, value_name = "FILE")]
    html: Option<Utf8PathBuf>,
    /// Also write the report as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<Utf8PathBuf>,
    /// Read this report instead of the last build's
    #[arg(long, value_name = "REPORT.JSON")]
    from: Option<Utf8PathBuf>,
}

/// Runs the command.
pub(super) fn run(cx: &mut Cx, args: &Args) -> CommandResult {
    let path = match &args.from {
        Some(path) => cx.env.cwd.join(path),
        None => Layout::of(&load(cx)?).report(),
    };
    let report = Report::read(&path).map_err(|e| match e {
        ReportError::Io(e) if e.kind() == std::io::ErrorKind::NotFound => {
            Failure::input(format!("no report: {path} is not there"))
                .help("run `dfxkit build`, which judges and writes it")
        }
        e => Failure::input(format!("cannot read {path}: {e}")).help("`dfxkit build` writes it anew"),
    })?;
    write(cx, args.html.as_ref(), || html(&report))?;
    write(cx, args.junit.as_ref(), || junit(&report))?;
    cx.shell.json(&report);
    cx.shell.out(matrix(&report));
    Ok(Exit::DONE)
}

/// Writes another face of a report, when asked for.
pub(super) fn write(
    cx: &Cx,
    file: Option<&Utf8PathBuf>,
    text: impl FnOnce() -> String,
) -> Result<(), Failure> {
    let Some(file) = file else { return Ok(()) };
    let path = cx.env.cwd.join(file);
    atomic::write(&path, text().as_bytes())
        .map_err(|e| Failure::environment(format!("cannot write {path}: {e}")))?;
    cx.shell.status("Wrote", file);
    Ok(())
}
