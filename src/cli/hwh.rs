// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit hwh`: hand-off files of anybody's, read.
//!
//! `hwh show FILE` prints modules, address maps, interrupts, clocks, partial regions and isolation. With `--rm RM.hwh
//! --region NAME` the module's addresses are joined to the region; a module that does not fit is refused (exit 4),
//! never placed at a guess. `hwh join` writes the module's file with these addresses; `hwh diff` compares two files as
//! software sees them.

use std::fmt::Write as _;

use camino::{Utf8Path, Utf8PathBuf};
use dfxkit_handoff::hwh::{self, Hwh, Joined, Module};
use serde_json::{Value, json};

use super::{CommandResult, Cx, Failure};
use crate::exit::Exit;

/// Arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Print modules, address maps, interrupts, clocks, partial regions and isolation
    Show(ShowArgs),
    /// Compare two files as software sees them: modules, parameters, addresses, registers, interrupts, clocks
    Diff {
        /// The first file
        #[arg(value_name = "A.hwh")]
        before: Utf8PathBuf,
        /// The second file
        #[arg(value_name = "B.hwh")]
        after: Utf8PathBuf,
    },
    /// Write a module's file with the absolute addresses of its region, everything else byte for byte
    Join {
        /// Hand-off file of the static
        #[arg(value_name = "STATIC.hwh")]
        fixed: Utf8PathBuf,
        /// Hand-off file of the reconfigurable module
        #[arg(value_name = "RM.hwh")]
        rm: Utf8PathBuf,
        /// The region: its path (`composable/pr_0`), full name or instance
        #[arg(long, value_name = "NAME")]
        region: String,
        /// Where to write
        #[arg(long, short, value_name = "OUT.hwh")]
        output: Utf8PathBuf,
    },
}

#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// The hand-off file; of the static when a module is joined to it
    #[arg(value_name = "FILE")]
    hwh: Utf8PathBuf,
    /// Hand-off file of a reconfigurable module, to join to a region of FILE
    #[arg(long, value_name = "RM.hwh", requires = "region")]
    rm: Option<Utf8PathBuf>,
    /// The region: its path (`composable/pr_0`), full name or instance
    #[arg(long, value_name = "NAME", requires = "rm")]
    region: Option<String>,
    /// Print registers and fields too
    #[arg(long)]
    registers: bool,
}

/// Runs the command.
pub(super) fn run(cx: &mut Cx, args: &Args) -> CommandResult {
    match &args.command {
        Command::Show(show) => self::show(cx, show),
        Command::Diff { before, after } => diff(cx, before, after),
        Command::Join { fixed, rm, region, output } => join(cx, fixed, rm, region, output),
    }
}

fn read(cx: &Cx, path: &Utf8Path) -> Result<Hwh, Failure> {
    hwh::parse(&bytes(cx, path)?).map_err(|e| Failure::input(format!("{path}: {e}")))
}

fn bytes(cx: &Cx, path: &Utf8Path) -> Result<Vec<u8>, Failure> {
    fs_err::read(cx.env.cwd.join(path)).map_err(|e| Failure::input(e.to_string()))
}

fn not_joined(rm: &Utf8Path, region: &str, error: &hwh::JoinError) -> Failure {
    Failure::gate(format!("{rm} cannot be joined to {region}: {error}"))
        .note("a register access through a wrong address can hang the processor, so no address is given")
}

fn diff(cx: &mut Cx, before: &Utf8Path, after: &Utf8Path) -> CommandResult {
    let found = hwh::diff(&read(cx, before)?, &read(cx, after)?);
    cx.shell.json(&json!({"before": before, "after": after, "same": found.is_empty(), "differences": found}));
    if !cx.shell.is_json() {
        if found.is_empty() {
            cx.shell.out("the same for software");
        }
        for d in &found {
            let subject = json!(d.subject);
            let side = |v: &Option<String>| v.clone().unwrap_or_else(|| "(none)".to_owned());
            cx.shell.out(format!(
                "{:<9} {}: {} -> {}",
                subject.as_str().unwrap_or_default(),
                d.name,
                side(&d.before),
                side(&d.after)
            ));
        }
    }
    Ok(Exit::DONE)
}

