// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Design rule checks that the model can make: black boxes, partition Pblocks, ports, I/O standards.
//!
//! Severities of HDPR rules beyond the confirmed ones follow facts 4.5. Overlap is judged on the drawn ranges of one
//! site type; frames and snapping are the floorplan checker's business.

use crate::hdl::Dir;
use crate::model::design::Design;
use crate::model::device::{Family, Part};
use crate::session::Session;
use crate::session::console::Severity;

#[derive(Debug, Clone)]
pub(crate) struct Violation {
    pub(crate) rule: &'static str,
    pub(crate) severity: Severity,
    pub(crate) title: &'static str,
    pub(crate) text: String,
}

/// The moment that asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    Opt,
    Place,
    Bitstream,
    Report,
}

/// All violations of a design at one moment, with severities as the script may have set them.
pub(crate) fn check(s: &Session, design: &Design, when: When) -> Vec<Violation> {
    let mut out = Vec::new();
    if matches!(when, When::Opt | When::Report) {
        black_boxes(design, &mut out);
    }
    if matches!(when, When::Place | When::Report) {
        partitions(s, design, &mut out);
    }
    if matches!(when, When::Bitstream) {
        io(design, &mut out);
    }
    for violation in &mut out {
        if let Some(given) =
            s.params.get(&format!("drc {} SEVERITY", violation.rule)).and_then(|v| Severity::read(v))
        {
            violation.severity = given;
        }
    }
    out.retain(|v| {
        s.params.get(&format!("drc {} IS_ENABLED", v.rule)).is_none_or(|e| crate::model::props::truth(e))
    });
    out
}

fn black_boxes(design: &Design, out: &mut Vec<Violation>) {
    for (path, cell) in design.cells.iter().filter(|(_, c)| c.black_box && !c.grey_box) {
        out.push(Violation {
            rule: "INBB-3",
            severity: Severity::Error,
            title: "Black Box Instances",
            text: format!(
                "Cell '{path}' of type '{}' has undefined contents and is considered a black box.  The contents of this cell must be defined for opt_design to complete successfully.",
                cell.module
            ),
        });
    }
}

/// `TYPE`, x and y bounds of a range.
fn rectangle(range: &str) -> Option<(String, [u64; 4])> {
    let site = |w: &str| -> Option<(String, u64, u64)> {
        let (kind, place) = w.rsplit_once('_')?;
        let (x, y) = place.strip_prefix('X')?.split_once('Y')?;
        Some((kind.to_owned(), x.parse().ok()?, y.parse().ok()?))
    };
    let (a, b) = range.split_once(':').unwrap_or((range, range));
    let ((kind, x1, y1), (_, x2, y2)) = (site(a)?, site(b)?);
    Some((kind, [x1.min(x2), y1.min(y2), x1.max(x2), y1.max(y2)]))
}

fn overlap(a: &[String], b: &[String]) -> bool {
    a.iter().filter_map(|r| rectangle(r)).any(|(kind, r)| {
        b.iter()
            .filter_map(|q| rectangle(q))
            .any(|(other, q)| kind == other && r[0] <= q[2] && q[0] <= r[2] && r[1] <= q[3] && q[1] <= r[3])
    })
}

