// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The checks of a description: one file a diagnostic, with its page inside. All problems of a description come in one run.
//!
//! Codes: 00xx the text and its shape, 01xx names and references, 02xx files, 03xx part, family and release, 04xx Pblocks,
//! 05xx configurations, 06xx build, gates and kit. A rule sees the document (with places), the model and the files found; it
//! looks at a value only when it is there and of the right type, so that one mistake gives one problem. Texts that do not
//! parse as TOML are not checked further: half a description would mislead.

use std::io;
use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};
use dfxkit_fabric::Family;

use crate::design::{Design, cover};
use crate::diag::render::Sources;
use crate::diag::{self, CodeInfo, Problem};
use crate::spec::document::Fault;
use crate::spec::model::Spec;
use crate::spec::{Document, lower, shape};

mod absolute_path;
mod bad_bitstream_property;
mod bad_board;
mod bad_build_directory;
mod bad_cell;
mod bad_generic;
mod bad_identifier;
mod bad_message_id;
mod bad_name;
mod bad_option_word;
mod bad_part;
mod bad_pattern;
mod bad_pblock_name;
mod bad_range;
mod bad_release;
mod bad_version;
mod cell_not_found;
mod colliding_cells;
mod colliding_files;
mod colliding_names;
mod control_character;
mod cut_in_height;
mod directory_for_file;
mod duplicate_cell;
mod duplicate_key;
mod duplicate_kit_format;
mod edge_on_clock_region;
mod empty_kit;
mod empty_value;
mod file_not_found;
mod files;
mod floorplan;
mod gate_off;
mod geometry_not_checked;
mod greybox_in_parent;
mod greybox_with_sources;
mod id_outside_mask;
mod include_directory_missing;
mod inside_build_directory;
mod inverted_range;
mod missing_key;
mod module_of_other_partition;
mod module_without_sources;
mod needs_project;
mod nested_cells;
mod no_abstract_shell;
mod no_parent;
mod no_partitions;
mod no_pblock;
mod no_reset_after_reconfig;
mod no_such_site;
mod not_a_constraint;
mod not_available_yet;
mod not_utf8;
mod nothing_matches;
mod old_release;
mod out_of_range;
mod overlapping_pblocks;
mod partial_larger_than_full;
mod partition_without_modules;
mod path_not_utf8;
mod pblock_collapses;
mod pblock_twice;
mod pblock_without_slices;
mod ports_differ;
mod range_outside_device;
mod ranges;
mod repeated_range;
mod reserved_name;
mod reset_unaligned;
mod secret_in_description;
mod shared_frame_column;
mod site_not_reconfigurable;
mod snapping_is_automatic;
mod spans_dies;
mod split_pair;
mod static_without_sources;
mod step_twice;
mod syntax;
mod tcl_in_xdc;
mod top_not_declared;
mod twin_configurations;
mod two_parents;
mod unaligned_address;
mod unfilled_partition;
mod unknown_extension;
mod unknown_family;
mod unknown_key;
mod unknown_module;
mod unknown_partition;
mod unknown_step;
mod unknown_word;
mod unpaired_block_rams;
mod unranged_site_type;
mod unreadable;
mod unused_module;
mod wrong_type;
mod xdc;

/// A diagnostic: its code and the check that finds it.
struct Rule {
    info: &'static CodeInfo,
    check: fn(&Cx<'_>, &mut Vec<Problem>),
}

macro_rules! registry {
    ($($name:ident),* $(,)?) => {
        /// All rules, by code.
        static RULES: &[Rule] = &[$(Rule { info: &$name::CODE, check: $name::check }),*];
    };
}

registry![
    syntax,
    duplicate_key,
    not_utf8,
    unknown_key,
    wrong_type,
    missing_key,
    unknown_word,
    out_of_range,
    empty_value,
    control_character,
    unknown_partition,
    unknown_module,
    module_of_other_partition,
    no_partitions,
    partition_without_modules,
    colliding_names,
    reserved_name,
    bad_name,
    bad_cell,
    colliding_cells,
    duplicate_cell,
    nested_cells,
    bad_identifier,
    bad_version,
    colliding_files,
    file_not_found,
    nothing_matches,
    bad_pattern,
    unknown_extension,
    not_a_constraint,
    unreadable,
    directory_for_file,
    path_not_utf8,
    inside_build_directory,
    module_without_sources,
    static_without_sources,
    include_directory_missing,
    top_not_declared,
    tcl_in_xdc,
    absolute_path,
    cell_not_found,
    ports_differ,
    bad_part,
    unknown_family,
    no_reset_after_reconfig,
    no_abstract_shell,
    snapping_is_automatic,
    bad_board,
    bad_release,
    old_release,
    not_available_yet,
    needs_project,
    bad_range,
    inverted_range,
    site_not_reconfigurable,
    unpaired_block_rams,
    overlapping_pblocks,
    no_pblock,
    pblock_twice,
    pblock_without_slices,
    bad_pblock_name,
    repeated_range,
    range_outside_device,
    no_such_site,
    shared_frame_column,
    pblock_collapses,
    reset_unaligned,
    split_pair,
    cut_in_height,
    unranged_site_type,
    edge_on_clock_region,
    partial_larger_than_full,
    spans_dies,
    geometry_not_checked,
    no_parent,
    two_parents,
    unfilled_partition,
    greybox_in_parent,
    unused_module,
    twin_configurations,
    greybox_with_sources,
    unknown_step,
    bad_option_word,
    bad_message_id,
    duplicate_kit_format,
    empty_kit,
    bad_build_directory,
    bad_bitstream_property,
    gate_off,
    bad_generic,
    unaligned_address,
    step_twice,
    id_outside_mask,
    secret_in_description,
];

/// What checking a description gives.
#[derive(Debug)]
pub struct Checked {
    /// Every problem found, errors and warnings, in the order of the file.
    pub problems: Vec<Problem>,
    /// Texts for rendering.
    pub sources: Sources,
    /// The resolved design; there when no error stands.
    pub design: Option<Design>,
}

/// What a rule sees.
struct Cx<'a> {
    /// The text with places.
    doc: &'a Document,
    /// Faults of the text and its shape.
    faults: &'a [Fault],
    /// The model, with defaults where values are missing or wrong.
    spec: &'a Spec,
    /// The family of the part, when it has one.
    family: Option<Family>,
    /// Directory of the description, absolute.
    root: &'a Utf8Path,
    /// The files found.
    files: &'a files::Files,
    /// The Pblocks against the device; none when the text was not read in whole.
    floorplan: Option<&'a floorplan::Plan>,
}

