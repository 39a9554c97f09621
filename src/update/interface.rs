// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Does what is described today still meet the golden? Checked in milliseconds, before Vivado, with expected and actual.
//!
//! Compared: Vivado release, part, project top, and for every partition its cell, RTL module and Pblock; after the synthesis of a module
//! also its ports against the golden's port stub ([`ports`]); before anything runs, the ports that the HDL of the requested modules declares ([`headers`]). Static sources may have changed as long as the interface holds: the child is built on the
//! golden static, not on them. The drift is listed, never hidden.

use camino::Utf8Path;
use serde::Serialize;

use crate::design::Design;
use crate::gates::Verdict;
use crate::golden::Golden;
use crate::golden::manifest::{Role, port_lines};
use crate::hash;
use crate::hdl::{self, Comparison};
use crate::runtree::dcp::Dcp;

/// One comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was compared.
    pub what: String,
    /// Verdict: refused findings stop the update.
    pub verdict: Verdict,
    /// What the golden says.
    pub expected: String,
    /// What is there now.
    pub actual: String,
}

/// Compares a description with a golden.
pub fn compare(design: &Design, golden: &Golden) -> Vec<Finding> {
    let m = &golden.manifest;
    let spec = &design.spec;
    let mut findings = vec![
        finding("project", &m.project, &spec.project.name),
        finding("part", &m.part, &spec.project.part),
        finding("top of the static", &m.static_design.top, &spec.static_design.top),
    ];
    if let Some(release) = &spec.project.vivado {
        findings.push(finding("Vivado release", &m.vivado, release));
    }
    let names = |names: Vec<&str>| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    findings.push(finding(
        "partitions",
        &names(m.partitions.iter().map(|p| p.name.as_str()).collect()),
        &names(spec.partitions.keys().map(String::as_str).collect()),
    ));
    for golden_partition in &m.partitions {
        let Some(partition) = spec.partitions.get(&golden_partition.name) else { continue };
        let of = |what: &str| format!("{what} of partition {}", golden_partition.name);
        findings.push(finding(&of("cell"), &golden_partition.cell, &partition.cell));
        if let Some(module) = &golden_partition.module {
            findings.push(finding(&of("RTL module"), module, &partition.module));
        }
        let ranges = |r: &[String]| {
            if r.is_empty() { "none here (in the constraints)".to_owned() } else { r.join(" ") }
        };
        let pblock: &[String] = partition.pblock.as_ref().map_or(&[], |p| &p.ranges);
        findings.push(finding(&of("Pblock"), &ranges(&golden_partition.pblock_ranges), &ranges(pblock)));
    }
    findings
}

/// What the golden checkpoints say of themselves, against the description and the Vivado that will run: the manifest could be of other files than it says.
/// `path` is the black-boxed checkpoint, re-hashed.
pub fn checkpoint(design: &Design, golden: &Golden, path: &Utf8Path) -> Vec<Finding> {
    match Dcp::read(path) {
        Ok(dcp) => said_by(design, golden, &dcp),
        Err(e) => vec![Finding {
            what: "dcp.xml of the black-boxed checkpoint".into(),
            verdict: Verdict::Unknown,
            expected: "a checkpoint that can be read".into(),
            actual: e.to_string(),
        }],
    }
}

/// The same for a checkpoint that was read.
pub fn said_by(design: &Design, golden: &Golden, dcp: &Dcp) -> Vec<Finding> {
    let m = &golden.manifest;
    let of = |what: &str| format!("{what} in dcp.xml of the golden checkpoint");
    let said = |what: &str, expected: &str, actual: Option<&String>| match actual {
        Some(actual) => finding(&of(what), expected, actual),
        None => Finding {
            what: of(what),
            verdict: Verdict::Unknown,
            expected: expected.to_owned(),
            actual: "the checkpoint does not say".to_owned(),
        },
    };
    let mut findings = vec![
        said("part", &design.spec.project.part, dcp.part.as_ref()),
        said("top", &m.static_design.top, dcp.top.as_ref()),
        said("Vivado release", &m.vivado, dcp.release.as_ref()),
    ];
    if let Some(build) = &m.vivado_build {
        findings.push(said("Vivado build", build, dcp.build.as_ref()));
    }
    let sorted = |mut cells: Vec<&str>| {
        cells.sort_unstable();
        cells.join(", ")
    };
    let expected = sorted(design.spec.partitions.values().map(|p| p.cell.as_str()).collect());
    let actual = sorted(dcp.blackboxes.iter().map(String::as_str).collect());
    // Releases before 2020 do not list them.
    let actual = Some(actual).filter(|a| !a.is_empty());
    findings.push(said("partitions", &expected, actual.as_ref()));
    findings
}

/// Sources of the static that differ from those of the release: `changed NAME`, `new NAME`, `gone NAME`. Legal, but worth knowing.
pub fn drift(design: &Design, golden: &Golden) -> std::io::Result<Vec<String>> {
    let mut drift = Vec::new();
    let archived: Vec<_> = golden.manifest.files.iter().filter(|f| f.role == Role::Source).collect();
    let now: Vec<_> = design.static_sources.iter().chain(&design.static_constraints).collect();
    for file in &now {
        let (sha256, _) = hash::sha256_file(&file.path)?;
        match archived.iter().find(|f| f.subject == file.name.as_str()) {
            Some(old) if old.sha256 == sha256 => {}
            Some(_) => drift.push(format!("changed {}", file.name)),
            None => drift.push(format!("new {}", file.name)),
        }
    }
    // Sources of modules are in the archive too: only those that no module names today can be gone from the static.
    let known: Vec<&str> = design.all_files().map(|f| f.name.as_str()).collect();
    for old in archived {
        if !known.contains(&old.subject.as_str()) {
            drift.push(format!("gone {}", old.subject));
        }
    }
    Ok(drift)
}

