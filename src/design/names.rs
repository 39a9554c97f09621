// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The names that Vivado gives to files and runs, as measured on real run trees (2020.2 and 2024.2).
//!
//! One place, because build, adopt, gates and kit must agree on them. What is not established for other releases is said at
//! the item.

/// A cell path as Vivado writes it in file names: `/`, `[` and `]` become `_`, a `.` stays. Measured on a 2020.2 tree
/// (`a_i/b/pr_0`) and on scripts that read such files (`core[0].pr`). Two paths can collide; a rule refuses that.
pub fn mangle_cell(cell: &str) -> String {
    cell.chars().map(|c| if matches!(c, '/' | '[' | ']') { '_' } else { c }).collect()
}

/// Stem of the partial bitstream of module `rm` in `cell`: `<cell>_<rm>_partial`; a greybox: `<cell>_greybox_partial`.
pub fn partial_stem(cell: &str, rm: Option<&str>) -> String {
    format!("{}_{}_partial", mangle_cell(cell), rm.unwrap_or("greybox"))
}

/// File name of the routed cell checkpoint: `<cell>_<rm>_routed.dcp`; of a greybox `<cell>_routed.dcp` (no module part).
/// With post-route phys_opt Vivado writes `<cell>_<rm>_post_routed.dcp`.
pub fn routed_cell_dcp(cell: &str, rm: Option<&str>, post_route_phys_opt: bool) -> String {
    let tail = if post_route_phys_opt { "post_routed" } else { "routed" };
    match rm {
        Some(rm) => format!("{}_{rm}_{tail}.dcp", mangle_cell(cell)),
        None => format!("{}_{tail}.dcp", mangle_cell(cell)),
    }
}

/// File name of the full routed checkpoint of a run.
pub fn routed_dcp(top: &str, post_route_phys_opt: bool) -> String {
    if post_route_phys_opt { format!("{top}_postroute_physopt.dcp") } else { format!("{top}_routed.dcp") }
}

/// File name of the black-boxed, locked static that a parent run leaves.
pub fn blackbox_dcp(top: &str, post_route_phys_opt: bool) -> String {
    if post_route_phys_opt {
        format!("{top}_postroute_physopt_bb.dcp")
    } else {
        format!("{top}_routed_bb.dcp")
    }
}

/// Name of the out-of-context synthesis run of a module.
pub fn module_synth_run(rm: &str) -> String {
    format!("{rm}_synth_1")
}

/// Name of the `n`th child run (from 0) of the parent run.
pub fn child_run(n: usize, parent_run: &str) -> String {
    format!("child_{n}_{parent_run}")
}

/// Names of runs that every project has.
pub const STATIC_SYNTH_RUN: &str = "synth_1";
/// What stands for a run where abstract shells are written.
pub const SHELLS_RUN: &str = "shells";
/// The parent implementation run.
pub const PARENT_RUN: &str = "impl_1";

/// A name that Vivado takes for reconfigurable modules, configurations and runs: every character outside
/// `[A-Za-z0-9_]` becomes `_` and a leading digit gets a `_`. Vivado itself takes more; this subset also is a legal file set name,
/// a legal directory and a word without quoting. Two names can collide; a rule refuses that.
pub fn vivado_name(name: &str) -> String {
    let mut out: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if out.starts_with(|c: char| c.is_ascii_digit()) {
        out.insert(0, '_');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cell_paths_are_mangled_as_measured() {
        assert_eq!(mangle_cell("video_cp_i/composable/pr_0"), "video_cp_i_composable_pr_0");
        assert_eq!(mangle_cell("core_inst/rpus[0].rpu_PR_inst"), "core_inst_rpus_0_.rpu_PR_inst");
    }

    #[test]
    fn file_names_follow_the_real_run_trees() {
        assert_eq!(partial_stem("inst_count", Some("count_down")), "inst_count_count_down_partial");
        assert_eq!(partial_stem("inst_count", None), "inst_count_greybox_partial");
        assert_eq!(routed_cell_dcp("inst_count", None, false), "inst_count_routed.dcp");
        assert_eq!(blackbox_dcp("top", true), "top_postroute_physopt_bb.dcp");
        assert_eq!(child_run(0, PARENT_RUN), "child_0_impl_1");
    }

    #[test]
    fn vivado_names_are_plain_words() {
        assert_eq!(vivado_name("conv3x3-8bit"), "conv3x3_8bit");
        assert_eq!(vivado_name("3x3"), "_3x3");
    }
}
