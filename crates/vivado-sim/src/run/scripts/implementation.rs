// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The script of an implementation run: steps with their reports and checkpoints, child and parent.

use super::Context;
use crate::disk;
use crate::model::device::Family;
use crate::model::project::{Run, SetKind};
use crate::tcl::list::quote;
use crate::util::{mangle, text};

impl Context<'_> {
    /// The script of an implementation run.
    pub(crate) fn implementation(&self, run: &Run) -> String {
        let mut out = String::new();
        self.head(&mut out);
        let wanted = crate::run::status::wanted(run, &self.to_step);
        let done =
            self.reached.as_ref().and_then(|r| wanted.iter().position(|w| w == r)).map_or(0, |at| at + 1);
        for (i, step) in wanted[done..].iter().copied().enumerate() {
            let mut body = format!("  create_msg_db {step}.pb\n");
            if i == 0 && done > 0 {
                // A finished run that is launched further goes on from its last checkpoint.
                body += &format!("  open_checkpoint {}_{}.dcp\n", self.top, checkpoint_kind(&wanted[..done]));
            }
            self.step(&mut body, run, step);
            if step == self.to_step || (step == "write_bitstream" && self.to_step == "write_device_image") {
                self.last(&mut body, run);
            }
            body += &format!("  close_msg_db -file {step}.pb\n");
            let on_error = if step == "route_design" {
                format!("  catch {{write_checkpoint -force {}_routed_error.dcp}}\n", self.top)
            } else {
                String::new()
            };
            out += &format!(
                "\nstart_step {step}\nset ACTIVE_STEP {step}\nset rc [catch {{\n{body}}} RESULT OPTIONS]\nif {{$rc}} {{\n{on_error}  step_failed {step}\n  return -code error -errorinfo [dict get $OPTIONS -errorinfo] $RESULT\n}} else {{\n  end_step {step}\n  unset ACTIVE_STEP\n}}\n"
            );
        }
        out
    }

    fn step(&self, out: &mut String, run: &Run, step: &str) {
        let top = &self.top;
        let upper = step.to_uppercase();
        self.hook(out, run, &upper, "PRE");
        match step {
            "init_design" => self.init(out, run),
            "place_design" => {
                *out +=
                    "  if { [llength [get_debug_cores -quiet] ] > 0 }  { \n    implement_debug_core \n  } \n";
                *out += &format!("  place_design{}\n", self.arguments(run, step));
            }
            "post_route_phys_opt_design" => {
                *out += &format!("  phys_opt_design{}\n", self.arguments(run, step));
            }
            "post_place_power_opt_design" => {
                *out += &format!("  power_opt_design{}\n", self.arguments(run, step));
            }
            "write_bitstream" | "write_device_image" => self.write(out, run, step),
            _ => *out += &format!("  {step}{}\n", self.arguments(run, step)),
        }
        self.hook(out, run, &upper, "POST");
        let dcp = |kind: &str| format!("  write_checkpoint -force {top}_{kind}.dcp\n");
        let (checkpoint, reports): (String, Vec<String>) = match step {
            "opt_design" => (
                dcp("opt"),
                vec![format!(
                    "report_drc -file {top}_drc_opted.rpt -pb {top}_drc_opted.pb -rpx {top}_drc_opted.rpx"
                )],
            ),
            "power_opt_design" => (dcp("pwropt"), vec![]),
            "place_design" => (
                dcp("placed"),
                vec![
                    format!("report_io -file {top}_io_placed.rpt"),
                    format!(
                        "report_utilization -file {top}_utilization_placed.rpt -pb {top}_utilization_placed.pb"
                    ),
                    format!("report_control_sets -verbose -file {top}_control_sets_placed.rpt"),
                ],
            ),
            "post_place_power_opt_design" => (dcp("postplace_pwropt"), vec![]),
            "phys_opt_design" => (dcp("physopt"), vec![]),
            "route_design" => (
                dcp("routed"),
                vec![
                    format!(
                        "report_drc -file {top}_drc_routed.rpt -pb {top}_drc_routed.pb -rpx {top}_drc_routed.rpx"
                    ),
                    format!(
                        "report_methodology -file {top}_methodology_drc_routed.rpt -pb {top}_methodology_drc_routed.pb -rpx {top}_methodology_drc_routed.rpx"
                    ),
                    format!(
                        "report_power -file {top}_power_routed.rpt -pb {top}_power_summary_routed.pb -rpx {top}_power_routed.rpx"
                    ),
                    format!("report_route_status -file {top}_route_status.rpt -pb {top}_route_status.pb"),
                    format!(
                        "report_timing_summary -max_paths 10 -report_unconstrained -file {top}_timing_summary_routed.rpt -pb {top}_timing_summary_routed.pb -rpx {top}_timing_summary_routed.rpx -warn_on_violation "
                    ),
                    format!("report_incremental_reuse -file {top}_incremental_reuse_routed.rpt"),
                    format!("report_clock_utilization -file {top}_clock_utilization_routed.rpt"),
                    format!(
                        "report_bus_skew -warn_on_violation -file {top}_bus_skew_routed.rpt -pb {top}_bus_skew_routed.pb -rpx {top}_bus_skew_routed.rpx"
                    ),
                ],
            ),
            "post_route_phys_opt_design" => (
                dcp("postroute_physopt"),
                vec![
                    format!(
                        "report_timing_summary -max_paths 10 -report_unconstrained -file {top}_timing_summary_postroute_physopted.rpt -pb {top}_timing_summary_postroute_physopted.pb -rpx {top}_timing_summary_postroute_physopted.rpx -warn_on_violation "
                    ),
                    format!(
                        "report_bus_skew -warn_on_violation -file {top}_bus_skew_postroute_physopted.rpt -pb {top}_bus_skew_postroute_physopted.pb -rpx {top}_bus_skew_postroute_physopted.rpx"
                    ),
                ],
            ),
            _ => return,
        };
        let early = !self.release.at_least(2024, 2);
        if early {
            *out += &checkpoint;
        }
        if !reports.is_empty() {
            self.reports(out, run, step, &reports);
        }
        if !early {
            *out += &checkpoint;
        }
        let last_routed = if run.step_enabled("post_route_phys_opt_design") {
            "post_route_phys_opt_design"
        } else {
            "route_design"
        };
        if step == last_routed {
            self.cell_checkpoints(out, run, step);
        }
    }

    fn init(&self, out: &mut String, run: &Run) {
        let p = self.project;
        self.begin(out);
        *out += "  set_property design_mode GateLvl [current_fileset]\n  set_param project.singleFileAddWarning.threshold 0\n";
        *out += &format!(
            "  set_property webtalk.parent_dir {} [current_project]\n  set_property parent.project_path {} [current_project]\n  set_property ip_cache_permissions {{read write}} [current_project]\n",
            quote(&text(&p.sub("cache").join("wt"))),
            quote(&text(&p.xpr()))
        );
        let child = run.is_child(p);
        let abstract_cell = self.abstract_instance(run);
        if child {
            *out += &format!("  add_files -quiet {}\n", quote(&quote(&text(&self.parent_static(run)))));
        } else if let Some(synthesis) =
            run.parent.as_ref().and_then(|n| p.run(n)).filter(|_| !self.gate_level())
        {
            *out += &format!(
                "  add_files -quiet {}\n",
                quote(&quote(&text(&self.synthesis_dcp(&synthesis.name))))
            );
        }
        let sources = p.filesets.iter().filter(|f| f.kind == SetKind::Design).flat_map(|f| &f.files);
        for file in sources.filter(|f| f.enabled() && f.used_in("implementation")) {
            match file.extension().as_str() {
                // A project of netlists links its checkpoints as they are.
                "dcp" if self.gate_level() => {
                    *out += &format!("  add_files -quiet {}\n", quote(&quote(&text(&file.path))));
                    if let Some(cells) = file.props.get("SCOPED_TO_CELLS").filter(|c| !c.is_empty()) {
                        *out += &format!(
                            "  set_property SCOPED_TO_CELLS {} [get_files {}]\n",
                            quote(cells),
                            quote(&quote(&text(&file.path)))
                        );
                    }
                }
                "bd" if !child => *out += &format!("  add_files {}\n", quote(&quote(&text(&file.path)))),
                "xci" => *out += &format!("  read_ip -quiet {}\n", quote(&quote(&text(&file.path)))),
                _ => {}
            }
        }
        // One checkpoint may serve several cells: it is added once, scoped to all of them.
        let mut scoped: Vec<(String, Vec<&String>)> = Vec::new();
        for (cell, rm) in &self.cells {
            let linked = |dcp: &String| self.gate_level() && p.files().any(|(_, f)| text(&f.path) == *dcp);
            let Some(dcp) = self.module_dcp(rm).filter(|d| !linked(d)) else { continue };
            match scoped.iter_mut().find(|(known, _)| *known == dcp) {
                Some((_, cells)) => cells.push(cell),
                None => scoped.push((dcp, vec![cell])),
            }
        }
        for (dcp, cells) in scoped {
            let cells = cells.iter().map(|c| quote(c)).collect::<Vec<_>>().join(" ");
            *out += &format!(
                "  add_files -quiet {0}\n  set_property SCOPED_TO_CELLS {1} [get_files {0}]\n",
                // A list of one: a path may hold a blank.
                quote(&quote(&dcp)),
                quote(&cells)
            );
        }
        let own_constraints = run.props.truth("APPLY_CONSTRSET").unwrap_or(false);
        if !child || own_constraints {
            let set = p.fileset(&run.constrset);
            let mut files: Vec<_> = set
                .into_iter()
                .flat_map(|c| &c.files)
                .filter(|f| f.enabled() && f.used_in("implementation"))
                .collect();
            files.sort_by_key(|f| match f.props.get("PROCESSING_ORDER") {
                Some("EARLY") => 0,
                Some("LATE") => 2,
                _ => 1,
            });
            for file in files {
                let scoped = file.props.get("SCOPED_TO_CELLS").filter(|c| !c.is_empty());
                let option = scoped.map(|c| format!("-cell {} ", quote(c))).unwrap_or_default();
                *out += &format!("  read_xdc {option}{}\n", quote(&quote(&text(&file.path))));
            }
        }
        let all: Vec<&String> = self.greyboxes.iter().chain(self.cells.iter().map(|(c, _)| c)).collect();
        let partitions = match (&abstract_cell, all.as_slice()) {
            (Some(cell), _) => format!(" -reconfig_partitions {}", quote(cell)),
            (None, []) => String::new(),
            (None, [one]) => format!(" -reconfig_partitions {}", quote(one)),
            (None, many) => format!(
                " -reconfig_partitions {{{}}}",
                many.iter().map(|c| quote(c)).collect::<Vec<_>>().join(" ")
            ),
        };
        *out += &format!("  link_design -top {} -part {}{partitions}\n", self.top, quote(&p.part));
        for cell in &self.greyboxes {
            *out += &format!("  update_design -cell {} -buffer_ports\n", quote(cell));
        }
        let has_bd = p.files().any(|(_, f)| f.extension() == "bd" && f.enabled());
        if has_bd && !child {
            *out += &format!("  write_hwdef -force -file {}.hwdef\n", self.top);
        }
    }

    /// The checkpoint that the synthesis run wrote: the top's name, or the only one there (a script may have put a
    /// static with another top in its place).
    fn synthesis_dcp(&self, run: &str) -> std::path::PathBuf {
        let dir = self.project.run_dir(run);
        let usual = dir.join(format!("{}.dcp", self.top));
        if disk::exists(&usual) {
            return usual;
        }
        let there = disk::read_dir(&dir).unwrap_or_default().into_iter();
        let mut dcps: Vec<_> = there
            .filter(|p| p.extension().is_some_and(|e| e == "dcp") && !text(p).contains("_backup"))
            .collect();
        match dcps.len() {
            1 => dcps.remove(0),
            _ => usual,
        }
    }

    fn gate_level(&self) -> bool {
        self.project
            .filesets
            .iter()
            .any(|f| f.kind == SetKind::Design && f.props.get("DESIGN_MODE") == Some("GateLvl"))
    }

    /// The cell of a child of an abstract-shell parent (-rm_instance cell:rm).
    fn abstract_instance(&self, run: &Run) -> Option<String> {
        run.props.get("RM_INSTANCE").and_then(|r| r.rsplit_once(':')).map(|(c, _)| c.to_owned())
    }

    /// The locked static that a child starts from. The names of abstract shells in project mode are not known: `<top>_<cell>_abs_shell.dcp` here.
    fn parent_static(&self, run: &Run) -> std::path::PathBuf {
        let parent = run.parent.clone().unwrap_or_default();
        let dir = self.project.run_dir(&parent);
        if let Some(cell) = self.abstract_instance(run) {
            return dir.join(format!("{}_{}_abs_shell.dcp", self.top, mangle(&cell)));
        }
        dir.join(format!("{}_{}_bb.dcp", self.top, self.routed_kind(&parent)))
    }

    fn routed_kind(&self, run: &str) -> &'static str {
        match self.project.run(run) {
            Some(r) if r.step_enabled("post_route_phys_opt_design") => "postroute_physopt",
            _ => "routed",
        }
    }

    fn cell_checkpoints(&self, out: &mut String, run: &Run, step: &str) {
        let end = if step == "route_design" { "routed" } else { "post_routed" };
        for (cell, rm) in &self.cells {
            *out +=
                &format!("  write_checkpoint -force -cell {} {}_{rm}_{end}.dcp\n", quote(cell), mangle(cell));
        }
        for cell in &self.greyboxes {
            *out += &format!("  write_checkpoint -force -cell {} {}_{end}.dcp\n", quote(cell), mangle(cell));
        }
        if !run.is_child(self.project) && self.release.at_least(2024, 2) {
            for cell in self.cells.iter().map(|(c, _)| c).chain(&self.greyboxes) {
                *out += &format!("  set_property HD.PLATFORM_WRAPPER 1 [get_cells {}]\n", quote(cell));
            }
        }
    }

    fn write(&self, out: &mut String, run: &Run, step: &str) {
        let top = &self.top;
        let p = self.project;
        if run.is_child(p) && self.abstract_instance(run).is_none() {
            let parent = run.parent.clone().unwrap_or_default();
            let dcp = |name: &str| p.run_dir(name).join(format!("{top}_{}.dcp", self.routed_kind(name)));
            *out += &format!(
                "  pr_verify -full_check -initial {} -additional {} -file {}_pr_verify.log\n",
                quote(&text(&dcp(&parent))),
                // A list.
                quote(&quote(&text(&dcp(&run.name)))),
                run.name
            );
        }
        let image = step == "write_device_image" || self.family() == Some(Family::Versal);
        let (command, no_partial, end) = if image {
            ("write_device_image", "-no_partial_pdifile", "pdi")
        } else {
            ("write_bitstream", "-no_partial_bitfile", "bit")
        };
        let no_partial = if self.cells.is_empty() && self.greyboxes.is_empty() {
            String::new()
        } else {
            format!(" {no_partial}")
        };
        let named: Vec<(String, String)> = self
            .cells
            .iter()
            .map(|(c, rm)| (c.clone(), format!("{}_{rm}_partial", mangle(c))))
            .chain(self.greyboxes.iter().map(|c| (c.clone(), format!("{}_greybox_partial", mangle(c)))))
            .collect();
        *out += &format!("  catch {{ write_mem_info -force -no_partial_mmi {top}.mmi }}\n");
        for (cell, name) in &named {
            *out += &format!("  catch {{ write_mem_info -force -cell {} {name}.mmi }}\n", quote(cell));
        }
        let extra = self.arguments(run, "write_bitstream");
        let full =
            run.props.truth("GEN_FULL_BITSTREAM").unwrap_or(true) && self.abstract_instance(run).is_none();
        if full {
            *out += &format!("  {command} -force{no_partial} {top}.{end}{extra}\n");
        }
        for (cell, name) in &named {
            *out += &format!("  {command} -force -cell {} {name}.{end}{extra}\n", quote(cell));
        }
        *out += &format!(
            "  catch {{write_debug_probes -no_partial_ltxfile -quiet -force {top}}}\n  catch {{file copy -force {top}.ltx debug_nets.ltx}}\n"
        );
        for (cell, name) in &named {
            *out += &format!(
                "  catch {{write_debug_probes -quiet -force -cell {} -file {name}.ltx}}\n",
                quote(cell)
            );
        }
    }

    /// What the parent does at the very end of its last step: black boxes, lock, the static checkpoint.
    fn last(&self, out: &mut String, run: &Run) {
        let routed = crate::run::steps(false).iter().position(|s| *s == self.to_step)
            >= crate::run::steps(false).iter().position(|s| *s == "route_design");
        let cells: Vec<&String> = self.cells.iter().map(|(c, _)| c).chain(&self.greyboxes).collect();
        let wanted = run
            .pr_config
            .as_ref()
            .and_then(|c| self.project.configuration(c))
            .is_none_or(|c| c.props.truth("USE_BLACKBOX").unwrap_or(true));
        if run.is_child(self.project) || !routed || cells.is_empty() || !wanted {
            return;
        }
        let mode = run.props.get("DFX_MODE").unwrap_or("STANDARD").to_uppercase();
        if mode.contains("ABSTRACT") || mode == "BOTH" {
            for cell in &cells {
                *out += &format!(
                    "  write_abstract_shell -force -cell {} {}_{}_abs_shell.dcp\n",
                    quote(cell),
                    self.top,
                    mangle(cell)
                );
            }
            if mode != "BOTH" {
                return;
            }
        }
        for cell in &cells {
            *out += &format!("  update_design -cell {} -black_box\n", quote(cell));
        }
        let kind =
            if run.step_enabled("post_route_phys_opt_design") { "postroute_physopt" } else { "routed" };
        *out +=
            &format!("  lock_design -level routing\n  write_checkpoint -force {}_{kind}_bb.dcp\n", self.top);
    }
}

/// The checkpoint that the last of some done steps wrote.
fn checkpoint_kind(done: &[&str]) -> &'static str {
    done.iter()
        .rev()
        .find_map(|step| match *step {
            "opt_design" => Some("opt"),
            "power_opt_design" => Some("pwropt"),
            "place_design" => Some("placed"),
            "post_place_power_opt_design" => Some("postplace_pwropt"),
            "phys_opt_design" => Some("physopt"),
            "route_design" => Some("routed"),
            "post_route_phys_opt_design" => Some("postroute_physopt"),
            _ => None,
        })
        .unwrap_or("routed")
}
