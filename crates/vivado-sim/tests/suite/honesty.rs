// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whatever the stand-in writes says that it is SIMULATED, where a reader of that kind of file looks first.

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use crate::Bench;

fn walk(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs_err::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() { walk(&path, out) } else { out.push(path) }
    }
}

#[test]
fn logs_checkpoints_bitstreams_and_reports_say_that_they_are_simulated() {
    let bench = Bench::new();
    bench.script(&bench.read("project_flow.tcl")).ends(0);
    let ran = bench.vivado(&["-mode", "batch", "-source", "top.v", "-nolog"]);
    assert!(ran.console.lines().next().unwrap().contains("SIMULATED"), "{}", ran.console);
    let mut files = Vec::new();
    walk(&bench.path(""), &mut files);
    let mut seen = std::collections::BTreeMap::<&str, usize>::new();
    for path in &files {
        let end = path.extension().unwrap_or_default().to_string_lossy().into_owned();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = fs_err::read(path).unwrap();
        let text = || String::from_utf8_lossy(&bytes).into_owned();
        let kind = match end.as_str() {
            "log" | "jou" | "vdi" | "vds" if !name.contains("pr_verify") => {
                let first = text().lines().find(|l| !l.trim().is_empty()).unwrap_or_default().to_owned();
                assert!(first.contains("SIMULATED"), "{}: first line {first:?}", path.display());
                "log"
            }
            "dcp" => {
                let mut zip = zip::ZipArchive::new(Cursor::new(bytes.clone())).unwrap();
                let mut index = String::new();
                zip.by_name("dcp.xml").unwrap().read_to_string(&mut index).unwrap();
                let product = index.lines().find(|l| l.contains("<PRODUCT")).unwrap();
                assert!(product.contains("SIMULATED"), "{}: {product}", path.display());
                "dcp"
            }
            "bit" => {
                // The design's attributes are the first field of the header: 'a', a length, a text.
                let at = 14;
                let length = usize::from(u16::from_be_bytes([bytes[at], bytes[at + 1]]));
                let attributes = String::from_utf8_lossy(&bytes[at + 2..at + 2 + length]);
                assert!(attributes.contains("SIMULATED"), "{}: {attributes}", path.display());
                "bit"
            }
            "rpt" => {
                assert!(text().contains("SIMULATED"), "{}", path.display());
                "rpt"
            }
            "xpr" => {
                assert!(text().lines().take(6).any(|l| l.contains("SIMULATED")), "{}", path.display());
                "xpr"
            }
            _ => continue,
        };
        *seen.entry(kind).or_default() += 1;
    }
    for (kind, least) in [("log", 8), ("dcp", 10), ("bit", 5), ("rpt", 10), ("xpr", 1)] {
        assert!(seen.get(kind).copied().unwrap_or(0) >= least, "{kind}: {seen:?}");
    }
}
