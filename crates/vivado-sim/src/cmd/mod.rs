// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The commands: which function serves which name.

pub(crate) mod archive;
pub(crate) mod bd;
pub(crate) mod bitstream;
pub(crate) mod cfgmem;
pub(crate) mod checkpoint;
pub(crate) mod constraint;
pub(crate) mod debug;
pub(crate) mod decks;
pub(crate) mod dfx;
pub(crate) mod drc;
pub(crate) mod files;
pub(crate) mod implement;
pub(crate) mod ip;
pub(crate) mod link;
pub(crate) mod misc;
pub(crate) mod pblock;
pub(crate) mod project;
pub(crate) mod property;
pub(crate) mod query;
pub(crate) mod report;
pub(crate) mod runs;
pub(crate) mod silicon;
pub(crate) mod synth;
pub(crate) mod text;
pub(crate) mod transcript;
pub(crate) mod update;
pub(crate) mod verify;

use crate::disk;
use crate::session::{Outcome, Session, Stop, fail};
use crate::syntax::parse::Args;

/// Runs one parsed command, then saves the project when it changed.
pub(crate) fn run(s: &mut Session, name: &str, args: &Args) -> Outcome {
    let outcome = project::writable(s, name).and_then(|()| dispatch(s, name, args));
    project::save(s);
    outcome
}