/// Compares the ports that the HDL of the requested modules declares with the golden interface. What the text does not tell for certain is unknown here
/// and left to [`ports`], after the synthesis.
pub fn headers(design: &Design, golden: &Golden, modules: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for name in modules {
        let Some(module) = design.spec.modules.get(name).filter(|m| !m.greybox) else { continue };
        let what = format!("declared ports of module {name}");
        let unknown = |why: String| Finding {
            what: what.clone(),
            verdict: Verdict::Unknown,
            expected: format!("the ports of partition {}", module.partition),
            actual: why,
        };
        let archived = golden.manifest.partitions.iter().find(|p| p.name == module.partition);
        let Some(golden_side) = archived.and_then(|p| p.ports.as_deref()).and_then(hdl::of_stub) else {
            findings.push(unknown("the golden has no port stub that is read".into()));
            continue;
        };
        let found = match declared(design, name) {
            Ok(found) => found,
            Err(e) => {
                findings.push(unknown(e.to_string()));
                continue;
            }
        };
        findings.push(match hdl::compare(&golden_side, &found) {
            Comparison::Equal => {
                let text = format!("{} ports", found.ports.len());
                Finding { what, verdict: Verdict::Passed, expected: text.clone(), actual: text }
            }
            Comparison::Different(differences) => {
                // Pair by pair: what stands at one place of both belongs together.
                let side = |file: &str, of: fn(&hdl::Difference) -> Option<&hdl::Port>| {
                    let ports = differences.iter().map(|d| match of(d) {
                        Some(port) if port.line > 0 => format!("{file}:{}: {port}", port.line),
                        Some(port) => format!("{file}: {port}"),
                        None => "no such port".to_owned(),
                    });
                    ports.collect::<Vec<_>>().join("; ")
                };
                Finding {
                    what,
                    verdict: Verdict::Refused,
                    expected: side(&golden_side.file, |d| d.first.as_ref()),
                    actual: side(&found.file, |d| d.second.as_ref()),
                }
            }
            Comparison::Unknown(why) => unknown(why.join("; ")),
        });
    }
    findings
}

/// Ports of a module of the description, from its sources.
pub fn declared(design: &Design, name: &str) -> Result<hdl::Interface, hdl::HdlError> {
    let module = &design.spec.modules[name];
    let top = module
        .top
        .as_deref()
        .or_else(|| design.spec.partitions.get(&module.partition).map(|p| p.module.as_str()))
        .unwrap_or_default();
    let include_dirs: Vec<_> = module.include_dirs.iter().map(|d| design.root.join(d)).collect();
    let given =
        hdl::Given { defines: &module.defines, generics: &module.generics, include_dirs: &include_dirs };
    let sources = design.modules.get(name).map_or(&[][..], |m| m.sources.as_slice());
    hdl::read(sources, top, given)
}

/// Compares the ports of a synthesised module with the golden interface of its partition: both lists side by side when they differ.
pub fn ports(partition: &str, golden_stub: Option<&str>, module_stub: Option<&str>) -> Finding {
    let what = format!("ports of partition {partition}");
    let (Some(golden_stub), Some(module_stub)) = (golden_stub, module_stub) else {
        let side = if golden_stub.is_none() {
            "the golden has no port stub"
        } else {
            "the module's checkpoint has no port stub"
        };
        return Finding {
            what,
            verdict: Verdict::Unknown,
            expected: "equal ports".into(),
            actual: side.into(),
        };
    };
    let (expected, actual) = (port_lines(golden_stub), port_lines(module_stub));
    if expected.is_empty() || actual.is_empty() {
        return Finding {
            what,
            verdict: Verdict::Unknown,
            expected: "readable port stubs".into(),
            actual: "a stub without ports".into(),
        };
    }
    if expected == actual {
        let text = format!("{} ports", expected.len());
        return Finding { what, verdict: Verdict::Passed, expected: text.clone(), actual: text };
    }
    let only = |a: &[String], b: &[String]| {
        a.iter().filter(|p| !b.contains(p)).cloned().collect::<Vec<_>>().join("; ")
    };
    Finding {
        what,
        verdict: Verdict::Refused,
        expected: only(&expected, &actual),
        actual: only(&actual, &expected),
    }
}

fn finding(what: &str, expected: &str, actual: &str) -> Finding {
    let verdict = if expected == actual { Verdict::Passed } else { Verdict::Refused };
    Finding { what: what.to_owned(), verdict, expected: expected.to_owned(), actual: actual.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differing_ports_are_shown_side_by_side() {
        let golden = "module m(clk, d);\n input clk;\n input [7:0]d;\nendmodule";
        let same = "module m(d, clk);\n input [7:0] d;\n input clk;\nendmodule";
        let other = "module m(clk, d, q);\n input clk;\n input [15:0]d;\n output q;\nendmodule";
        assert_eq!(ports("p", Some(golden), Some(same)).verdict, Verdict::Passed);
        let found = ports("p", Some(golden), Some(other));
        assert_eq!(found.verdict, Verdict::Refused);
        assert_eq!(found.expected, "input [7:0] d");
        assert_eq!(found.actual, "input [15:0] d; output q");
    }

    #[test]
    fn a_missing_stub_is_unknown_never_passed() {
        assert_eq!(ports("p", None, Some("module m(a); input a; endmodule")).verdict, Verdict::Unknown);
        assert_eq!(ports("p", Some("module m(a); input a; endmodule"), Some("")).verdict, Verdict::Unknown);
    }
}