impl Cx<'_> {
    /// A problem at a place of the description.
    fn problem(
        &self,
        code: &'static CodeInfo,
        message: impl Into<String>,
        span: Range<usize>,
        label: impl Into<String>,
    ) -> Problem {
        Problem::new(code, message).at(self.doc.file(), span, label)
    }

    /// A change in the description.
    fn replace(
        &self,
        span: Range<usize>,
        replacement: impl Into<String>,
        text: impl Into<String>,
    ) -> diag::Suggestion {
        diag::Suggestion {
            file: self.doc.file().to_owned(),
            span,
            replacement: replacement.into(),
            text: text.into(),
        }
    }
}

/// The candidate nearest to a word that was probably mistyped.
fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = |c: &&str| strsim::damerau_levenshtein(&word.to_lowercase(), &c.to_lowercase());
    candidates.into_iter().min_by_key(near).filter(|c| near(c) <= (word.chars().count() / 4).max(1))
}

/// Reads, parses and checks a description. `shown` is how the user names the file. Fails only when the file cannot be read.
pub fn check_file(file: &Utf8Path, shown: &Utf8Path) -> io::Result<Checked> {
    let bytes = fs_err::read(file)?;
    Ok(check_bytes(&bytes, file, shown))
}

/// Checks the bytes of a description that lies, or would lie, at `file` (absolute).
pub fn check_bytes(bytes: &[u8], file: &Utf8Path, shown: &Utf8Path) -> Checked {
    let doc = Document::parse(shown, bytes);
    let root = file.parent().unwrap_or(Utf8Path::new("/"));
    let mut sources = Sources::default();
    sources.add(shown, doc.text());

    let mut faults: Vec<Fault> = doc.faults().to_vec();
    let whole = !doc.is_broken();
    if whole {
        faults.extend(shape::check(&doc));
    }
    let spec = lower::lower(&doc);
    let found = if whole { files::Files::find(root, shown, &doc, &spec) } else { files::Files::default() };
    for xdc in found.static_xdc.iter().chain(&found.module_xdc) {
        sources.add(&xdc.shown, &xdc.text);
    }
    let family = Family::of_part(&spec.project.part);
    let plan = whole.then(|| floorplan::Plan::of(&doc, &spec, &found));
    let floorplan = plan.as_ref();
    let cx = Cx { floorplan, doc: &doc, faults: &faults, spec: &spec, family, root, files: &found };
    let mut problems = Vec::new();
    for rule in RULES {
        // Rules on meaning see only a description that was read in whole.
        if whole || rule.info.code < "DFX0100" {
            (rule.check)(&cx, &mut problems);
        }
    }
    sort(&mut problems, shown);
    let design = match family {
        Some(family) if !diag::has_errors(&problems) => Some(resolve(spec, family, found, root, file)),
        _ => None,
    };
    Checked { problems, sources, design }
}

/// In the order of the description; problems in other files after them, problems without a place last.
fn sort(problems: &mut [Problem], shown: &Utf8Path) {
    problems.sort_by_key(|p| {
        p.labels.iter().find(|l| l.primary).map_or((2, Utf8PathBuf::new(), 0, p.code.code), |l| {
            (u8::from(l.file != shown), l.file.clone(), l.span.start, p.code.code)
        })
    });
}

fn resolve(spec: Spec, family: Family, found: files::Files, root: &Utf8Path, file: &Utf8Path) -> Design {
    let chosen = spec.configurations.is_empty();
    let configurations =
        if chosen { cover::choose(&spec).unwrap_or_default() } else { cover::declared(&spec) };
    Design {
        root: root.to_owned(),
        file: file.to_owned(),
        spec,
        family,
        static_sources: found.static_sources,
        static_constraints: found.static_constraints,
        modules: found.modules,
        configurations,
        configurations_were_chosen: chosen,
        child_numbers: indexmap::IndexMap::new(),
    }
}

/// Every code that dfxkit can give, sorted: for `explain`, the book and the tests.
pub fn all_codes() -> Vec<&'static CodeInfo> {
    let mut codes: Vec<&'static CodeInfo> = RULES.iter().map(|r| r.info).collect();
    codes.sort_by_key(|c| c.code);
    codes
}
