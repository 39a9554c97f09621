// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! write_project_tcl: a script that makes the open project again, with its DFX parts.

use std::fmt::Write as _;

use super::put;
use crate::model::project::{Project, SetKind};
use crate::model::props::Props;
use crate::session::{Outcome, Session};
use crate::syntax::parse::Args;
use crate::tcl::list::{self, quote};
use crate::util;

fn settings(out: &mut String, props: &Props, object: &str, skip: &[&str]) {
    for (name, value) in props.iter().filter(|(n, _)| !skip.contains(n)) {
        let _ = writeln!(
            out,
            "set_property -name {} -value {} -objects {object}",
            quote(&name.to_lowercase()),
            quote(value)
        );
    }
}

fn script(p: &Project, release: &str, target: Option<&str>) -> String {
    let mut out = format!(
        "# SIMULATED: written by vivado-sim {release}, the project {0}\nset _xil_proj_name_ {1}\nif {{[info exists ::user_project_name]}} {{ set _xil_proj_name_ $::user_project_name }}\n",
        p.name,
        quote(&p.name)
    );
    let dir = target.map_or_else(|| format!("./{}", p.name), str::to_owned);
    let _ = writeln!(out, "create_project ${{_xil_proj_name_}} {} -part {}", quote(&dir), quote(&p.part));
    settings(&mut out, &p.props, "[current_project]", &["ACTIVE_CONFIG"]);
    for set in p.filesets.iter().filter(|f| f.kind != SetKind::Block) {
        let kind = match set.kind {
            SetKind::Constraints => "-constrset",
            SetKind::Simulation => "-simset",
            _ => "-srcset",
        };
        let name = quote(&set.name);
        let _ = writeln!(
            out,
            "if {{[string equal [get_filesets -quiet {name}] \"\"]}} {{ create_fileset {kind} {name} }}"
        );
        add(&mut out, p, &set.name, &format!("-fileset {name}"));
        settings(&mut out, &set.props, &format!("[get_filesets {name}]"), &[]);
    }
    for pd in &p.partition_defs {
        let name = quote(&pd.name);
        let _ = writeln!(out, "create_partition_def -name {name} -module {}", quote(&pd.module));
        settings(&mut out, &pd.props, &format!("[get_partition_defs {name}]"), &[]);
    }
    for rm in &p.modules {
        let name = quote(&rm.name);
        let gate = if rm.gate_level { " -gate_level" } else { "" };
        let _ = writeln!(
            out,
            "create_reconfig_module -name {name} -partition_def [get_partition_defs {}] -top {}{gate}",
            quote(&rm.partition_def),
            quote(&rm.top)
        );
        add(&mut out, p, &rm.name, &format!("-of_objects [get_reconfig_modules {name}]"));
    }
    for pd in p.partition_defs.iter().filter(|d| !d.default_rm.is_empty()) {
        let _ = writeln!(
            out,
            "set_property default_rm {} [get_partition_defs {}]",
            quote(&pd.default_rm),
            quote(&pd.name)
        );
    }
    for config in &p.configurations {
        let cells = list::join(config.cells.iter().map(|(c, m)| format!("{c}:{m}")));
        let mut line =
            format!("create_pr_configuration -name {} -partitions {}", quote(&config.name), quote(&cells));
        if !config.greyboxes.is_empty() {
            line += &format!(" -greyboxes {}", quote(&list::join(&config.greyboxes)));
        }
        let _ = writeln!(out, "{line}");
        settings(&mut out, &config.props, &format!("[get_pr_configurations {}]", quote(&config.name)), &[]);
    }
    for run in &p.runs {
        let name = quote(&run.name);
        let _ = writeln!(out, "if {{[string equal [get_runs -quiet {name}] \"\"]}} {{");
        let mut how =
            format!("  create_run -name {name} -part {} -flow {}", quote(&p.part), quote(&run.flow));
        how += &format!(" -strategy {} -constrset {}", quote(&run.strategy), quote(&run.constrset));
        if let Some(parent) = &run.parent {
            how += &format!(" -parent_run {}", quote(parent));
        }
        if let Some(config) = &run.pr_config {
            how += &format!(" -pr_config {}", quote(config));
        }
        let _ = writeln!(out, "{how}\n}}");
        if let Some(config) = &run.pr_config {
            let _ = writeln!(out, "set_property pr_configuration {} [get_runs {name}]", quote(config));
        }
        let _ = writeln!(out, "set_property strategy {} [get_runs {name}]", quote(&run.strategy));
        settings(&mut out, &run.props, &format!("[get_runs {name}]"), &["PART"]);
    }
    let _ = writeln!(out, "current_run -synthesis [get_runs {}]", quote(&p.current_synth));
    let _ = writeln!(out, "current_run -implementation [get_runs {}]", quote(&p.current_impl));
    out
}

/// The files of one fileset with the properties that differ from a new file's.
fn add(out: &mut String, p: &Project, set: &str, to: &str) {
    let Some(set) = p.fileset(set) else { return };
    for file in &set.files {
        let path = util::text(&file.path);
        let _ = writeln!(out, "add_files -norecurse {to} {}", quote(&quote(&path)));
        let new = crate::model::project::SourceFile::new(file.path.clone());
        // What an IP is lies in its own file.
        let own = |n: &str| n == "IPDEF" || n.starts_with("CONFIG.");
        for (name, value) in file.props.iter().filter(|(n, v)| new.props.get(n) != Some(*v) && !own(n)) {
            let _ = writeln!(
                out,
                "set_property -name {} -value {} -objects [get_files {}]",
                quote(&name.to_lowercase()),
                quote(value),
                quote(&quote(&path))
            );
        }
    }
}

pub(crate) fn write_project_tcl(s: &mut Session, args: &Args) -> Outcome {
    let release = s.release.name;
    let target = args.value("target_proj_dir").map(str::to_owned);
    let p = s.project()?;
    let text = script(p, release, target.as_deref());
    let name = format!("{}.tcl", p.name);
    let mut with = args.clone();
    if with.positional.is_empty() && with.value("file").is_none() {
        with.positional.push(name);
    }
    put(s, &with, ".tcl", &text)
}
