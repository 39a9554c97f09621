// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A look at Vivado scripts without running them: unknown commands and options, wrong arity, names that nothing has
//! made, order mistakes.
//!
//! Limits: a word with a variable or a command in it has an unknown value and is never judged; control flow is
//! taken to be passed once, in order; code that is put together at run time (`eval $text`) is not seen. What is
//! reported is therefore certain in shape, not in every path.

use std::collections::BTreeSet;

use super::tcl::TCL;
use super::words::{Word, commands};
use super::{Finding, Kind, Severity, help};
use crate::syntax::Table;
use crate::syntax::parse::{Args, parse};

/// Looks at scripts (name and text) in the order given, without running them; procedures and objects of one are known
/// to the next.
pub fn look(scripts: &[(&str, &str)]) -> Vec<Finding> {
    look_at(scripts).findings
}

/// Findings, and where Vivado commands stand.
pub(super) struct Looked {
    pub(super) findings: Vec<Finding>,
    /// File and line of each.
    pub(super) commands: Vec<(String, usize)>,
}

pub(super) fn look_at(scripts: &[(&str, &str)]) -> Looked {
    let mut state = State::default();
    for (_, text) in scripts {
        state.procedures(text, 1);
    }
    for (name, text) in scripts {
        (*name).clone_into(&mut state.file);
        state.script(text, 1, true);
    }
    Looked { findings: state.findings, commands: state.seen }
}

/// Scripts within scripts are followed this deep.
const DEPTH: usize = 100;

#[derive(Default)]
struct State {
    file: String,
    depth: usize,
    findings: Vec<Finding>,
    seen: Vec<(String, usize)>,
    procs: BTreeSet<String>,
    /// A script names its procedures or sources at run time: unknown commands may come from there.
    sourced: bool,
    project: bool,
    opened: bool,
    design: bool,
    pr_flow: bool,
    routed: bool,
    modules: BTreeSet<String>,
    configurations: BTreeSet<String>,
    runs: BTreeSet<String>,
    launched: BTreeSet<String>,
}

