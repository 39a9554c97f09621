// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! write_bd_tcl: a script that makes the current block design again.

use std::fmt::Write as _;

use super::put;
use crate::model::bd::{BdDesign, BdKind};
use crate::session::{Outcome, Session, fail};
use crate::syntax::parse::Args;
use crate::tcl::list::{self, quote};

fn parent(path: &str) -> (&str, &str) {
    let (parent, local) = path.rsplit_once('/').unwrap_or(("", path));
    (if parent.is_empty() { "/" } else { parent }, local)
}

fn settings(out: &mut String, props: &crate::model::props::Props, object: &str) {
    let pairs: Vec<String> = props.iter().flat_map(|(n, v)| [n.to_owned(), v.to_owned()]).collect();
    if !pairs.is_empty() {
        let _ = writeln!(out, "set_property -dict {} {object}", quote(&list::join(pairs)));
    }
}

/// The commands for cells, pins, nets and addresses of a design.
fn body(design: &BdDesign) -> String {
    let mut out = String::new();
    let mut level = "/";
    let enter = |out: &mut String, path: &str| {
        let _ = writeln!(out, "current_bd_instance {}", quote(path));
    };
    for (path, cell) in &design.cells {
        let (inside, local) = parent(path);
        if inside != level {
            enter(&mut out, inside);
            level = inside;
        }
        let how = match cell.kind {
            BdKind::Hier => "-type hier".to_owned(),
            BdKind::Module => format!("-type module -reference {}", quote(&cell.reference)),
            BdKind::Container => format!("-type container -reference {}", quote(&cell.reference)),
            BdKind::Ip => format!("-type ip -vlnv {}", quote(&cell.vlnv)),
        };
        let _ = writeln!(out, "create_bd_cell {how} {}", quote(local));
        settings(&mut out, &cell.props, &format!("[get_bd_cells {}]", quote(path)));
    }
    enter(&mut out, "/");
    for (path, pin) in &design.pins {
        let port = BdDesign::is_port(path);
        let object = match (port, pin.interface) {
            (true, true) => "get_bd_intf_ports",
            (true, false) => "get_bd_ports",
            (false, true) => "get_bd_intf_pins",
            (false, false) => "get_bd_pins",
        };
        if port || design.on_boundary(path) {
            let what = object.replacen("get_", "create_", 1);
            let what = what.trim_end_matches('s');
            let mut how = String::new();
            if pin.interface {
                how += &format!(" -mode {} -vlnv {}", quote(&pin.dir), quote(&pin.kind));
            } else {
                how += &format!(" -dir {}", quote(&pin.dir));
                if let (Some(l), Some(r)) = (pin.left, pin.right) {
                    how += &format!(" -from {l} -to {r}");
                }
                if !pin.kind.is_empty() {
                    how += &format!(" -type {}", quote(&pin.kind));
                }
            }
            let _ = writeln!(out, "{what}{how} {}", quote(path));
        }
        settings(&mut out, &pin.props, &format!("[{object} {}]", quote(path)));
    }
    for (net, members) in &design.nets {
        let interface = design.is_interface_net(net);
        let objects: Vec<String> = members
            .iter()
            .map(|m| {
                let kind = if BdDesign::is_port(m) { "ports" } else { "pins" };
                format!("[get_bd_{}{kind} {}]", if interface { "intf_" } else { "" }, quote(m))
            })
            .collect();
        let command = if interface { "connect_bd_intf_net -intf_net" } else { "connect_bd_net -net" };
        let _ = writeln!(out, "{command} {} {}", quote(net), objects.join(" "));
    }
    for g in &design.segments {
        let local = g.name.rsplit('/').next().unwrap_or(&g.name);
        let _ = writeln!(
            out,
            "create_bd_addr_seg -range 0x{:X} -offset 0x{:X} [get_bd_addr_spaces {}] [get_bd_addr_segs {}] {}",
            g.range,
            g.offset,
            quote(&g.space),
            quote(&g.slave),
            quote(local)
        );
    }
    out
}

pub(crate) fn write_bd_tcl(s: &mut Session, args: &Args) -> Outcome {
    let release = s.release.name;
    let p = s.project()?;
    let part = p.part.clone();
    let current = p.current_bd.clone().unwrap_or_default();
    let Some(design) = p.block_designs.iter().find(|d| d.name == current) else {
        return fail("Common 17-69", "Command failed: No open block design. Please open or create one.");
    };
    let name = args.value("bd_name").unwrap_or(&design.name);
    let mut text = format!(
        "# SIMULATED: written by vivado-sim, the block design {}\nset scripts_vivado_version {release}\n",
        design.name
    );
    if !args.flag("no_project_wrapper") {
        let _ = write!(
            text,
            "if {{[get_projects -quiet] eq \"\"}} {{\n  create_project project_1 myproj -part {part}\n}}\n"
        );
    }
    let _ = write!(
        text,
        "set design_name {}\ncreate_bd_design $design_name\ncurrent_bd_design $design_name\n{}validate_bd_design\nsave_bd_design\n",
        quote(name),
        body(design)
    );
    put(s, args, ".tcl", &text)
}
