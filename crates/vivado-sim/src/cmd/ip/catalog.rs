// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The IP catalogue: versions of IP that block designs of DFX projects use, and what user repositories hold.
//!
//! The catalogue is open: a full VLNV (vendor, library, name, version) always names an IP, so that designs on
//! repositories that are not here can be played. A pattern finds the listed IP and the `component.xml` files below
//! IP_REPO_PATHS. Versions are those that public scripts of 2020 to 2024 use; where releases differ, the later one.

use std::path::{Path, PathBuf};

use crate::cmd::{property, query};
use crate::disk;
use crate::model::filter;
use crate::model::object::Kind;
use crate::session::{Outcome, Session, fail};
use crate::syntax::parse::Args;
use crate::tcl::list;
use crate::util;

/// Name and version, `xilinx.com:ip`.
const KNOWN: [(&str, &str); 92] = [
    ("ai_engine", "2.0"),
    ("axi4stream_vip", "1.1"),
    ("axi_apb_bridge", "3.0"),
    ("axi_bram_ctrl", "4.1"),
    ("axi_cdma", "4.1"),
    ("axi_clock_converter", "2.1"),
    ("axi_crossbar", "2.1"),
    ("axi_data_fifo", "2.1"),
    ("axi_datamover", "5.1"),
    ("axi_dbg_hub", "2.0"),
    ("axi_dma", "7.1"),
    ("axi_dwidth_converter", "2.1"),
    ("axi_emc", "3.0"),
    ("axi_ethernet", "7.2"),
    ("axi_ethernetlite", "3.0"),
    ("axi_fifo_mm_s", "4.2"),
    ("axi_firewall", "1.2"),
    ("axi_gpio", "2.0"),
    ("axi_hwicap", "3.0"),
    ("axi_iic", "2.1"),
    ("axi_intc", "4.1"),
    ("axi_interconnect", "2.1"),
    ("axi_mcdma", "1.1"),
    ("axi_mmu", "2.1"),
    ("axi_noc", "1.0"),
    ("axi_pcie", "2.9"),
    ("axi_perf_mon", "5.0"),
    ("axi_protocol_checker", "2.0"),
    ("axi_protocol_converter", "2.1"),
    ("axi_quad_spi", "3.2"),
    ("axi_register_slice", "2.1"),
    ("axi_sideband_util", "1.0"),
    ("axi_timebase_wdt", "3.0"),
    ("axi_timer", "2.0"),
    ("axi_traffic_gen", "3.0"),
    ("axi_uart16550", "2.0"),
    ("axi_uartlite", "2.0"),
    ("axi_vdma", "6.3"),
    ("axi_vip", "1.1"),
    ("axis_broadcaster", "1.1"),
    ("axis_clock_converter", "1.1"),
    ("axis_combiner", "1.1"),
    ("axis_data_fifo", "2.0"),
    ("axis_dwidth_converter", "1.1"),
    ("axis_ila", "1.1"),
    ("axis_interconnect", "2.1"),
    ("axis_register_slice", "1.1"),
    ("axis_subset_converter", "1.1"),
    ("axis_switch", "1.1"),
    ("blk_mem_gen", "8.4"),
    ("c_accum", "12.0"),
    ("c_addsub", "12.0"),
    ("c_counter_binary", "12.0"),
    ("c_shift_ram", "12.0"),
    ("clk_wiz", "6.0"),
    ("clk_wizard", "1.0"),
    ("cordic", "6.0"),
    ("dds_compiler", "6.0"),
    ("ddr4", "2.2"),
    ("debug_bridge", "3.0"),
    ("dfx_axi_shutdown_manager", "1.0"),
    ("dfx_bitstream_monitor", "1.0"),
    ("dfx_controller", "1.0"),
    ("dfx_decoupler", "1.0"),
    ("dist_mem_gen", "8.0"),
    ("emb_mem_gen", "1.0"),
    ("fifo_generator", "13.2"),
    ("fir_compiler", "7.2"),
    ("ila", "6.2"),
    ("jtag_axi", "1.2"),
    ("lmb_bram_if_cntlr", "4.0"),
    ("lmb_v10", "3.0"),
    ("mdm", "3.2"),
    ("microblaze", "11.0"),
    ("mig_7series", "4.2"),
    ("mult_gen", "12.0"),
    ("pr_axi_shutdown_manager", "1.0"),
    ("pr_decoupler", "1.0"),
    ("prc", "1.3"),
    ("proc_sys_reset", "5.0"),
    ("processing_system7", "5.5"),
    ("smartconnect", "1.0"),
    ("system_ila", "1.1"),
    ("util_ds_buf", "2.2"),
    ("util_reduced_logic", "2.0"),
    ("util_vector_logic", "2.0"),
    ("versal_cips", "3.4"),
    ("vio", "3.0"),
    ("xdma", "4.1"),
    ("xfft", "9.1"),
    ("xlconcat", "2.1"),
    ("zynq_ultra_ps_e", "3.5"),
];

/// More names that are one version everywhere.
const PLAIN: [(&str, &str); 3] = [("xlconstant", "1.1"), ("xlslice", "1.0"), ("xxv_ethernet", "4.1")];

/// The text between `<spirit:tag>` and its end, first occurrence.
fn element<'a>(text: &'a str, tag: &str) -> Option<&'a str> {
    let from = text.find(&format!("<spirit:{tag}>"))? + tag.len() + 9;
    text[from..].split('<').next()
}