impl State {
    fn say(&mut self, line: usize, kind: Kind, message: impl Into<String>) {
        let whole = message.into();
        let (id, message) = whole
            .strip_prefix('[')
            .and_then(|rest| rest.split_once("] "))
            .map_or((None, whole.as_str()), |(id, text)| (Some(id.to_owned()), text));
        let help = match kind {
            Kind::UnknownCommand => help::nearest(message.split('"').nth(1).unwrap_or_default()),
            Kind::AmbiguousCommand => "write more of the name".to_owned(),
            _ => help::of(id.as_deref().unwrap_or_default(), message).1,
        };
        let finding = Finding {
            file: self.file.clone(),
            line,
            severity: Severity::Error,
            kind,
            message: message.to_owned(),
            id,
            help,
        };
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    /// Collects the names of procedures, wherever they are defined.
    fn procedures(&mut self, text: &str, line: usize) {
        if self.depth >= DEPTH {
            return;
        }
        self.depth += 1;
        for command in commands(text, line) {
            let first = command[0].text.trim_start_matches("::");
            if matches!(first, "proc" | "rename" | "interp" | "coroutine") {
                let at = if first == "proc" { 1 } else { command.len().saturating_sub(1) };
                if let Some(name) = command.get(at) {
                    self.procs.insert(name.text.rsplit("::").next().unwrap_or_default().to_owned());
                }
            }
            if matches!(first, "source" | "package" | "load") {
                self.sourced = true;
            }
            for word in command.iter().filter(|w| w.braced) {
                self.procedures(&word.text, word.line);
            }
        }
        self.depth -= 1;
    }

    fn script(&mut self, text: &str, line: usize, top: bool) {
        if self.depth >= DEPTH {
            return;
        }
        self.depth += 1;
        for command in commands(text, line) {
            for (inner, line) in command.iter().flat_map(|w| &w.inner) {
                self.script(inner, *line, top);
            }
            self.command(&command, top);
        }
        self.depth -= 1;
    }

    /// The bodies of a control command are scripts.
    fn bodies(&mut self, name: &str, words: &[Word], top: bool) {
        let body = |w: &&Word| w.braced;
        let last = words.last().filter(body);
        let picked: Vec<&Word> = match name {
            "if" => words
                .iter()
                .enumerate()
                .filter(|(i, w)| *i > 1 && w.braced && words[i - 1].text != "elseif")
                .map(|(_, w)| w)
                .collect(),
            "for" => words
                .iter()
                .enumerate()
                .filter(|(i, w)| w.braced && *i != 2 && *i > 0)
                .map(|(_, w)| w)
                .collect(),
            "while" | "foreach" | "lmap" | "proc" | "namespace" | "uplevel" | "eval" => {
                last.into_iter().collect()
            }
            "catch" | "time" => words.get(1).filter(body).into_iter().collect(),
            "try" => words.iter().skip(1).filter(|w| w.braced && w.text.contains([' ', '\n'])).collect(),
            "switch" => {
                if let Some(list) = last {
                    for (i, pair) in commands(&list.text.replace(['\n'], " \\\n"), list.line)
                        .first()
                        .into_iter()
                        .flatten()
                        .enumerate()
                    {
                        if i % 2 == 1 && pair.braced {
                            self.script(&pair.text, pair.line, false);
                        }
                    }
                }
                Vec::new()
            }
            _ => Vec::new(),
        };
        let top = top && !matches!(name, "proc");
        for word in picked {
            self.script(&word.text, word.line, top);
        }
    }

    fn command(&mut self, words: &[Word], top: bool) {
        let (first, line) = (&words[0], words[0].line);
        if first.dynamic || first.expanded || first.braced || first.text.is_empty() {
            return;
        }
        let name = first.text.trim_start_matches("::");
        if TCL.contains(&name) {
            self.bodies(name, words, top);
            return;
        }
        if name.contains("::") || self.procs.contains(name) {
            return;
        }
        let table = Table::get();
        let fitting: Vec<&str> = table.names().filter(|n| n.starts_with(name)).collect();
        let full = match (table.find(name), fitting.as_slice()) {
            (Some(command), _) => command,
            (None, [one]) => match table.find(one) {
                Some(command) => command,
                None => return,
            },
            (None, []) if self.sourced => return,
            (None, []) => {
                return self.say(line, Kind::UnknownCommand, format!("invalid command name \"{name}\""));
            }
            (None, many) => {
                let text = format!("ambiguous command name \"{name}\": {}", many.join(" "));
                return self.say(line, Kind::AmbiguousCommand, text);
            }
        };
        self.seen.push((self.file.clone(), line));
        // What is not known is given as a plain word: it can be a value, never an option.
        let known: Vec<String> =
            words[1..].iter().map(|w| if w.dynamic { "\u{1}".to_owned() } else { w.text.clone() }).collect();
        let certain = !words.iter().any(|w| w.expanded);
        match parse(full, &known) {
            Ok(args) => {
                if top {
                    self.order(&full.name, &args, line);
                }
            }
            Err(refusal) if certain => {
                self.say(line, Kind::BadArguments, format!("[{}] {}", refusal.id, refusal.text));
            }
            Err(_) => {}
        }
    }

    fn order(&mut self, name: &str, args: &Args, line: usize) {
        let certain = |w: &&String| !w.contains('\u{1}') && !w.contains(['*', '?']);
        let value = |option: &str| args.value(option).filter(|v| !v.contains('\u{1}')).map(str::to_owned);
        match name {
            "create_project" => self.project = true,
            "open_project" => (self.project, self.opened, self.pr_flow) = (true, true, true),
            "open_checkpoint" | "link_design" | "synth_design" => self.design = true,
            "open_run" => (self.design, self.routed) = (true, true),
            "close_project" => {
                let (depth, file, findings, seen, procs, sourced) = (
                    self.depth,
                    std::mem::take(&mut self.file),
                    std::mem::take(&mut self.findings),
                    std::mem::take(&mut self.seen),
                    std::mem::take(&mut self.procs),
                    self.sourced,
                );
                *self = Self { file, depth, findings, seen, procs, sourced, ..Self::default() };
            }
            "set_property" if args.typed.iter().any(|w| w.to_uppercase().contains("PR_FLOW")) => {
                self.pr_flow = true;
            }
            "opt_design"
            | "place_design"
            | "phys_opt_design"
            | "route_design"
            | "update_design"
            | "lock_design"
            | "write_checkpoint"
            | "write_bitstream"
            | "write_abstract_shell"
            | "report_timing_summary"
            | "report_utilization"
            | "report_route_status"
                if !self.design && !self.sourced =>
            {
                self.say(line, Kind::Order, format!("{name}: no design is open yet (link_design, open_checkpoint, open_run or synth_design comes first)"));
            }
            "route_design" => self.routed = true,
            "create_partition_def" | "create_reconfig_module" | "create_pr_configuration"
                if !self.pr_flow && !self.sourced =>
            {
                self.say(line, Kind::Order, format!("{name}: PR_FLOW is not set on the project yet"));
            }
            _ => {}
        }
        match name {
            "create_reconfig_module" => self.modules.extend(value("name")),
            "create_pr_configuration" => {
                self.configurations.extend(value("name"));
                let complete = !self.opened && !self.sourced;
                for rm in args
                    .list("partitions")
                    .iter()
                    .filter(certain)
                    .filter_map(|p| p.rsplit_once(':'))
                    .map(|(_, rm)| rm.to_owned())
                {
                    if complete && !self.modules.contains(&rm) && !rm.ends_with("_inst_0") {
                        self.say(
                            line,
                            Kind::UnknownObject,
                            format!(
                                "create_pr_configuration: no reconfigurable module '{rm}' has been created"
                            ),
                        );
                    }
                }
            }
            "create_run" => {
                self.runs.extend(value("name").or_else(|| args.positional.first().cloned()));
                if let Some(config) = value("pr_config")
                    .filter(|c| !self.opened && !self.sourced && !self.configurations.contains(c))
                {
                    self.say(
                        line,
                        Kind::UnknownObject,
                        format!("create_run: no configuration '{config}' has been created"),
                    );
                }
            }
            "launch_runs" => self.launched.extend(args.words_from(0)),
            "wait_on_run" | "wait_on_runs" if !self.opened && !self.sourced => {
                let unknown = self.launched.iter().any(|l| l.contains('\u{1}'));
                for run in args.words_from(0).iter().filter(certain) {
                    if !unknown
                        && !self.launched.contains(run)
                        && !run.ends_with("_synth_1")
                        && run != "synth_1"
                    {
                        self.say(line, Kind::Order, format!("{name}: run '{run}' has not been launched"));
                    }
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::look as lint;

    fn kinds(text: &str) -> Vec<(usize, Kind)> {
        lint(&[("a.tcl", text)]).into_iter().map(|f| (f.line, f.kind)).collect()
    }

    #[test]
    fn each_kind_of_mistake_is_found_with_its_line() {
        assert_eq!(kinds("create_project p\nlaunch_runz impl_1\n"), [(2, Kind::UnknownCommand)]);
        assert_eq!(kinds("get_p x"), [(1, Kind::AmbiguousCommand)]);
        assert_eq!(kinds("proc f {} {\n  open_project -foo x\n}\nf"), [(2, Kind::BadArguments)]);
        assert_eq!(kinds("if {1} {\n  puts [get_cells -hier * extra more]\n}"), [(2, Kind::BadArguments)]);
        assert_eq!(kinds("create_project p\nplace_design"), [(2, Kind::Order)]);
        assert_eq!(kinds("create_project p\ncreate_partition_def -name a -module b"), [(2, Kind::Order)]);
        let dfx = "create_project p\nset_property PR_FLOW 1 [current_project]\ncreate_reconfig_module -name a -partition_def x\n";
        assert_eq!(
            kinds(&format!("{dfx}create_pr_configuration -name c -partitions {{i:b}}\n")),
            [(4, Kind::UnknownObject)]
        );
        assert_eq!(
            kinds(&format!(
                "{dfx}create_run r -flow f -pr_config none\nlaunch_runs impl_1\nwait_on_run other\n"
            )),
            [(4, Kind::UnknownObject), (6, Kind::Order)]
        );
    }

    #[test]
    fn deep_nesting_ends() {
        assert_eq!(kinds(&"if 1 {".repeat(50_000)), []);
        assert_eq!(kinds(&format!("{}{}", "if 1 {".repeat(2000), "}".repeat(2000))), []);
        assert_eq!(kinds(&format!("puts {}{}", "[list ".repeat(2000), "]".repeat(2000))), []);
    }

    #[test]
    fn correct_scripts_have_no_findings() {
        for script in [
            include_str!("../../tests/fixtures/project_flow.tcl"),
            include_str!("../../tests/fixtures/nonproject.tcl"),
            include_str!("../../tests/fixtures/bdc.tcl"),
        ] {
            assert_eq!(kinds(script), [], "{:?}", lint(&[("x", script)]));
        }
        assert_eq!(
            kinds(
                "foreach x $y { my_proc $x {*}$z }\nproc my_proc args {switch $args {a {puts 1} default {get_cells}}}\nlaunch_runs {*}$runs -jobs 4\nwait_on_run {*}$runs\nns::cmd a"
            ),
            []
        );
    }
}