fn partitions(s: &Session, design: &Design, out: &mut Vec<Violation>) {
    let family = Part::read(&design.part).map(|p| p.family);
    let cells: Vec<_> = design.reconfigurable().collect();
    for (path, cell) in &cells {
        match design.pblock_of(path) {
            // The real id of a missing Pblock is not established.
            None => out.push(Violation {
                rule: "HDPR-14",
                severity: Severity::Error,
                title: "Reconfigurable cell without Pblock",
                text: format!("Reconfigurable cell '{path}' is not in a Pblock."),
            }),
            Some(pblock) if pblock.ranges.is_empty() => out.push(Violation {
                rule: "HDPR-18",
                severity: Severity::Error,
                title: "Reconfigurable Pblock range",
                text: format!("HD.RECONFIGURABLE Pblock '{}' has no site ranges.", pblock.name),
            }),
            Some(pblock) => {
                let reset = pblock.props.truth("RESET_AFTER_RECONFIG").unwrap_or(false);
                if reset && family.is_some_and(|f| f != Family::Series7) {
                    out.push(Violation {
                        rule: "HDPR-32",
                        severity: Severity::Warning,
                        title: "RESET_AFTER_RECONFIG is not needed",
                        text: format!(
                            "Pblock '{}': RESET_AFTER_RECONFIG has no effect on this family.",
                            pblock.name
                        ),
                    });
                }
            }
        }
        for port in cell.ports.iter().filter(|p| p.dir == Dir::Inout) {
            out.push(Violation {
                rule: "HDPR-113",
                severity: Severity::Error,
                title: "Bidirectional port on a reconfigurable cell",
                text: format!("Reconfigurable cell '{path}' has the INOUT port '{}'.", port.name),
            });
        }
    }
    if let ([alone], true) = (design.pblocks.as_slice(), s.fault("pblock_overlap", "place_design")) {
        out.push(overlapping(&alone.name, "pblock_user (on demand)"));
    }
    for (i, a) in design.pblocks.iter().enumerate() {
        for b in &design.pblocks[i + 1..] {
            let reconfigurable = [a, b].iter().any(|p| cells.iter().any(|(path, _)| p.cells.contains(path)));
            // Declared as parent and child, or of cells one below the other (nested DFX).
            let over = |outer: &[String], inner: &[String]| {
                inner.iter().any(|i| outer.iter().any(|o| i.starts_with(&format!("{o}/"))))
            };
            let nested = a.props.get("PARENT") == Some(&b.name)
                || b.props.get("PARENT") == Some(&a.name)
                || over(&a.cells, &b.cells)
                || over(&b.cells, &a.cells);
            if reconfigurable
                && !nested
                && (overlap(&a.ranges, &b.ranges) || s.fault("pblock_overlap", "place_design"))
            {
                out.push(overlapping(&a.name, &b.name));
            }
        }
    }
}

fn overlapping(a: &str, b: &str) -> Violation {
    Violation {
        rule: "HDPR-66",
        severity: Severity::Error,
        title: "Reconfigurable Pblock must not overlap other pblocks.",
        text: format!("HD.RECONFIGURABLE Pblock '{a}' and Pblock '{b}' overlap."),
    }
}

fn io(design: &Design, out: &mut Vec<Violation>) {
    if design.out_of_context
        || design.cell_checkpoint
        || design.shell_for.is_some()
        || design.has_block_design
    {
        return;
    }
    let bits: Vec<String> = design.ports.iter().flat_map(crate::hdl::Port::bits).collect();
    let lacking = |names: &[&str]| -> Vec<&String> {
        bits.iter()
            .filter(|bit| {
                let base = bit.split('[').next().unwrap_or(bit);
                let has = |n: &str| {
                    design
                        .object_props
                        .get(&format!("port {n}"))
                        .is_some_and(|b| names.iter().any(|p| b.get(p).is_some_and(|v| !v.is_empty())))
                };
                !has(bit) && !has(base)
            })
            .collect()
    };
    let list = |names: &[&String]| names.iter().take(15).map(|n| n.as_str()).collect::<Vec<_>>().join(", ");
    let standard = lacking(&["IOSTANDARD"]);
    if !standard.is_empty() {
        out.push(Violation {
            rule: "NSTD-1",
            severity: Severity::Error,
            title: "Unspecified I/O Standard",
            text: format!("{} out of {} logical ports use I/O standard (IOSTANDARD) value 'DEFAULT', instead of a user assigned specific value. Problem ports: {}.", standard.len(), bits.len(), list(&standard)),
        });
    }
    let location = lacking(&["PACKAGE_PIN", "LOC"]);
    if !location.is_empty() {
        out.push(Violation {
            rule: "UCIO-1",
            severity: Severity::Error,
            title: "Unconstrained Logical Port",
            text: format!("{} out of {} logical ports have no user assigned specific location constraint (LOC). Problem ports: {}.", location.len(), bits.len(), list(&location)),
        });
    }
}

/// Prints violations as `[DRC RULE] Title: text`; gives the number of errors.
pub(crate) fn tell(s: &mut Session, violations: &[Violation]) -> usize {
    for v in violations {
        let id = format!("DRC {}", v.rule);
        let text = format!("{}: {}", v.title.trim_end_matches('.'), v.text);
        let text = if v.rule == "HDPR-66" { format!("{}: {}", v.title, v.text) } else { text };
        s.console.message(v.severity, &id, &text);
    }
    violations.iter().filter(|v| v.severity == Severity::Error).count()
}

/// `DRC finished with 0 Errors[, n Warnings]`.
pub(crate) fn summary(violations: &[Violation]) -> String {
    let count = |s: Severity| violations.iter().filter(|v| v.severity == s).count();
    let mut text = format!("DRC finished with {} Errors", count(Severity::Error));
    for (severity, word) in [(Severity::Critical, "Critical Warnings"), (Severity::Warning, "Warnings")] {
        if count(severity) > 0 {
            text += &format!(", {} {word}", count(severity));
        }
    }
    text
}
