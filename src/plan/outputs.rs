// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the runs of Vivado leave behind, by the names measured on real run trees (2020.2, 2024.2; see [`crate::design::names`]).

use camino::Utf8PathBuf;
use dfxkit_fabric::Family;

use super::Output;
use super::layout::Layout;
use crate::design::names::{
    blackbox_dcp, module_synth_run, partial_stem, routed_cell_dcp, routed_dcp, vivado_name,
};
use crate::design::{ChosenConfiguration, Design, Filling};
use crate::plan::options;

/// Names the outputs of a design's runs, relative to the build directory.
pub(crate) struct Outputs<'a> {
    design: &'a Design,
    layout: &'a Layout,
    post_route: bool,
}

impl<'a> Outputs<'a> {
    pub(crate) fn new(design: &'a Design, layout: &'a Layout) -> Self {
        Self { design, layout, post_route: options::post_route_phys_opt(&design.spec.build.implementation) }
    }

    fn in_run(&self, run: &str, name: &str) -> Utf8PathBuf {
        self.layout.relative(&self.layout.run(run).join(name))
    }

    fn top(&self) -> &str {
        &self.design.spec.static_design.top
    }

    /// Versal writes device images.
    fn image_extension(&self) -> &'static str {
        if self.design.family == Family::Versal { "pdi" } else { "bit" }
    }

    /// The synthesised static.
    pub(crate) fn static_synth(&self, run: &str) -> Utf8PathBuf {
        self.in_run(run, &format!("{}.dcp", self.top()))
    }

    /// A synthesised module: the file is named after the RTL module, not after the reconfigurable module.
    pub(crate) fn module_synth(&self, module: &str) -> Utf8PathBuf {
        let run = module_synth_run(&vivado_name(module));
        self.in_run(&run, &format!("{}.dcp", module_top(self.design, module)))
    }

    /// The full routed checkpoint of a run.
    pub(crate) fn routed(&self, run: &str) -> Utf8PathBuf {
        self.in_run(run, &routed_dcp(self.top(), self.post_route))
    }

    /// The black-boxed static of the parent run.
    pub(crate) fn blackbox(&self, run: &str) -> Utf8PathBuf {
        self.in_run(run, &blackbox_dcp(self.top(), self.post_route))
    }

    /// The routed checkpoint of one partition's cell.
    pub(crate) fn routed_cell(&self, run: &str, partition: &str, filling: &Filling) -> Utf8PathBuf {
        let rm = rm_name(filling);
        self.in_run(
            run,
            &routed_cell_dcp(&self.design.spec.partitions[partition].cell, rm.as_deref(), self.post_route),
        )
    }

    /// Everything that an implementation run leaves; `parent` adds the black-boxed static, a child the verdict of its own `pr_verify`.
    pub(crate) fn implementation(&self, run: &str, configuration: &ChosenConfiguration) -> Vec<Output> {
        let top = self.top();
        let build = &self.design.spec.build;
        let required = |path: Utf8PathBuf| Output::required(path);
        let optional = |path: Utf8PathBuf| Output::optional(path);
        let ext = self.image_extension();
        let mut out = vec![required(self.routed(run))];
        if configuration.parent {
            out.push(required(self.blackbox(run)));
        } else {
            out.push(required(self.in_run(run, &format!("{run}_pr_verify.log"))));
        }
        let with_bin = build.bin_file && ext == "bit";
        out.push(required(self.in_run(run, &format!("{top}.{ext}"))));
        if with_bin {
            out.push(required(self.in_run(run, &format!("{top}.bin"))));
        }
        out.push(optional(self.in_run(run, &format!("{top}.ltx"))));
        for (partition, filling) in &configuration.fillings {
            let cell = &self.design.spec.partitions[partition].cell;
            let rm = rm_name(filling);
            let stem = partial_stem(cell, rm.as_deref());
            out.push(required(self.routed_cell(run, partition, filling)));
            let clear = self.design.family == Family::UltraScale;
            out.push(required(self.in_run(run, &format!("{stem}.{ext}"))));
            if clear {
                out.push(required(self.in_run(run, &format!("{stem}_clear.{ext}"))));
            }
            if with_bin {
                out.push(required(self.in_run(run, &format!("{stem}.bin"))));
                if clear {
                    out.push(required(self.in_run(run, &format!("{stem}_clear.bin"))));
                }
            }
            out.push(optional(self.in_run(run, &format!("{stem}.ltx"))));
        }
        // With post-route phys_opt a second timing summary, of the final design, stands beside the routed one.
        out.push(required(self.in_run(run, &format!("{top}_timing_summary_routed.rpt"))));
        if self.post_route {
            out.push(optional(self.in_run(run, &format!("{top}_timing_summary_postroute_physopted.rpt"))));
        }
        out.push(required(self.in_run(run, &format!("{top}_route_status.rpt"))));
        out.push(optional(self.in_run(run, &format!("{top}_drc_routed.rpt"))));
        out.push(optional(self.in_run(run, &format!("{top}_utilization_placed.rpt"))));
        out
    }
}

/// Top module of a module's sources.
pub(crate) fn module_top<'a>(design: &'a Design, module: &str) -> &'a str {
    let m = &design.spec.modules[module];
    m.top.as_deref().unwrap_or(&design.spec.partitions[&m.partition].module)
}

/// The run of a module, or of a partition's greybox, on an abstract shell. It is no other run's: `-` is in no name of Vivado's.
pub(crate) fn shell_run(partition: &str, filling: &Filling) -> String {
    match rm_name(filling) {
        Some(rm) => format!("{rm}-shell_1"),
        None => format!("greybox-{}-shell_1", vivado_name(partition)),
    }
}

/// Vivado's name of what fills a partition; none for a greybox.
pub(crate) fn rm_name(filling: &Filling) -> Option<String> {
    match filling {
        Filling::Module(name) => Some(vivado_name(name)),
        Filling::Greybox(_) => None,
    }
}