fn join(cx: &mut Cx, fixed: &Utf8Path, rm: &Utf8Path, region: &str, output: &Utf8Path) -> CommandResult {
    let model = read(cx, fixed)?;
    let original = bytes(cx, rm)?;
    let rm_model = hwh::parse(&original).map_err(|e| Failure::input(format!("{rm}: {e}")))?;
    let refused = |e: hwh::JoinError| not_joined(rm, region, &e);
    let joined = hwh::join(&model, &rm_model, region).map_err(refused)?;
    let written = hwh::absolute(&model, &original, region).map_err(refused)?;
    let change = crate::atomic::write_if_changed(&cx.env.cwd.join(output), &written)
        .map_err(|e| Failure::environment(format!("{output}: {e}")))?;
    let already = written.as_ref() == original.as_slice();
    cx.shell
        .json(&json!({"output": output, "written": change, "already_absolute": already, "joined": joined}));
    if !cx.shell.is_json() {
        cx.shell.out(join_text(&joined, &rm_model, false).trim());
        let why = if already { ": its addresses were absolute already" } else { "" };
        cx.shell.status("Wrote", format!("{output}{why}"));
    }
    Ok(Exit::DONE)
}

fn show(cx: &mut Cx, args: &ShowArgs) -> CommandResult {
    let model = read(cx, &args.hwh)?;
    let joined = match (&args.rm, &args.region) {
        (Some(rm), Some(region)) => {
            let rm_model = read(cx, rm)?;
            let joined = hwh::join(&model, &rm_model, region).map_err(|e| not_joined(rm, region, &e))?;
            Some((joined, rm_model))
        }
        _ => None,
    };
    let mut value = object(&args.hwh, &model, args.registers);
    if let Some((joined, rm)) = &joined {
        value["joined"] = joined_json(joined, rm, args.registers);
    }
    cx.shell.json(&value);
    if !cx.shell.is_json() {
        cx.shell.out(text(&args.hwh, &model, args.registers).trim_end());
        if let Some((joined, rm)) = &joined {
            cx.shell.out(join_text(joined, rm, args.registers).trim_end());
        }
    }
    Ok(Exit::DONE)
}

fn object(path: &Utf8Path, model: &Hwh, registers: bool) -> Value {
    let modules: Vec<Value> = model.modules.iter().map(|m| module_json(model, m, registers)).collect();
    let ranges: Vec<Value> = model
        .memory_ranges()
        .map(|(owner, r)| {
            json!({
                "master": owner, "master_interface": r.master_interface,
                "slave": model.instance(&r.instance).map_or(r.instance.as_str(), |m| m.path()),
                "slave_interface": r.slave_interface, "base": r.base, "high": r.high,
                "kind": r.kind, "address_block": r.address_block, "instance": r.instance,
            })
        })
        .collect();
    json!({
        "file": path, "format": model.format, "vivado": model.vivado, "timestamp": model.timestamp,
        "system": model.system, "modules": modules, "memory_map": ranges,
        "interrupts": model.interrupts(), "gpio": model.gpio(), "clocks": model.ps_clocks(),
        "hierarchies": model.hierarchies(), "processing_system": model.processing_system().map(Module::path),
        "partial_regions": model.partial_regions(), "isolation": model.isolation(),
    })
}

/// The join, with each range's registers at their absolute addresses when they are asked for.
fn joined_json(joined: &Joined, rm: &Hwh, registers: bool) -> Value {
    let mut value = json!(joined);
    if registers {
        for (range, out) in joined.ranges.iter().zip(value["ranges"].as_array_mut().into_iter().flatten()) {
            let module = range.path.strip_prefix(&format!("{}/", joined.region)).and_then(|p| rm.module(p));
            let blocks = module.into_iter().flat_map(|m| &m.address_blocks);
            let list: Vec<Value> = blocks
                .filter(|b| b.name == range.address_block && b.interface == range.slave_interface)
                .flat_map(|b| b.registers.iter().filter(|r| r.enabled))
                .map(|r| {
                    json!({
                        "name": r.name, "address": range.base.saturating_add(r.offset), "offset": r.offset,
                        "size_bits": r.size_bits, "access": r.access, "fields": r.fields,
                    })
                })
                .collect();
            out["registers"] = Value::from(list);
        }
    }
    value
}

fn module_json(model: &Hwh, module: &Module, registers: bool) -> Value {
    let parameters: serde_json::Map<String, Value> =
        module.parameters.iter().map(|p| (p.name.clone(), Value::from(p.value.as_str()))).collect();
    let mut value = json!({
        "path": module.path(), "instance": module.instance, "vlnv": module.vlnv, "bd_type": module.bd_type,
        "bd": module.bd, "parameters": parameters, "apertures": model.apertures(&module.instance),
    });
    if registers {
        value["address_blocks"] = json!(module.address_blocks);
    }
    value
}

