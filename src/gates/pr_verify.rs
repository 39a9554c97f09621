// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `pr_verify`: what was compared with what, how much of it, and with which result.
//!
//! Read from the file that `-file` writes, or from the log of the calling process, where one command may bring several blocks (one per
//! additional checkpoint). A success line alone proves little: the counts can be zero, a vacuous pass. Measured on 2020.2, 2022.2
//! and 2024.2; zero partition pins is normal on some designs (seen with 2018.3) and is not held against a result.

use serde::Serialize;

use super::Verdict;
use super::log::{self, Log, Message, Severity};

/// The counts of one checkpoint in a `[Constraints 18-1020]` summary.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Path as printed.
    pub checkpoint: String,
    /// `Number of reconfigurable modules compared`
    pub modules: Option<u64>,
    /// `Number of partition pins compared`
    pub pins: Option<u64>,
    /// `Number of static tiles compared`
    pub tiles: Option<u64>,
    /// `Number of static sites compared`
    pub sites: Option<u64>,
    /// `Number of static cells compared`
    pub cells: Option<u64>,
    /// `Number of static routed nodes compared`
    pub nodes: Option<u64>,
    /// `Number of static routed pips compared`
    pub pips: Option<u64>,
}

impl Counts {
    fn rows(&self) -> [(&'static str, Option<u64>); 7] {
        [
            ("reconfigurable modules", self.modules),
            ("partition pins", self.pins),
            ("static tiles", self.tiles),
            ("static sites", self.sites),
            ("static cells", self.cells),
            ("static routed nodes", self.nodes),
            ("static routed pips", self.pips),
        ]
    }

    fn slot(&mut self, name: &str) -> Option<&mut Option<u64>> {
        Some(match name {
            "reconfigurable modules" => &mut self.modules,
            "partition pins" => &mut self.pins,
            "static tiles" => &mut self.tiles,
            "static sites" => &mut self.sites,
            "static cells" => &mut self.cells,
            "static routed nodes" => &mut self.nodes,
            "static routed pips" => &mut self.pips,
            _ => return None,
        })
    }
}

/// One `pr_verify` command with its results.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct PrVerify {
    /// Reference: `-initial`, or the first positional checkpoint.
    pub initial: Option<String>,
    /// What is compared with it.
    pub additional: Vec<String>,
    /// `-full_check`: all differences are reported, not only the first.
    pub full_check: bool,
    /// The summaries: counts of the reference and of the additional one.
    pub summaries: Vec<(Counts, Counts)>,
    /// Texts of `[Vivado 12-3253] .. are compatible`.
    pub compatible: Vec<String>,
    /// Errors: `[Constraints 18-891] HDPRVerify-08`, `[Vivado 12-3515] .. not compatible`, any other.
    pub errors: Vec<Message>,
    /// True when Vivado stopped printing one of the errors after 100.
    pub disabled: bool,
}

/// All `pr_verify` commands of a log, or the one of a `-file` text.
pub fn read(text: &str) -> Vec<PrVerify> {
    let mut all: Vec<PrVerify> = Vec::new();
    let mut inside = false;
    let mut dcp = 0;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_end();
        if let Some(command) = line.strip_prefix("Command: ") {
            let words = log::tcl_words(command);
            match words.first().map(String::as_str) {
                Some("pr_verify") => {
                    all.push(of_command(&words));
                    (inside, dcp) = (true, 0);
                }
                // pr_verify opens its checkpoints itself.
                Some("open_checkpoint" | "read_checkpoint") => {}
                _ => inside = false,
            }
            continue;
        }
        if line.starts_with("pr_verify: Time") || line == "    while executing" {
            inside = false;
        }
        let message = log::read(line).messages.pop();
        if let Some(message) = &message
            && matches!(message.id.as_str(), "Constraints 18-1020" | "Vivado 12-3501")
            && !inside
        {
            // A text that begins in the middle: the command's echo is not there.
            all.push(PrVerify::default());
            inside = true;
        }
        let Some(current) = all.last_mut().filter(|_| inside) else { continue };
        if let Some(mut message) = message {
            message.line = index + 1;
            take(current, message);
        } else if let Some(rest) = line.strip_prefix("DCP") {
            let Some((number, path)) = rest.split_once(':') else { continue };
            dcp = number.parse().unwrap_or(0);
            if dcp == 1 {
                current.summaries.push(Default::default());
            }
            if let Some(side) = side(current, dcp) {
                path.trim().clone_into(&mut side.checkpoint);
            }
        } else if let Some((name, count)) = count(line)
            && let Some(slot) = side(current, dcp).and_then(|s| s.slot(name))
        {
            *slot = count;
        }
    }
    all
}

fn of_command(words: &[String]) -> PrVerify {
    let mut found = PrVerify::default();
    let mut words = words.iter().skip(1);
    let mut positional = Vec::new();
    while let Some(word) = words.next() {
        // Options may be shortened as long as they stay unique.
        match word.as_str() {
            "-file" => drop(words.next()),
            w if w.len() > 4 && "-initial".starts_with(w) => found.initial = words.next().cloned(),
            w if w.len() > 1 && "-additional".starts_with(w) => {
                found.additional = words.next().map(|list| log::tcl_words(list)).unwrap_or_default();
            }
            w if w.len() > 2 && "-full_check".starts_with(w) => found.full_check = true,
            w if w.starts_with('-') => {}
            w => positional.push(w.to_owned()),
        }
    }
    let mut positional = positional.into_iter();
    if found.initial.is_none() {
        found.initial = positional.next();
    }
    found.additional.extend(positional);
    found
}

