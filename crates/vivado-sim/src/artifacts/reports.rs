// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Report texts in the layout of real ones: header, timing summary, utilisation, route status, DRC, power.
//!
//! Available counts are of the order of the device, not of its data sheet.

use std::fmt::Write as _;

use crate::cmd::drc::Violation;
use crate::cmd::report::by_pblock;
use crate::model::design::{Design, Stage};
use crate::model::device::{Family, Part};
use crate::release::Release;
use crate::session::console::Severity;
use crate::util;

/// What every report needs.
pub(crate) struct Frame<'a> {
    pub(crate) release: Release,
    pub(crate) host: String,
    pub(crate) command: String,
    pub(crate) design: &'a Design,
}

/// A `+---+` table; the first row is the header. Left-aligned first column, right-aligned others.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let wide: Vec<usize> = (0..columns)
        .map(|c| rows.iter().filter_map(|r| r.get(c)).map(String::len).max().unwrap_or(0))
        .collect();
    let rule = format!("+{}\n", wide.iter().map(|w| format!("{}+", "-".repeat(w + 2))).collect::<String>());
    let mut out = rule.clone();
    for (i, row) in rows.iter().enumerate() {
        out.push('|');
        for (c, cell) in row.iter().enumerate() {
            let _ = match (i, c) {
                (0, _) => write!(out, " {cell:^0$} |", wide[c]),
                (_, 0) => write!(out, " {cell:<0$} |", wide[c]),
                _ => write!(out, " {cell:>0$} |", wide[c]),
            };
        }
        out.push('\n');
        if i == 0 {
            out += &rule;
        }
    }
    out + &rule
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "NA".to_owned(), |v| format!("{v:.3}"))
}

