// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit adopt`: a finished Vivado run tree through the same gates, archive and kit as a build of ours.

use camino::Utf8PathBuf;
use serde_json::json;

use super::report::write;
use super::{CommandResult, Cx, Failure};
use crate::artifacts::{Artifacts, ConfigurationSet, Missing};
use crate::exit::Exit;
use crate::gates::log::Outcome;
use crate::gates::{self, Verdict};
use crate::report::{Report, html, junit, matrix, table};
use crate::runtree::run::Run;
use crate::runtree::{self, AdoptOptions, Makes, RunTree, RunTreeError};
use crate::spec::model::{AllowedMessage, Gates, Kit};
use crate::spec::{Document, lower};

/// Arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The run tree: PROJECT.runs, or the project's directory
    #[arg(value_name = "RUNS_DIR")]
    runs: Utf8PathBuf,
    /// Where the kit goes [default: NAME-VERSION here]
    #[arg(long, short, value_name = "KIT")]
    output: Option<Utf8PathBuf>,
    /// Also archive it as this golden release
    #[arg(long, value_name = "RELEASE")]
    golden: Option<String>,
    /// The golden archive
    #[arg(long, value_name = "DIR", default_value = "golden", requires = "golden")]
    store: Utf8PathBuf,
    /// Archive although a gate has no evidence; the manifest says which
    #[arg(long, requires = "golden")]
    allow_unknown: bool,
    /// Archive results of the stand-in; the manifest says SIMULATED for ever
    #[arg(long, requires = "golden")]
    allow_simulated: bool,
    /// The parent run, when the tree holds several
    #[arg(long, value_name = "RUN")]
    parent: Option<String>,
    /// Name of the product [default: the project's]
    #[arg(long)]
    name: Option<String>,
    /// Version of the product
    #[arg(long = "kit-version", value_name = "VERSION", default_value = "adopted")]
    kit_version: String,
    /// A critical warning that was reviewed, and why it is harmless here; may be given again
    #[arg(long, value_name = "ID=REASON", value_parser = allowed)]
    allow: Vec<AllowedMessage>,
    /// Take the reviewed critical warnings ([[gates.allow]]) of this description
    #[arg(long, value_name = "DFX.TOML")]
    reviewed: Option<Utf8PathBuf>,
    /// Write no archive beside the kit
    #[arg(long)]
    no_archive: bool,
    /// Judge only; write nothing
    #[arg(long)]
    dry_run: bool,
    /// Also write the verdicts as one HTML page
    #[arg(long, value_name = "FILE")]
    html: Option<Utf8PathBuf>,
    /// Also write the verdicts as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<Utf8PathBuf>,
}

fn allowed(text: &str) -> Result<AllowedMessage, String> {
    let (id, reason) =
        text.split_once('=').ok_or("expected ID=REASON, as in `Constraints 18-5648=edges checked`")?;
    if id.trim().is_empty() || reason.trim().is_empty() {
        return Err("both the message id and the reason are needed".to_owned());
    }
    Ok(AllowedMessage { id: id.trim().to_owned(), contains: None, reason: reason.trim().to_owned() })
}

/// Runs the command.
pub(super) fn run(cx: &mut Cx, args: &Args) -> CommandResult {
    let dir = cx.env.cwd.join(&args.runs);
    let tree = RunTree::read(&dir).map_err(|e| failure(&e))?;
    let options = AdoptOptions {
        parent: args.parent.clone(),
        name: args.name.clone(),
        version: Some(args.kit_version.clone()),
    };
    let mut artifacts = runtree::adopt(&tree, &options).map_err(|e| {
        // Why there is nothing to take is often that a run failed.
        let runs = tree.runs.iter().filter(|r| r.implementation());
        runs.fold(failure(&e), |f, r| f.note(format!("{}: {}; {}", r.name, state(r), r.log.verdict().1)))
    })?;
    let gates = Gates { allow: reviewed(cx, args)?, ..Gates::default() };
    artifacts.gates = gates::judge(&artifacts, &gates);
    let report = Report::of(&artifacts);
    let makes = runtree::makes(&artifacts);

    cx.shell.out(there(&tree, &artifacts));
    cx.shell.out(matrix(&report));
    write(cx, args.html.as_ref(), || html(&report))?;
    write(cx, args.junit.as_ref(), || junit(&report))?;
    cx.shell.out(made_of_it(&makes, report.verdict));

    let refused = report.verdict == Verdict::Refused;
    let kit = if refused || !makes.kit || args.dry_run { None } else { Some(kit(cx, args, &artifacts)?) };
    if let (Some(release), false) = (&args.golden, refused || args.dry_run) {
        archive(cx, args, release, &artifacts)?;
    }
    cx.shell.json(&json!({
        "verdict": report.verdict,
        "kit": kit,
        "makes": makes,
        "runs": tree.runs,
        "report": report,
    }));
    Ok(if refused { Exit::GATE } else { Exit::DONE })
}

