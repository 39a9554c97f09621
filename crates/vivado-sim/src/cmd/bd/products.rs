// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What comes out of a block design: wrapper, hand-off files, partition definitions, IP.

use std::path::{Path, PathBuf};

use super::{failed, generated_dir, load, write_file};
use dfxkit_hdl::Library;

use crate::artifacts::hwh;
use crate::cmd::{files, ip, query};
use crate::disk;
use crate::model::bd::BdDesign;
use crate::model::object::Kind;
use crate::model::project::{FileSet, PartitionDef, Project, ReconfigModule, SetKind, SourceFile};
use crate::model::props::Props;
use crate::release::Release;
use crate::session::{Outcome, Session, Stop};
use crate::syntax::parse::Args;
use crate::util;

/// The block-design files that words name.
pub(crate) fn bd_files(s: &mut Session, words: &[String]) -> Result<Vec<PathBuf>, Stop> {
    let all: Vec<String> = query::all(s, Kind::File).into_iter().filter(|f| f.ends_with(".bd")).collect();
    let mut out = Vec::new();
    for word in words {
        let hits = all.iter().filter(|f| {
            *f == word
                || util::glob(word, f)
                || f.ends_with(&format!("/{word}"))
                || f.ends_with(&format!("/{word}.bd"))
        });
        out.extend(hits.map(PathBuf::from));
    }
    for path in &out {
        load(s, path)?;
    }
    Ok(out)
}

pub(super) fn make_wrapper(s: &mut Session, args: &Args) -> Outcome {
    let mut words = args.words_from(0);
    words.extend(args.list("files"));
    let mut out = Vec::new();
    for path in bd_files(s, &words)? {
        let name = path.file_stem().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let release = s.release;
        let p = s.project()?;
        let Some(design) = p.block_designs.iter().find(|d| d.name == name) else { continue };
        let dir = if args.flag("import") {
            p.sub("srcs").join("sources_1/imports/hdl")
        } else {
            generated_dir(p, &name, release).join("hdl")
        };
        let vhdl = p.props.get("TARGET_LANGUAGE").is_some_and(|l| l.eq_ignore_ascii_case("VHDL"));
        let file = dir.join(format!("{name}_wrapper.{}", if vhdl { "vhd" } else { "v" }));
        let text = if vhdl { design.wrapper_vhdl() } else { design.wrapper() };
        write_file(&file, &text)?;
        if args.flag("import") {
            files::insert(s, "sources_1", &file)?;
        }
        out.push(util::text(&file));
    }
    if out.is_empty() {
        return failed("no block design to wrap was found.");
    }
    Ok(Session::names(out))
}

pub(super) fn generate(s: &mut Session, args: &Args) -> Outcome {
    // `generate_target all objects`: the first word is what to generate.
    let words: Vec<String> = args.words_from(1);
    ip::generate(s, &words)?;
    let paths = bd_files(s, &words)?;
    let release = s.release;
    for path in paths {
        let name = path.file_stem().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        s.info("BD 41-1662", format!("The design '{name}.bd' is already validated. Therefore parameter propagation will not be re-run."));
        containers(s, &name)?;
        let p = s.project()?;
        let dir = generated_dir(p, &name, release);
        let board = p.props.get("BOARD_PART").unwrap_or("").to_owned();
        let part = p.part.clone();
        let Some(design) = p.block_designs.iter().find(|d| d.name == name).cloned() else { continue };
        // What the runs read is the file: it must be what the session holds.
        write_file(&path, &design.text())?;
        let mut made = vec![(
            dir.join("hw_handoff").join(format!("{name}.hwh")),
            hwh::write(&design, &name, &part, &board, release),
        )];
        for (_, variants) in design.containers() {
            for variant in variants {
                if let Some(inner) = p.block_designs.iter().find(|d| d.name == variant) {
                    let own = p.files().find(|(_, f)| util::file_name(&f.path) == format!("{variant}.bd"));
                    if let Some((_, own)) = own {
                        write_file(&own.path, &inner.text())?;
                    }
                    let instance = format!("{variant}_inst_0");
                    let file =
                        dir.join("bd").join(&instance).join("hw_handoff").join(format!("{instance}.hwh"));
                    made.push((file, hwh::write(inner, &instance, &part, &board, release)));
                }
            }
        }
        made.push((
            dir.join("synth").join(format!("{name}.v")),
            format!("// SIMULATED: the netlist of block design {name}\n"),
        ));
        for (file, text) in made {
            write_file(&file, &text)?;
            s.say(format!("Wrote  : <{}> ", file.display()));
        }
        ip::generate_inside(s, &design, &dir)?;
        s.info("BD 41-1029", format!("Generation completed for the IP Integrator block {name} ."));
    }
    Ok(String::new())
}

