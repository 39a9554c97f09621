// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files that dfxkit makes for Vivado beside the scripts: the Pblock constraints and the hook for bitstream properties.

use camino::{Utf8Path, Utf8PathBuf};

use super::context::{BitstreamHook, Pblock, Pblocks, Property};
use super::render::Renderer;
use super::{TclError, templates};
use crate::atomic;
use crate::design::Design;
use crate::design::names::mangle_cell;
use crate::design::steps::{self, HookRuns};
use crate::plan::layout::Layout;
use crate::spec::model::SnappingMode;

/// A file made for Vivado.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// Absolute path.
    pub path: Utf8PathBuf,
    /// Content.
    pub text: String,
}

/// Path of the Pblock constraints; none when the description draws no Pblock.
pub(super) fn pblocks_path(design: &Design, layout: &Layout) -> Option<Utf8PathBuf> {
    design
        .spec
        .partitions
        .values()
        .any(|p| p.pblock.is_some())
        .then(|| layout.generated().join("pblocks.xdc"))
}

/// Path of the hook for bitstream properties; none when there are none.
pub(super) fn bitstream_hook_path(design: &Design, layout: &Layout) -> Option<Utf8PathBuf> {
    (!design.spec.build.bitstream.is_empty()).then(|| layout.generated().join("bitstream.tcl"))
}

/// True for the place of the generated hook, which then sources the user's script of the same place.
pub(super) fn is_bitstream_hook(hook: &steps::Hook) -> bool {
    hook.runs == HookRuns::Implementation && hook.step == "write_bitstream" && hook.pre
}

/// All generated files of a design. They must be there before the project step's script runs.
pub fn generated(design: &Design, layout: &Layout) -> Result<Vec<Generated>, TclError> {
    render_generated(&Renderer::new(&design.root)?, design, layout, &design.root)
}

/// The same; `hooks` is what the paths of the user's hooks are relative to. The generated hook runs in a run's directory: it needs them absolute.
pub(super) fn render_generated(
    renderer: &Renderer,
    design: &Design,
    layout: &Layout,
    hooks: &Utf8Path,
) -> Result<Vec<Generated>, TclError> {
    let mut files = Vec::new();
    if let Some(path) = pblocks_path(design, layout) {
        files.push(Generated { path, text: renderer.render(templates::PBLOCKS, &pblocks(design))? });
    }
    if let Some(path) = bitstream_hook_path(design, layout) {
        let build = &design.spec.build;
        let context = BitstreamHook {
            properties: build
                .bitstream
                .iter()
                .map(|(name, value)| Property { name: name.clone(), value: value.clone() })
                .collect(),
            then: build
                .hooks
                .iter()
                .filter(|(key, _)| steps::hook(key).is_some_and(|h| is_bitstream_hook(&h)))
                .map(|(_, file)| hooks.join(file))
                .collect(),
        };
        files.push(Generated { path, text: renderer.render(templates::BITSTREAM_HOOK, &context)? });
    }
    Ok(files)
}

/// Writes the generated files; those that hold their content already keep their time stamps, on which Vivado's own bookkeeping depends.
pub fn write_generated(design: &Design, layout: &Layout) -> Result<Vec<Utf8PathBuf>, TclError> {
    let mut paths = Vec::new();
    for file in generated(design, layout)? {
        atomic::write_if_changed(&file.path, file.text.as_bytes())
            .map_err(|source| TclError::Write { path: file.path.clone(), source })?;
        paths.push(file.path);
    }
    Ok(paths)
}

fn pblocks(design: &Design) -> Pblocks {
    let pblocks = design.spec.partitions.values().filter_map(|partition| {
        let pblock = partition.pblock.as_ref()?;
        let mut properties = Vec::new();
        if let Some(mode) = pblock.snapping_mode {
            let value = match mode {
                SnappingMode::Off => "OFF",
                SnappingMode::On => "ON",
                SnappingMode::Routing => "ROUTING",
            };
            properties.push(Property { name: "SNAPPING_MODE".into(), value: value.into() });
        }
        if let Some(reset) = pblock.reset_after_reconfig {
            properties.push(Property { name: "RESET_AFTER_RECONFIG".into(), value: reset.to_string() });
        }
        Some(Pblock {
            name: pblock.name.clone().unwrap_or_else(|| format!("pblock_{}", mangle_cell(&partition.cell))),
            cell: partition.cell.clone(),
            ranges: pblock.ranges.iter().collect(),
            properties,
        })
    });
    Pblocks { pblocks: pblocks.collect() }
}
