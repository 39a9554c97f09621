// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Checkpoints: a zip with `dcp.xml`, port stubs, constraints, `T_rda.json`, and the private state member.
//!
//! Outside readers see what they see in a real one; the product string says SIMULATED. A checkpoint without the
//! state member was made by real Vivado and cannot be opened here.

use std::fmt::Write as _;
use std::io::{Cursor, Read, Write};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::disk;
use crate::hdl::Port;
use crate::model::design::{Design, Stage};
use crate::release::Release;
use crate::util::{self, xml};

/// The member that only the stand-in reads.
const STATE: &str = "vivado_sim_state.json";

#[derive(Debug, thiserror::Error)]
pub(crate) enum DcpError {
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("not a checkpoint: {0}")]
    Zip(#[from] zip::result::ZipError),
    #[error("made by real Vivado: the stand-in cannot open it")]
    Real,
    #[error("its state cannot be read: {0}")]
    State(#[from] serde_json::Error),
}

/// Reads the design of a simulated checkpoint.
pub(crate) fn read(path: &Path) -> Result<Design, DcpError> {
    let bytes = disk::read(path)?;
    let mut archive = ZipArchive::new(Cursor::new(bytes))?;
    let mut text = String::new();
    match archive.by_name(STATE) {
        Ok(mut member) => member.read_to_string(&mut text)?,
        Err(_) => return Err(DcpError::Real),
    };
    let mut design: Design = serde_json::from_str(&text)?;
    design.name = format!("checkpoint_{}", path.file_stem().unwrap_or_default().to_string_lossy());
    Ok(design)
}

/// Writes `design`; `name` is the base of the members (the top, or the cell's module).
pub(crate) fn write(path: &Path, design: &Design, release: Release, host: &str) -> Result<(), DcpError> {
    let base = &design.top;
    let now = util::now();
    let mut members: Vec<(String, Vec<u8>)> = Vec::new();
    let stub = stub_v(design, release);
    members.push((format!("{base}_stub.v"), stub.into_bytes()));
    members.push((format!("{base}_stub.vhdl"), stub_vhdl(design).into_bytes()));
    members.push((format!("{base}.xdc"), constraints(design).into_bytes()));
    members.push((format!("{base}_rda.json"), rda(design, release, host).into_bytes()));
    if design.stage >= Stage::Placed {
        let what = format!("SIMULATED placement {}\n", design.seed.as_deref().unwrap_or("-"));
        if release.at_least(2023, 2) {
            members.push((format!("{base}.pdb"), what.clone().into_bytes()));
            if design.stage >= Stage::Routed {
                members.push((format!("{base}.rdb"), what.into_bytes()));
            }
        } else {
            members.push((format!("{base}.xdef"), what.into_bytes()));
        }
    }
    if design.out_of_context && design.stage <= Stage::Synthesized {
        members.push((format!("{base}_in_context.xdc"), b"# SIMULATED\n".to_vec()));
    }
    members.push((STATE.to_owned(), serde_json::to_vec(design)?));
    let index = index(design, release, &members, now);
    members.insert(0, ("dcp.xml".to_owned(), index.into_bytes()));
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in &members {
        zip.start_file(name.as_str(), options)?;
        zip.write_all(bytes)?;
    }
    let digest = util::digest(&[serde_json::to_vec(design)?]);
    zip.set_comment(format!("E4{}", &digest[..43]))?;
    let bytes = zip.finish()?.into_inner();
    // Not torn when the process is killed: written beside, then renamed.
    let temporary = path.with_extension("dcp.tmp");
    disk::write(&temporary, bytes)?;
    disk::rename(&temporary, path)?;
    Ok(())
}

fn index(design: &Design, release: Release, members: &[(String, Vec<u8>)], now: u64) -> String {
    let bit = |b: bool| u8::from(b);
    let versal = crate::model::device::Part::read(&design.part)
        .is_some_and(|p| p.family == crate::model::device::Family::Versal);
    let mut out = format!(
        "<?xml version=\"1.0\"?>\n<!-- SIMULATED by vivado-sim -->\n<Checkpoint Version=\"{}\" Minor=\"0\">\n\t<BUILD_NUMBER Name=\"{}\"/>\n\t<FULL_BUILD Name=\"SW Build {} on {}\"/>\n\t<PRODUCT Name=\"{}\"/>\n\t<Part Name=\"{}\"/>\n\t<FeatureSet Name=\"FeatureSet_Classic\"/>\n\t<NEXTGEN_VERSAL Name=\"{}\"/>\n",
        release.dcp_version,
        release.build,
        release.build,
        release.date,
        release.product(),
        xml(&design.part),
        bit(versal),
    );
    if !design.board_part.is_empty() {
        let _ = writeln!(out, "\t<BoardPart Name=\"{}\"/>", xml(&design.board_part));
    }
    let _ = write!(
        out,
        "\t<Top Name=\"{}\"/>\n\t<DisableAutoIOBuffers Name=\"{1}\"/>\n\t<OutOfContext Name=\"{1}\"/>\n\t<MacroLevel Name=\"1\"/>\n",
        xml(&design.top),
        bit(design.out_of_context)
    );
    if design.from_run {
        out.push_str("\t<RunGenerated Name=\"1\"/>\n");
    }
    let _ = writeln!(out, "\t<HDPlatform Name=\"{}\"/>", bit(design.cell_checkpoint));
    if design.cell_checkpoint {
        out.push_str("\t<HDInfo Name=\"HD.RECONFIGURABLE\"/>\n");
    }
    for (path, _) in design.reconfigurable().filter(|(_, c)| c.black_box) {
        let _ = writeln!(out, "\t<HDBlackboxInfo Name=\"{} HD.RECONFIGURABLE\"/>", xml(path));
    }
    for (name, _) in members {
        let kind = match name.rsplit_once('.').map(|(_, e)| e) {
            Some("v") => "VERILOG_STUB",
            Some("vhdl") => "VHDL_STUB",
            Some("xdc") if name.ends_with("_in_context.xdc") => "XDC_IN_CONTEXT",
            Some("xdc") => "XDC",
            Some("pdb") => "PHYSDB_PLACE",
            Some("rdb") => "PHYSDB_ROUTE",
            Some("xdef") => "XDEF",
            Some("json") if name == STATE => "SIMULATED_STATE",
            _ => "JSON_RDA",
        };
        let _ = writeln!(out, "\t<File Type=\"{kind}\" Name=\"{}\" ModTime=\"{now}\"/>", xml(name));
    }
    out.push_str("</Checkpoint>\n");
    out
}

fn stub_v(design: &Design, release: Release) -> String {
    let names: Vec<&str> = design.ports.iter().map(|p| p.name.as_str()).collect();
    let mut out = String::new();
    for line in release.copyright().replace(" Copyright 2022", "\nCopyright 2022").lines() {
        let _ = writeln!(out, "// {line}");
    }
    let _ = write!(
        out,
        "// SIMULATED by vivado-sim\n// Tool Version: {}\n\n// An empty module with the ports: a black box for synthesis.\n(* ECO_CHECKSUM = \"{}\" *) \nmodule {}({});\n",
        release.tool_version(),
        &util::digest(&[&design.netlist])[..8],
        design.top,
        names.join(", ")
    );
    for port in &design.ports {
        let _ = writeln!(out, "  {} {}{};", port.dir.verilog(), range(port), port.name);
    }
    out.push_str("endmodule\n");
    out
}

fn range(port: &Port) -> String {
    port.range.map(|(l, r)| format!("[{l}:{r}]")).unwrap_or_default()
}

fn stub_vhdl(design: &Design) -> String {
    let mut out = format!(
        "-- SIMULATED by vivado-sim\nlibrary IEEE;\nuse IEEE.STD_LOGIC_1164.ALL;\n\nentity {} is\n  Port ( \n",
        design.top
    );
    let lines: Vec<String> = design
        .ports
        .iter()
        .map(|p| {
            let dir = match p.dir {
                crate::hdl::Dir::In => "in",
                crate::hdl::Dir::Out => "out",
                crate::hdl::Dir::Inout => "inout",
            };
            let kind = match p.range {
                Some((l, r)) if l >= r => format!("STD_LOGIC_VECTOR ( {l} downto {r} )"),
                Some((l, r)) => format!("STD_LOGIC_VECTOR ( {l} to {r} )"),
                None => "STD_LOGIC".to_owned(),
            };
            format!("    {} : {dir} {kind}", p.name)
        })
        .collect();
    let _ = write!(out, "{}\n  );\n\nend {};\n", lines.join(";\n"), design.top);
    out
}

/// The constraints as read, then the Pblocks as they stand.
fn constraints(design: &Design) -> String {
    let mut out = String::new();
    for (i, (file, text)) in design.constraints.iter().enumerate() {
        let _ = writeln!(
            out,
            "set_property SRC_FILE_INFO {{cfile:{file} rfile:{file} id:{}}} [current_design]",
            i + 1
        );
        out.push_str(text);
        if !text.ends_with('\n') {
            out.push('\n');
        }
    }
    for pblock in &design.pblocks {
        let _ = writeln!(out, "create_pblock {}", pblock.name);
        for cell in &pblock.cells {
            let _ = writeln!(
                out,
                "add_cells_to_pblock [get_pblocks {}] [get_cells -quiet [list {}]]",
                pblock.name,
                crate::tcl::list::quote(cell)
            );
        }
        for range in &pblock.ranges {
            let _ = writeln!(out, "resize_pblock [get_pblocks {}] -add {{{range}}}", pblock.name);
        }
        for (name, value) in pblock.props.iter() {
            let _ = writeln!(
                out,
                "set_property {name} {} [get_pblocks {}]",
                crate::tcl::list::quote(value),
                pblock.name
            );
        }
    }
    out
}

fn rda(design: &Design, release: Release, host: &str) -> String {
    let timing = design.timing.clone().unwrap_or_default();
    let number = |v: Option<f64>| v.map(|v| format!("{v:.3}")).unwrap_or_default();
    let value = serde_json::json!({
        "Report Information": {
            "Copyright": release.copyright(),
            "Tool Version": release.tool_version(),
            "Date": util::asctime(util::local_now()),
            "Host": host,
            "Command": "report_design_analysis (SIMULATED)",
            "Design": design.top,
            "Device": design.part,
            "Design State": if design.stage >= Stage::Routed { "Routed" } else { design.stage.report() },
        },
        "Design QoR Summary": [{
            "Task Name": "route_design",
            "WNS(ns)": number(timing.wns),
            "TNS(ns)": number(timing.tns),
            "WHS(ns)": number(timing.whs),
            "THS(ns)": number(timing.ths),
        }],
    });
    serde_json::to_string_pretty(&value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Design, Release, Stage, read, write};
    use crate::hdl::{Dir, Port};
    use crate::model::design::Cell;

    #[test]
    fn a_design_survives_and_outside_readers_see_it_is_simulated() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("top_routed_bb.dcp");
        let mut design = Design {
            part: "xc7z020clg400-1".into(),
            top: "top".into(),
            stage: Stage::Routed,
            ..Design::default()
        };
        design.ports.push(Port { name: "q".into(), dir: Dir::Out, range: Some((3, 0)) });
        design.cells.insert("u_rp".into(), Cell { black_box: true, reconfigurable: true, ..Cell::default() });
        write(&path, &design, Release::find("2024.2").unwrap(), "host").unwrap();
        let back = read(&path).unwrap();
        assert_eq!((back.part.as_str(), back.ports.len(), back.stage), ("xc7z020clg400-1", 1, Stage::Routed));
        let mut zip = zip::ZipArchive::new(fs_err::File::open(&path).unwrap()).unwrap();
        let mut xml = String::new();
        std::io::Read::read_to_string(&mut zip.by_name("dcp.xml").unwrap(), &mut xml).unwrap();
        assert!(xml.contains("<PRODUCT Name=\"Vivado v2024.2 (64-bit) SIMULATED\"/>"));
        assert!(xml.contains("<HDBlackboxInfo Name=\"u_rp HD.RECONFIGURABLE\"/>"));
        roxmltree::Document::parse(&xml).unwrap();
        let mut stub = String::new();
        std::io::Read::read_to_string(&mut zip.by_name("top_stub.v").unwrap(), &mut stub).unwrap();
        assert!(stub.contains("output [3:0]q;"));
    }
}