fn text(path: &Utf8Path, model: &Hwh, registers: bool) -> String {
    let mut out = String::new();
    let s = &model.system;
    let _ = writeln!(
        out,
        "{path}: {} for {} ({}{}{}), Vivado {}, written {}",
        s.name, s.arch, s.device, s.package, s.speed_grade, model.vivado, model.timestamp
    );
    let _ = writeln!(out, "\nmodules ({})", model.modules.len());
    for m in &model.modules {
        let vlnv = m.vlnv.as_ref().map_or_else(|| m.bd_type.clone().unwrap_or_default(), |v| v.0.clone());
        let _ = writeln!(out, "  {:<48} {vlnv}", m.path());
        if registers {
            out.push_str(&register_text(m, 0));
        }
    }
    let _ = writeln!(out, "\naddress map");
    for (owner, r) in model.memory_ranges() {
        let slave = model.instance(&r.instance).map_or(r.instance.as_str(), |m| m.path());
        let _ = writeln!(
            out,
            "  {:#012x}..={:#012x}  {slave}/{}  from {owner}/{}",
            r.base, r.high, r.slave_interface, r.master_interface
        );
    }
    let clocks = model.ps_clocks();
    if !clocks.is_empty() {
        let _ = writeln!(out, "\nclocks of the processing system");
        for c in clocks.iter().filter(|c| c.enabled) {
            let mhz = |v: Option<f64>| v.map_or_else(|| "?".to_owned(), |v| format!("{v}"));
            let _ = writeln!(
                out,
                "  {}: {} MHz (asked for {})",
                c.index,
                mhz(c.actual_mhz),
                mhz(c.requested_mhz)
            );
        }
    }
    let interrupts = model.interrupts();
    if !interrupts.is_empty() {
        let _ = writeln!(out, "\ninterrupts");
        for i in interrupts {
            let to = i.controller.unwrap_or_else(|| "processor".to_owned());
            let raw = i.raw.map_or_else(String::new, |n| format!(" (number {n})"));
            let _ = writeln!(out, "  {}/{} -> {to} input {}{raw}", i.source.module, i.source.port, i.index);
        }
    }
    let gpio = model.gpio();
    if !gpio.is_empty() {
        let _ = writeln!(out, "\ngpio of the processor");
        for g in gpio {
            let ends: Vec<String> =
                g.pins.iter().skip(1).map(|p| format!("{}/{}", p.module, p.port)).collect();
            let _ = writeln!(
                out,
                "  bit {} (width {}) through {} -> {}",
                g.index,
                g.width,
                g.slice,
                ends.join(", ")
            );
        }
    }
    for r in model.partial_regions() {
        let guard = if r.guarded_by.is_empty() { "nothing".to_owned() } else { r.guarded_by.join(", ") };
        let _ = writeln!(
            out,
            "\npartial region {} (default {}), isolated by {guard}",
            r.path,
            r.default_design.as_deref().unwrap_or("unknown")
        );
        for a in r.apertures {
            let _ = writeln!(out, "  {:#012x}..={:#012x}  {}", a.base, a.high, a.interface);
        }
    }
    out
}

fn join_text(joined: &Joined, rm: &Hwh, registers: bool) -> String {
    let mut out = format!("\nmodule {} in {}\n", joined.module, joined.region);
    for r in &joined.ranges {
        let _ = writeln!(
            out,
            "  {:#012x}..={:#012x}  {}  through {} ({})",
            r.base,
            r.high,
            r.path,
            r.interface,
            match r.placement {
                hwh::Placement::Absolute => "absolute in the file",
                hwh::Placement::Relocated => "aperture base + offset",
            }
        );
        let module = r.path.strip_prefix(&format!("{}/", joined.region)).and_then(|p| rm.module(p));
        if let (true, Some(module)) = (registers, module) {
            out.push_str(&register_text(module, r.base));
        }
    }
    for interface in &joined.unanswered {
        let _ = writeln!(out, "  {interface}: mapped, but this module answers nothing there");
    }
    out
}

fn register_text(module: &Module, base: u64) -> String {
    let mut out = String::new();
    for register in module.address_blocks.iter().flat_map(|b| &b.registers).filter(|r| r.enabled) {
        let _ = writeln!(
            out,
            "      {:#06x} {} ({} bits)",
            base.wrapping_add(register.offset),
            register.name,
            register.size_bits
        );
        for field in &register.fields {
            let _ = writeln!(
                out,
                "             [{}:{}] {}",
                field.bit_offset.saturating_add(field.bit_width).saturating_sub(1),
                field.bit_offset,
                field.name
            );
        }
    }
    out
}