fn side(current: &mut PrVerify, dcp: u32) -> Option<&mut Counts> {
    let (first, second) = current.summaries.last_mut()?;
    match dcp {
        1 => Some(first),
        2 => Some(second),
        _ => None,
    }
}

/// `  Number of static tiles compared           = 204`
fn count(line: &str) -> Option<(&str, Option<u64>)> {
    let (name, value) = line.trim().strip_prefix("Number of ")?.split_once('=')?;
    Some((name.trim().strip_suffix("compared")?.trim(), value.trim().parse().ok()))
}

fn take(current: &mut PrVerify, message: Message) {
    match message.id.as_str() {
        "Vivado 12-3253" => current.compatible.push(message.text),
        "Common 17-14" => {
            let ours = ["Constraints 18-891", "Constraints 18-884", "HDPRVerify"];
            current.disabled |= ours.iter().any(|id| message.text.contains(id));
        }
        _ if message.severity == Severity::Error => current.errors.push(message),
        _ => {}
    }
}

impl PrVerify {
    /// The verdict of the evidence itself, and what was found. The caller checks that the right checkpoints were compared.
    pub fn judge(&self) -> (Verdict, String) {
        if let Some(first) = self.errors.first() {
            let more = if self.disabled {
                " (and more than 100 others)".to_owned()
            } else {
                more(self.errors.len())
            };
            return (Verdict::Refused, format!("{}{more}", first.headline()));
        }
        // The text decides first: `not compatible` must never count as `compatible`.
        if let Some(text) = self.compatible.iter().find(|t| !t.ends_with("are compatible")) {
            return (Verdict::Refused, format!("unexpected text of 12-3253: {text}"));
        }
        let expected = self.additional.len().max(1);
        for (reference, other) in &self.summaries {
            if let Some(problem) = compare(reference, other) {
                return (Verdict::Refused, problem);
            }
        }
        if self.compatible.len() < expected {
            let found = self.compatible.len();
            return (
                Verdict::Unknown,
                format!(
                    "{found} of {expected} comparisons reported as compatible, no error: the log is cut off"
                ),
            );
        }
        if self.summaries.len() < expected {
            return (
                Verdict::Unknown,
                format!(
                    "compatible, but {} of {expected} summaries with counts: a vacuous pass cannot be told from a real one",
                    self.summaries.len()
                ),
            );
        }
        let incomplete = self.summaries.iter().flat_map(|(a, b)| [a, b]).find_map(|counts| {
            counts.rows().into_iter().find(|(_, n)| n.is_none()).map(|(name, _)| (name, &counts.checkpoint))
        });
        if let Some((name, checkpoint)) = incomplete {
            return (Verdict::Unknown, format!("no count of {name} for {}", file(checkpoint)));
        }
        (Verdict::Passed, self.figures())
    }

    /// `compatible: 1 module, 6 pins; static 204 tiles, 1995 sites, 12270 cells, 118414 nodes, 108508 pips`.
    pub fn figures(&self) -> String {
        let Some((c, _)) = self.summaries.first() else { return "no counts".into() };
        let n = |v: Option<u64>| v.map_or_else(|| "?".to_owned(), |v| v.to_string());
        format!(
            "compatible: {} modules, {} pins; static {} tiles, {} sites, {} cells, {} nodes, {} pips{}",
            n(c.modules),
            n(c.pins),
            n(c.tiles),
            n(c.sites),
            n(c.cells),
            n(c.nodes),
            n(c.pips),
            if self.full_check { "" } else { " (without -full_check)" }
        )
    }
}

/// Zero or unequal counts.
fn compare(reference: &Counts, other: &Counts) -> Option<String> {
    for ((name, a), (_, b)) in reference.rows().into_iter().zip(other.rows()) {
        let (Some(a), Some(b)) = (a, b) else { continue };
        if a != b {
            let hint = if name.starts_with("static") {
                " (a full static against an abstract shell, or another static)"
            } else {
                ""
            };
            return Some(format!(
                "unequal number of {name}: {a} in {}, {b} in {}{hint}",
                file(&reference.checkpoint),
                file(&other.checkpoint)
            ));
        }
        // Pins may be zero: measured on designs that passed in the field.
        if a == 0 && name != "partition pins" {
            return Some(format!("0 {name} compared: a vacuous pass proves nothing"));
        }
    }
    None
}

fn more(n: usize) -> String {
    if n > 1 { format!(" (and {} more errors)", n - 1) } else { String::new() }
}

/// The last two components of a path: run and file.
pub(crate) fn file(path: &str) -> String {
    let parts: Vec<&str> = path.rsplit(['/', '\\']).take(2).collect();
    parts.into_iter().rev().collect::<Vec<_>>().join("/")
}

/// The `pr_verify` results that a log holds.
pub fn in_log(text: &str, log: &Log) -> Vec<PrVerify> {
    if log.commands_named("pr_verify").next().is_none() { Vec::new() } else { read(text) }
}