/// Partition definitions and modules of the DFX containers of a design. Names of the definitions are not known publicly.
pub(super) fn containers(s: &mut Session, name: &str) -> Result<(), Stop> {
    let release = s.release;
    let p = s.project()?;
    let Some(design) = p.block_designs.iter().find(|d| d.name == name).cloned() else { return Ok(()) };
    for (path, variants) in design.containers() {
        if !p.pr_flow() || !design.is_dfx(&path) {
            continue;
        }
        let pd = format!("{name}_{}", path.replace('/', "_"));
        if p.partition_def(&pd).is_none() {
            let mut props = Props::default();
            props.set("IS_BLOCK_CONTAINER_MANAGED", "1");
            let first = format!("{}_inst_0", variants[0]);
            p.partition_defs.push(PartitionDef {
                name: pd.clone(),
                module: first.clone(),
                library: "xil_defaultlib".into(),
                default_rm: first,
                props,
            });
        }
        for variant in variants {
            let rm = format!("{variant}_inst_0");
            if p.module(&rm).is_some() {
                continue;
            }
            let file = p
                .files()
                .find(|(_, f)| util::file_name(&f.path) == format!("{variant}.bd"))
                .map(|(_, f)| f.path.clone());
            let mut set = FileSet::new(&rm, SetKind::Block);
            set.props.set("TOP", rm.clone());
            set.files.extend(file.map(SourceFile::new));
            p.filesets.push(set);
            p.modules.push(ReconfigModule {
                name: rm.clone(),
                partition_def: pd.clone(),
                top: rm.clone(),
                gate_level: false,
                props: Props::default(),
            });
            let synthesis = p.synthesis_run(&format!("{rm}_synth_1"), &rm, &rm, release);
            let implementation =
                p.implementation_run(&format!("{rm}_impl_1"), &format!("{rm}_synth_1"), &rm, release);
            p.runs.extend([synthesis, implementation]);
        }
        p.dirty = true;
    }
    Ok(())
}

/// Adds the modules that a block design stands for, under its own name and those of its container instances.
pub(crate) fn into_library(bd: &Path, library: &mut Library) {
    let Some(design) = BdDesign::read(bd) else { return };
    let stem = bd.file_stem().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let names = std::iter::once(stem.clone()).chain((0..4).map(|i| format!("{stem}_inst_{i}")));
    for name in names {
        for module in design.modules(&util::text(bd), &name) {
            if !library.contains(&module.name) {
                library.insert(module);
            }
        }
    }
}

/// The hand-off files of a project's block designs.
pub(crate) fn handoffs(p: &Project, release: Release) -> Vec<PathBuf> {
    let names = p.files().filter(|(_, f)| f.extension() == "bd").filter_map(|(_, f)| f.path.file_stem());
    names
        .map(|n| n.to_string_lossy().into_owned())
        .map(|n| generated_dir(p, &n, release).join("hw_handoff").join(format!("{n}.hwh")))
        .filter(|f| disk::exists(f))
        .collect()
}