fn dispatch(s: &mut Session, name: &str, args: &Args) -> Outcome {
    match name {
        "create_project" => project::create_project(s, args),
        "open_project" => project::open_project(s, args),
        "archive_project" => archive::archive_project(s, args),
        "close_project" => project::close_project(s),
        "current_project" => project::current_project(s),
        "save_project_as" => project::save_project_as(s, args),
        "set_part" => project::set_part(s, args),

        "add_files" => files::add_files(s, args),
        "read_verilog" | "read_vhdl" | "read_edif" | "read_ip" | "read_bd" | "read_mem" => {
            files::read(s, name, args)
        }
        "import_files" => files::import_files(s, args),
        "import_ip" => files::import_files(s, args),
        "remove_files" => files::remove_files(s, args),
        "move_files" => files::move_files(s, args),
        "update_compile_order" => files::update_compile_order(s, args),
        "create_fileset" => files::create_fileset(s, args),
        "delete_fileset" => files::delete_fileset(s, args),
        "current_fileset" => files::current_fileset(s, args),
        "read_xdc" => constraint::read_xdc(s, args),

        "create_partition_def" => dfx::create_partition_def(s, args),
        "create_reconfig_module" => dfx::create_reconfig_module(s, args),
        "create_pr_configuration" => dfx::create_pr_configuration(s, args),
        "current_pr_configuration" => dfx::current_pr_configuration(s, args),
        "setup_pr_configurations" => dfx::setup_pr_configurations(s, args),
        "delete_partition_defs" | "delete_reconfig_modules" | "delete_pr_configurations" => {
            dfx::delete(s, name, args)
        }

        "create_run" => runs::create_run(s, args),
        "copy_run" => runs::copy_run(s, args),
        "launch_runs" => runs::launch_runs(s, args),
        "reset_runs" => runs::reset_runs(s, args),
        "wait_on_run" | "wait_on_runs" => runs::wait_on_runs(s, args),
        "delete_runs" => runs::delete_runs(s, args),
        "current_run" => runs::current_run(s, args),
        "open_run" => runs::open_run(s, args),

        "get_property" => property::get_property(s, args),
        "set_property" => property::set_property(s, args),
        "list_property" => property::list_property(s, args),
        "report_property" => property::report_property(s, args),
        "reset_property" => property::reset_property(s, args),

        "synth_design" => synth::synth_design(s, args),
        "link_design" => link::link_design(s, args),
        "open_checkpoint" => checkpoint::open_checkpoint(s, args),
        "read_checkpoint" => checkpoint::read_checkpoint(s, args),
        "write_checkpoint" => checkpoint::write_checkpoint(s, args),
        "write_abstract_shell" => checkpoint::write_abstract_shell(s, args),
        "opt_design" | "power_opt_design" | "place_design" | "phys_opt_design" | "route_design"
        | "iphys_opt_design" => implement::step(s, name, args),
        "update_design" => update::update_design(s, args),
        "lock_design" => update::lock_design(s, args),
        "close_design" => implement::close_design(s),
        "current_design" => implement::current_design(s, args),
        "pr_verify" => verify::pr_verify(s, args),
        "pr_subdivide" => update::pr_subdivide(s, args),
        "pr_recombine" => update::pr_recombine(s, args),
        "write_bitstream" => bitstream::write_bitstream(s, args),
        "write_cfgmem" => cfgmem::write_cfgmem(s, args),
        "write_device_image" => bitstream::write_device_image(s, args),

        "create_ip" => ip::create(s, args),
        "copy_ip" => ip::copy(s, args),
        "get_ipdefs" => ip::definitions(s, args),
        "create_ip_run" => ip::create_run(s, args),
        "delete_ip_run" => ip::delete_run(s, args),
        "synth_ip" => ip::synthesize(s, args),
        "upgrade_ip" => ip::upgrade(s, args),

        "write_xdc" => text::write_xdc(s, args),
        "create_drc_ruledeck"
        | "delete_drc_ruledeck"
        | "get_drc_ruledecks"
        | "add_drc_checks"
        | "remove_drc_checks" => decks::run(s, name, args),
        "find_top" => project::find_top(s, args),
        "list_targets" => project::list_targets(s, args),
        "save_constraints" => text::save_constraints(s),
        "write_bd_tcl" => text::write_bd_tcl(s, args),
        "write_project_tcl" => text::write_project_tcl(s, args),

        "create_debug_core"
        | "create_debug_port"
        | "connect_debug_port"
        | "disconnect_debug_port"
        | "delete_debug_core"
        | "get_debug_cores"
        | "get_debug_ports"
        | "write_debug_probes" => debug::dispatch(s, name, args),

        "get_sites" | "get_tiles" | "get_bels" | "get_clock_regions" | "get_slrs" | "get_iobanks"
        | "get_package_pins" => silicon::get(s, name, args),
        "get_timing_paths" => silicon::timing_paths(s, args),

        "create_pblock" => pblock::create_pblock(s, args),
        "add_cells_to_pblock" => pblock::add_cells_to_pblock(s, args),
        "remove_cells_from_pblock" => pblock::remove_cells_from_pblock(s, args),
        "resize_pblock" => pblock::resize_pblock(s, args),
        "delete_pblocks" => pblock::delete_pblocks(s, args),
        "create_clock" | "create_generated_clock" => constraint::create_clock(s, args),

        _ if name.starts_with("report_") => report::report(s, name, args),
        _ if name.starts_with("get_")
            && query::kind_of(name).is_some()
            && !name.starts_with("get_bd_")
            && !matches!(name, "get_ipdefs" | "get_report_configs") =>
        {
            query::get(s, name, args)
        }
        _ => match bd::dispatch(s, name, args) {
            Some(outcome) => outcome,
            None => misc::dispatch(s, name, args),
        },
    }
}

/// Commands that no table holds but scripts call with a namespace or by an old name.
pub(crate) fn untabled(s: &mut Session, name: &str, words: &[String]) -> Outcome {
    match name {
        "send_gid_msg" | "send_msg_id" => misc::send_message(s, words),
        _ if name.starts_with("ipx ") => ip::ipx(s, &name[4..], words),
        _ => Err(Stop::Error(format!("invalid command name \"{name}\""))),
    }
}

/// Writes a report or another text to where `-file` says.
pub(crate) fn write_output(s: &mut Session, file: &str, append: bool, text: &str) -> Result<(), Stop> {
    let path = s.path(file);
    project::check_directory(s, &path)?;
    let mut whole = if append { disk::read_to_string(&path).unwrap_or_default() } else { String::new() };
    whole.push_str(text);
    match disk::write(&path, whole) {
        Ok(()) => Ok(()),
        Err(error) => fail("Common 17-69", format!("Command failed: {error}")),
    }
}

impl Session {
    /// Lets queued and running runs go on.
    pub(crate) fn poll_jobs(&mut self) {
        if self.jobs.idle() {
            return;
        }
        if self.dry.is_some() {
            crate::dry::play(self);
        } else {
            self.jobs.poll();
        }
    }
}