/// The VLNV of a `component.xml`.
pub(super) fn vlnv_of(file: &Path) -> Option<String> {
    let text = disk::read_to_string(file).ok()?;
    let parts: Vec<&str> =
        ["vendor", "library", "name", "version"].iter().map(|t| element(&text, t)).collect::<Option<_>>()?;
    Some(parts.join(":"))
}

fn search(dir: &Path, depth: usize, out: &mut Vec<String>) {
    let own = dir.join("component.xml");
    if disk::is_file(&own) {
        out.extend(vlnv_of(&own));
        return;
    }
    let Ok(entries) = disk::read_dir(dir) else { return };
    for path in entries.into_iter().filter(|p| depth > 0 && disk::is_dir(p)) {
        search(&path, depth - 1, out);
    }
}

/// Everything that is listed, and what the project's repositories hold.
fn all(s: &Session) -> Vec<String> {
    let mut out: Vec<String> =
        KNOWN.iter().chain(&PLAIN).map(|(n, v)| format!("xilinx.com:ip:{n}:{v}")).collect();
    let mut dirs: Vec<PathBuf> = Vec::new();
    if let Some(p) = &s.project {
        let sets = p.filesets.iter().filter_map(|f| f.props.get("IP_REPO_PATHS"));
        for paths in p.props.get("IP_REPO_PATHS").into_iter().chain(sets) {
            dirs.extend(list::split_loose(paths).iter().map(|d| s.path(d)));
        }
    }
    for dir in dirs {
        search(&dir, 4, &mut out);
    }
    out.sort();
    out.dedup();
    out
}

/// The full VLNV for one without version, or with a pattern for it.
pub(crate) fn complete(s: &Session, vlnv: &str) -> String {
    let parts: Vec<&str> = vlnv.split(':').collect();
    let open = parts.len() < 4 || parts[3].contains('*') || parts[3].is_empty();
    if !open || parts.len() < 3 {
        return vlnv.to_owned();
    }
    let wanted = format!("{}:*", parts[..3].join(":"));
    let found = all(s).into_iter().rfind(|v| util::glob(&wanted, v));
    found.unwrap_or_else(|| format!("{}:1.0", parts[..3].join(":")))
}

/// `get_ipdefs`.
pub(crate) fn definitions(s: &mut Session, args: &Args) -> Outcome {
    let patterns = args.words_from(0);
    let listed = all(s);
    let by_name = args.flag("name");
    let mut names: Vec<String> = Vec::new();
    if patterns.is_empty() {
        names.clone_from(&listed);
    }
    for pattern in &patterns {
        let short = |v: &str| v.split(':').nth(2).unwrap_or_default().to_owned();
        let hits: Vec<String> = listed
            .iter()
            .filter(|v| util::glob(pattern, v) || (by_name && util::glob(pattern, &short(v))))
            .cloned()
            .collect();
        let words: Vec<&str> = pattern.split(':').collect();
        // A full VLNV is believed, whatever its version; so is one of the vendor's own that leaves only the version open.
        let own = words[0] == "xilinx.com" || words.get(3).is_some_and(|v| !v.contains('*'));
        if hits.is_empty() && words.len() == 4 && own && !words[..3].concat().contains('*') {
            names.push(complete(s, pattern));
        }
        names.extend(hits);
    }
    if let Some(text) = args.value("filter").map(str::to_owned) {
        let mut kept = Vec::new();
        for name in names {
            match filter::matches(&text, &mut |p| property::get(s, Kind::IpDef, &name, p)) {
                Some(true) => kept.push(name),
                Some(false) => {}
                None => {
                    return fail(
                        "Common 17-48",
                        format!("get_ipdefs: filter expression '{text}' is not valid."),
                    );
                }
            }
        }
        names = kept;
    }
    names.dedup();
    if names.is_empty() && !args.quiet {
        s.warning("Coretcl 2-1043", format!("No IP definitions matched '{}'.", patterns.join(" ")));
    }
    Ok(query::found(s, Kind::IpDef, names))
}

/// The catalogue's own directory, with the Tcl interfaces that build scripts source from it.
fn repository(s: &Session) -> PathBuf {
    let root = s.scratch.join("ip");
    for core in ["dfx_controller_v1_0", "prc_v1_2", "prc_v1_3"] {
        let dir = root.join("xilinx").join(core).join("tcl");
        let text = include_str!("../../tcl/icap.tcl").replace("@CORE@", core);
        // Where it cannot be written the script's own `source` tells.
        let _ = disk::create_dir_all(&dir).and_then(|()| disk::write(dir.join("api.tcl"), text));
    }
    root
}

/// Properties of a catalogue entry.
pub(crate) fn definition(s: &Session, vlnv: &str, prop: &str) -> Option<String> {
    let mut parts = vlnv.split(':');
    let (vendor, library, ip, version) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    Some(match prop {
        "VLNV" => vlnv.to_owned(),
        "VENDOR" => vendor.to_owned(),
        "LIBRARY" => library.to_owned(),
        "NAME" | "DISPLAY_NAME" => ip.to_owned(),
        "VERSION" => version.to_owned(),
        "DESIGN_TOOL_CONTEXTS" => "HDL IPI".to_owned(),
        "UPGRADE_VERSIONS" => String::new(),
        "REPOSITORY" => util::text(&repository(s)),
        _ => return None,
    })
}