fn failure(error: &RunTreeError) -> Failure {
    let help = match error {
        RunTreeError::SingleRun { .. } => "give the directory above it",
        RunTreeError::NotADirectory(_) | RunTreeError::NoRuns { .. } => {
            "give the PROJECT.runs directory that Vivado made beside PROJECT.xpr"
        }
        RunTreeError::SeveralParents { .. } | RunTreeError::NoSuchParent { .. } => {
            "choose one with --parent RUN"
        }
        RunTreeError::NoPartitions { .. } => {
            "the log of an implementation run (TOP.vdi or runme.log) or its checkpoints tell the partitions"
        }
        RunTreeError::Unidentified { .. } => "copy the run's log or one of its checkpoints into the tree",
        RunTreeError::Io(_) => "",
    };
    let failure = Failure::input(format!("cannot adopt: {error}"));
    if help.is_empty() { failure } else { failure.help(help) }
}

fn reviewed(cx: &Cx, args: &Args) -> Result<Vec<AllowedMessage>, Failure> {
    let mut allow = args.allow.clone();
    if let Some(file) = &args.reviewed {
        let bytes = fs_err::read(cx.env.cwd.join(file))
            .map_err(|e| Failure::input(format!("cannot read the reviewed list: {e}")))?;
        let document = Document::parse(file.clone(), &bytes);
        // The rest of the description is not asked for: its sources need not be here.
        let list = lower::lower(&document).gates.allow;
        if document.is_broken()
            || list.is_empty()
            || list.iter().any(|a| a.id.is_empty() || a.reason.is_empty())
        {
            return Err(Failure::input(format!(
                "{file} holds no readable list of reviewed messages ([[gates.allow]] with id and reason)"
            ))
            .help(format!("`dfxkit check --file {file}` shows what is wrong with it")));
        }
        allow.extend(list);
    }
    Ok(allow)
}

/// Writes the kit and its archive; gives its directory.
fn kit(cx: &Cx, args: &Args, artifacts: &Artifacts) -> Result<Utf8PathBuf, Failure> {
    let default = || Utf8PathBuf::from(format!("{}-{}", artifacts.project, artifacts.version));
    let to = cx.env.cwd.join(args.output.clone().unwrap_or_else(default));
    let choice = super::kit::Choice::of_formats(Kit::default().formats);
    let written = super::kit::write_kit(cx, artifacts, &choice, &to, !args.no_archive)?;
    let verdict = artifacts.gates.verdict;
    cx.shell.status(
        "Kit",
        format!(
            "{}: {} files, {} bytes",
            written.dir, written.verification.files, written.verification.bytes
        ),
    );
    if let Some(archive) = &written.archive {
        cx.shell.status("Archive", archive.as_str());
    }
    if artifacts.tool.simulated {
        cx.shell.warn("SIMULATED: the stand-in made these images; they configure no device");
    }
    if verdict != Verdict::Passed {
        cx.shell.warn(format!("not every gate has its evidence: the kit is marked \"{verdict}\""));
    }
    Ok(written.dir)
}

fn archive(cx: &Cx, args: &Args, release: &str, artifacts: &Artifacts) -> Result<(), Failure> {
    use crate::golden::archive::{Allow, Extras, archive};
    let store = crate::golden::Store::new(cx.env.cwd.join(&args.store));
    let allow = Allow { simulated: args.allow_simulated, unknown: args.allow_unknown };
    let manifest =
        archive(&store, release, artifacts, &Extras::default(), allow).map_err(super::golden::failure)?;
    cx.shell.status("Archived", format!("release {} in {}", manifest.release, args.store));
    Ok(())
}