impl Frame<'_> {
    fn part(&self) -> Option<Part> {
        Part::read(&self.design.part)
    }

    pub(crate) fn speed(&self) -> String {
        self.part().map(|p| p.speed).unwrap_or_default()
    }

    fn header(&self, device: &str, speed: &str, state: &str) -> String {
        let rows = [
            ("Tool Version", self.release.tool_version()),
            ("Date", util::asctime(util::local_now())),
            ("Host", format!("{} running vivado-sim (SIMULATED)", self.host)),
            ("Command", self.command.clone()),
            ("Design", self.design.top.clone()),
            ("Device", device.to_owned()),
            ("Speed File", speed.to_owned()),
            ("Design State", state.to_owned()),
        ];
        let lines: Vec<String> = rows.iter().map(|(k, v)| format!("| {k:<12} : {v}")).collect();
        let rule = "-".repeat(lines.iter().map(String::len).max().unwrap_or(0));
        format!("{}\n{rule}\n{}\n{rule}\n\n", self.release.copyright(), lines.join("\n"))
    }

    fn usual_header(&self) -> String {
        self.header(&self.design.part, &self.speed(), self.design.stage.report())
    }

    pub(crate) fn plain(&self, name: &str) -> String {
        let title = name.trim_start_matches("report_").split('_').map(capital).collect::<Vec<_>>().join(" ");
        format!("{}{title} Report (SIMULATED)\n\nNothing to report.\n", self.usual_header())
    }

    pub(crate) fn timing(&self) -> String {
        let t = self.design.timing.clone().unwrap_or_default();
        let device = self.part().map(|p| p.timing_name()).unwrap_or_default();
        let state = if self.design.stage >= Stage::Routed { "Routed" } else { self.design.stage.report() };
        let bar = "-".repeat(96);
        let mut out = self.header(&device, &format!("{}  PRODUCTION SIMULATED", self.speed()), state);
        let title = |text: &str| format!("{bar}\n| {text}\n| {}\n{bar}\n\n", "-".repeat(text.len()));
        out += "Timing Summary Report\n\n";
        out += &title("Timer Settings");
        out += "  Enable Multi Corner Analysis               :  Yes\n  Enable Pessimism Removal                   :  Yes\n\n\n";
        out += &title("Design Timing Summary");
        let names = [
            ("WNS(ns)", 11),
            ("TNS(ns)", 11),
            ("TNS Failing Endpoints", 21),
            ("TNS Total Endpoints", 19),
            ("WHS(ns)", 11),
            ("THS(ns)", 11),
            ("THS Failing Endpoints", 21),
            ("THS Total Endpoints", 19),
            ("WPWS(ns)", 11),
            ("TPWS(ns)", 11),
            ("TPWS Failing Endpoints", 22),
            ("TPWS Total Endpoints", 20),
        ];
        let none = self.design.clocks.is_empty();
        let count = |v: u64| if none { "NA".to_owned() } else { v.to_string() };
        let values = [
            number(t.wns),
            number(t.tns),
            count(t.setup_failing),
            count(t.setup_total),
            number(t.whs),
            number(t.ths),
            count(t.hold_failing),
            count(t.hold_total),
            number(t.wpws),
            number(t.tpws),
            count(t.pulse_failing),
            count(t.pulse_total),
        ];
        let row = |cells: &[String]| {
            let joined: Vec<String> = cells.iter().zip(names).map(|(c, (_, w))| format!("{c:>w$}")).collect();
            format!("{}  \n", joined.join("  "))
        };
        let heads: Vec<String> = names.iter().map(|(n, _)| (*n).to_owned()).collect();
        let dashes: Vec<String> = names.iter().map(|(n, _)| "-".repeat(n.len())).collect();
        out += &row(&heads);
        out += &row(&dashes);
        out += &row(&values);
        out += "\n\n";
        out += if none {
            "There are no user specified timing constraints.\n"
        } else if t.met() {
            "All user specified timing constraints are met.\n"
        } else {
            "Timing constraints are not met.\n"
        };
        out += "\n\n";
        out += &title("Clock Summary");
        if !none {
            out += "Clock  Waveform(ns)         Period(ns)      Frequency(MHz)\n-----  ------------         ----------      --------------\n";
            for clock in &self.design.clocks {
                out += &format!(
                    "{}  {{0.000 {:.3}}}  {:.3}  {:.3}\n",
                    clock.name,
                    clock.period / 2.0,
                    clock.period,
                    1000.0 / clock.period
                );
            }
        }
        out
    }

    pub(crate) fn utilization(&self, pblocks: &[String], cells: &[String]) -> String {
        let family = self.part().map(|p| p.family);
        let word = family.map_or("CLB", Family::slice_word);
        let seven = family == Some(Family::Series7);
        let (mut luts, mut regs) = self.design.resources();
        if !cells.is_empty() {
            let weight: u64 = cells.iter().filter_map(|c| self.design.cells.get(c)).map(|c| c.weight).sum();
            (luts, regs) = (3 * weight, 2 * weight);
        }
        let by = by_pblock(self.design);
        if !pblocks.is_empty() {
            (luts, regs) =
                pblocks.iter().filter_map(|p| by.get(p)).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
        }
        let available = 53_200 + util::pick(&self.design.part, 400_000);
        let prohibited = self.release.at_least(2022, 1);
        let synthesis = self.design.stage <= Stage::Synthesized;
        let star = if synthesis { "*" } else { "" };
        let row = |name: &str, used: u64, of: u64| {
            let mut cells = vec![name.to_owned()];
            if !pblocks.is_empty() {
                cells.extend([used.to_string(), "0".to_owned(), "0".to_owned()]);
            }
            cells.extend([used.to_string(), "0".to_owned()]);
            if prohibited {
                cells.push("0".to_owned());
            }
            cells.extend([of.to_string(), format!("{:.2}", used as f64 * 100.0 / of as f64)]);
            cells
        };
        let mut head: Vec<String> = vec!["Site Type".to_owned()];
        if !pblocks.is_empty() {
            head.extend(["Parent", "Child", "Non-Assigned"].map(str::to_owned));
        }
        head.extend(["Used", "Fixed"].map(str::to_owned));
        if prohibited {
            head.push("Prohibited".to_owned());
        }
        head.extend(["Available", "Util%"].map(str::to_owned));
        let mut out = self.usual_header();
        out += "Utilization Design Information\n\n";
        let logic = format!("{word} Logic");
        out += &format!("1. {logic}\n{}\n\n", "-".repeat(logic.len() + 3));
        out += &table(&[
            head.clone(),
            row(&format!("{word} LUTs{star}"), luts, available),
            row("  LUT as Logic", luts, available),
            row("  LUT as Memory", 0, available / 3),
            row(&format!("{word} Registers"), regs, available * 2),
            row("  Register as Flip Flop", regs, available * 2),
            row("  Register as Latch", 0, available * 2),
        ]);
        out += "\n\n2. Memory\n---------\n\n";
        out += &table(&[head.clone(), row("Block RAM Tile", 0, available / 380)]);
        out += "\n\n3. DSP\n------\n\n";
        out += &table(&[head.clone(), row("DSPs", 0, available / 240)]);
        out += "\n\n4. IO and GT Specific\n---------------------\n\n";
        let io: u64 = self.design.ports.iter().map(crate::hdl::Port::width).sum();
        out += &table(&[
            head,
            row(
                "Bonded IOB",
                if self.design.out_of_context { 0 } else { io },
                200 + if seven { 0 } else { 300 },
            ),
        ]);
        out += "\n\n5. Black Boxes\n--------------\n\n";
        let mut rows = vec![vec!["Ref Name".to_owned(), "Used".to_owned()]];
        for cell in self.design.cells.values().filter(|c| c.black_box) {
            rows.push(vec![cell.module.clone(), "1".to_owned()]);
        }
        out += &table(&rows);
        out
    }

    pub(crate) fn route_status(&self) -> String {
        let nets = 40 + 2 * self.design.resources().0;
        let routable = nets - nets / 3;
        let errors = if self.design.stage >= Stage::Routed {
            self.design.route_errors
        } else {
            routable.max(self.design.route_errors)
        };
        let line = |text: &str, value: u64| format!("   {text:.<43} : {value:>11} :\n");
        let rule = "   ------------------------------------------- : ----------- :\n";
        let mut out = String::from(
            "Design Route Status\n                                               :      # nets :\n",
        );
        out += rule;
        out += &line("# of logical nets", nets);
        out += &line("    # of nets not needing routing", nets - routable);
        out += &line("        # of internally routed nets", nets - routable);
        out += &line("    # of routable nets", routable);
        out += &line("        # of fully routed nets", routable - errors.min(routable));
        out += &line("    # of nets with routing errors", errors);
        out += rule;
        // The real report has no header that could say it.
        out += "\nSIMULATED by vivado-sim\n";
        out
    }

    pub(crate) fn drc(&self, violations: &[Violation], methodology: bool) -> String {
        let word =
            if self.release.at_least(2024, 2) { ("checks", "Checks") } else { ("violations", "Violations") };
        let mut out = self.usual_header();
        out += if methodology { "Report Methodology\n\n" } else { "Report DRC\n\n" };
        out += "Table of Contents\n-----------------\n1. REPORT SUMMARY\n2. REPORT DETAILS\n\n1. REPORT SUMMARY\n-----------------\n";
        out += "            Netlist: netlist\n          Floorplan: design_1\n      Design limits: <entire design considered>\n";
        if !methodology {
            out += "           Ruledeck: default\n";
        }
        out += &format!(
            "             Max {}: <unlimited>\n             {} found: {}\n",
            word.0,
            word.1,
            violations.len()
        );
        let mut rules: Vec<(&str, Severity, &str, usize)> = Vec::new();
        for v in violations {
            match rules.iter_mut().find(|r| r.0 == v.rule) {
                Some(rule) => rule.3 += 1,
                None => rules.push((v.rule, v.severity, v.title, 1)),
            }
        }
        let mut rows =
            vec![vec!["Rule".to_owned(), "Severity".to_owned(), "Description".to_owned(), word.1.to_owned()]];
        for (rule, severity, title, count) in &rules {
            rows.push(vec![
                (*rule).to_owned(),
                title_case(*severity),
                (*title).to_owned(),
                count.to_string(),
            ]);
        }
        out += &table(&rows);
        out += "\n2. REPORT DETAILS\n-----------------\n";
        let mut counts: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
        for v in violations {
            let n = counts.entry(v.rule).or_default();
            *n += 1;
            out += &format!(
                "{}#{n} {}\n{}  \n{}\nRelated violations: <none>\n\n",
                v.rule,
                title_case(v.severity),
                v.title,
                v.text
            );
        }
        out.push('\n');
        out
    }

    pub(crate) fn power(&self) -> String {
        let dynamic = 0.05 + self.design.resources().0 as f64 / 100_000.0;
        let mut out = self.usual_header();
        out += "Power Report\n\n1. Summary\n----------\n\n";
        out += &table(&[
            vec!["Total On-Chip Power (W)".to_owned(), format!("{:.3}", dynamic + 0.1)],
            vec!["Dynamic (W)".to_owned(), format!("{dynamic:.3}")],
            vec!["Device Static (W)".to_owned(), "0.100".to_owned()],
            vec!["Confidence Level".to_owned(), "Low".to_owned()],
        ]);
        out
    }
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|c| c.to_uppercase().collect::<String>() + chars.as_str()).unwrap_or_default()
}

fn title_case(severity: Severity) -> String {
    severity.word().to_lowercase().split(' ').map(capital).collect::<Vec<_>>().join(" ")
}