/// What lies in the tree, as tables: the runs, and which file of which kind is there.
fn there(tree: &RunTree, a: &Artifacts) -> String {
    let mut runs = vec![["run", "what", "configuration", "state"].map(str::to_owned).to_vec()];
    for run in &tree.runs {
        let c = a.configurations.iter().find(|c| c.run == run.name);
        let what = match c {
            Some(c) if c.parent => "parent",
            Some(_) => "child",
            None if run.implementation() => "implementation",
            None => "synthesis",
        };
        runs.push(vec![run.name.clone(), what.to_owned(), c.map_or("-", |c| &c.name).to_owned(), state(run)]);
    }
    let head = std::iter::once("file".to_owned()).chain(a.configurations.iter().map(|c| c.run.clone()));
    let mut files = vec![head.collect::<Vec<_>>()];
    let mut row = |name: &str, cell: &dyn Fn(&ConfigurationSet) -> Option<String>| {
        let cells = a.configurations.iter().map(|c| cell(c).unwrap_or_else(|| "-".to_owned()));
        files.push(std::iter::once(name.to_owned()).chain(cells).collect());
    };
    let yes = |there: bool| Some(if there { "yes" } else { "missing" }.to_owned());
    let report = |part: &'static str| {
        move |c: &ConfigurationSet| yes(c.reports.iter().any(|r| r.name().contains(part)))
    };
    row("full bitstream", &|c| yes(c.full_bit.is_some()));
    row("partial bitstreams", &|c| {
        // A module that an earlier configuration holds too is counted there.
        let own: Vec<_> = a.modules.iter().filter(|m| m.run == c.run).collect();
        Some(format!("{} of {}", own.iter().filter(|m| m.partial_bit.is_some()).count(), own.len()))
    });
    if a.modules.iter().any(|m| m.clear_bit.is_some()) {
        row("clearing bitstreams", &|c| {
            let own: Vec<_> = a.modules.iter().filter(|m| m.run == c.run).collect();
            Some(format!("{} of {}", own.iter().filter(|m| m.clear_bit.is_some()).count(), own.len()))
        });
    }
    row("routed checkpoint", &|c| yes(c.routed_dcp.is_some()));
    row("black-boxed static", &|c| if c.parent { yes(a.static_set.blackbox_dcp.is_some()) } else { None });
    row("module checkpoints", &|c| {
        let own: Vec<_> = a.modules.iter().filter(|m| m.run == c.run).collect();
        Some(format!("{} of {}", own.iter().filter(|m| m.routed_dcp.is_some()).count(), own.len()))
    });
    row("timing summary", &report("_timing_summary_"));
    row("route status", &report("_route_status"));
    row("utilisation", &report("_utilization_"));
    row("DRC", &report("_drc_"));
    row("log", &|c| yes(a.logs.iter().any(|l| l.run == c.run)));
    row("pr_verify", &|c| {
        let in_log = tree.run(&c.run).is_some_and(|r| !r.verified.is_empty());
        let found = if c.pr_verify.is_some() {
            "file"
        } else if in_log {
            "in the log"
        } else {
            "missing"
        };
        (!c.parent).then(|| found.to_owned())
    });
    let with_hwh = a.modules.iter().filter(|m| m.hwh.is_some()).count();
    let hwh = format!(
        "hand-off files (.hwh): static {}, modules {with_hwh} of {}",
        if a.static_set.hwh.is_some() { "yes" } else { "missing" },
        a.modules.len()
    );
    let mut text = format!("{}\n{}\n{hwh}\n", table(&runs), table(&files));
    let mut gone: Vec<&Missing> = a.missing.iter().collect();
    gone.sort_by_key(|m| (m.needed_for, a.configurations.iter().position(|c| c.run == m.run)));
    let gone: Vec<Vec<String>> = gone
        .into_iter()
        .map(|m| {
            let place = if m.run.is_empty() { m.what.clone() } else { format!("{}/{}", m.run, m.what) };
            vec![format!("  {place}"), m.why.clone()]
        })
        .collect();
    if !gone.is_empty() {
        text += "\nmissing:\n";
        text += &table(&gone);
    }
    text
}

fn state(run: &Run) -> String {
    use crate::runtree::state::RunState;
    if run.state != RunState::Unknown {
        return run.state.to_string();
    }
    // The hidden state files get lost in copies; the log remembers.
    let last = run.log.steps.iter().rev().find(|s| s.outcome == Outcome::Completed);
    match (run.log.verdict().0, last) {
        (Verdict::Refused, _) if run.log.first_error().is_some() => "failed, by its log".to_owned(),
        (_, Some(step)) => format!("{} complete, by its log", step.name),
        _ => run.state.to_string(),
    }
}

fn made_of_it(makes: &Makes, verdict: Verdict) -> String {
    let line = |what: &str, can: bool, needs: &[String]| {
        if can { format!("{what}: yes") } else { format!("{what}: no, for want of {}", needs.join(", ")) }
    };
    let kit = if makes.kit && verdict == Verdict::Refused {
        "kit: no, a gate refuses".to_owned()
    } else {
        line("kit", makes.kit, &makes.kit_needs)
    };
    let mut text = format!("{kit}\n{}", line("golden archive", makes.golden, &makes.golden_needs));
    if !makes.unknown.is_empty() {
        text += &format!("\nunknown for want of {}", makes.unknown.join(", "));
    }
    text
}
