// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Partition definitions, reconfigurable modules, configurations.
//!
//! Ids and texts for misuse of these commands are not known publicly: the general [Common 17-69] form is used.

use std::collections::BTreeSet;

use dfxkit_hdl::{Library, Overrides};

use crate::cmd::{files, query};
use crate::model::object::Kind;
use crate::model::project::{FileSet, PartitionDef, PrConfiguration, Project, ReconfigModule, SetKind};
use crate::model::props::Props;
use crate::session::{Outcome, Session, Stop, fail};
use crate::syntax::parse::Args;
use crate::tcl::list;

fn failed<T>(text: impl AsRef<str>) -> Result<T, Stop> {
    fail("Common 17-69", format!("Command failed: {}", text.as_ref()))
}

/// The open project, which must be a DFX one.
fn dfx_project(s: &mut Session) -> Result<&mut Project, Stop> {
    if !s.project()?.pr_flow() {
        return failed(
            "You must first define the project as a Partial Reconfiguration (PR) project by setting the PR_FLOW property on the project to TRUE.",
        );
    }
    s.project()
}

/// `inst:rm` words apart; the last colon separates (cell paths hold none).
pub(crate) fn pairs(words: &[String]) -> Vec<(String, String)> {
    words.iter().filter_map(|w| w.rsplit_once(':')).map(|(c, m)| (c.to_owned(), m.to_owned())).collect()
}

pub(crate) fn create_partition_def(s: &mut Session, args: &Args) -> Outcome {
    let name = args.value("name").unwrap_or_default().to_owned();
    let module = args.value("module").unwrap_or_default().to_owned();
    let p = dfx_project(s)?;
    if p.partition_def(&name).is_some() {
        return failed(format!("Partition definition '{name}' already exists."));
    }
    if let Some(other) = p.partition_defs.iter().find(|d| d.module == module) {
        let other = other.name.clone();
        return failed(format!("Module '{module}' is already used by partition definition '{other}'."));
    }
    let library = args.value("library").unwrap_or("xil_defaultlib").to_owned();
    p.partition_defs.push(PartitionDef {
        name: name.clone(),
        module,
        library,
        default_rm: String::new(),
        props: Props::default(),
    });
    p.dirty = true;
    Ok(query::found(s, Kind::PartitionDef, vec![name]))
}

pub(crate) fn create_reconfig_module(s: &mut Session, args: &Args) -> Outcome {
    let name = args.value("name").unwrap_or_default().to_owned();
    let pd_name = args.value("partition_def").unwrap_or_default().to_owned();
    let release = s.release;
    let p = dfx_project(s)?;
    if p.module(&name).is_some() || p.fileset(&name).is_some() {
        return failed(format!("Reconfigurable module '{name}' already exists."));
    }
    let Some(pd) = p.partition_def(&pd_name) else {
        return failed(format!("Partition definition '{pd_name}' does not exist."));
    };
    let pd_module = pd.module.clone();
    let define_from = args.value("define_from").map(str::to_owned);
    let top = args.value("top").map(str::to_owned).or_else(|| define_from.clone()).unwrap_or(pd_module);
    let mut set = FileSet::new(&name, SetKind::Block);
    set.props.set("TOP", top.clone());
    if args.flag("gate_level") {
        set.props.set("DESIGN_MODE", "GateLvl");
    }
    if let Some(module) = &define_from {
        define_from_module(p, module, &mut set)?;
    }
    p.filesets.push(set);
    p.modules.push(ReconfigModule {
        name: name.clone(),
        partition_def: pd_name.clone(),
        top,
        gate_level: args.flag("gate_level"),
        props: Props::default(),
    });
    if let Some(pd) = p.partition_defs.iter_mut().find(|d| d.name == pd_name)
        && pd.default_rm.is_empty()
    {
        pd.default_rm.clone_from(&name);
    }
    if !args.flag("gate_level") {
        let run = p.synthesis_run(&format!("{name}_synth_1"), &name, &name, release);
        p.runs.push(run);
    }
    let run = p.implementation_run(&format!("{name}_impl_1"), &format!("{name}_synth_1"), &name, release);
    p.runs.push(run);
    p.dirty = true;
    // Creating a module closes any open design (reported by users).
    s.designs.clear();
    s.current_design = 0;
    Ok(query::found(s, Kind::ReconfigModule, vec![name]))
}

/// Moves the files of a module's hierarchy out of the sources; files that the rest needs too are kept in both.
fn define_from_module(p: &mut Project, module: &str, set: &mut FileSet) -> Result<(), Stop> {
    let Some(sources) = p.filesets.iter().find(|f| f.kind == SetKind::Design) else {
        return failed("the project has no sources.");
    };
    let source_name = sources.name.clone();
    let library = match files::library(sources, "synthesis") {
        Ok(library) => library,
        Err(error) => {
            return failed(format!("syntax error near '{}' [{}:{}]", error.near, error.file, error.line));
        }
    };
    let block_design = sources
        .files
        .iter()
        .find(|f| f.extension() == "bd" && f.path.file_stem().is_some_and(|n| n.to_string_lossy() == module));
    if let Some(file) = block_design {
        // A block design as module stays in the sources' folder (measured); the fileset names it.
        set.files.push(file.clone());
        let path = file.path.clone();
        if let Some(sources) = p.fileset_mut(&source_name) {
            sources.files.retain(|f| f.path != path);
        }
        return Ok(());
    }
    if !library.contains(module) {
        return failed(format!(
            "module '{module}' was not found in the sources; -define_from needs a module of the project."
        ));
    }
    let below = closure(&library, [module.to_owned()]);
    let roots: Vec<String> = {
        let mut used = BTreeSet::new();
        for m in library.modules() {
            used.extend(library.instantiated(m));
        }
        let top = files::top_of(p, p.fileset(&source_name).unwrap_or(set));
        library
            .modules()
            .map(|m| &m.name)
            .filter(|n| Some(*n) == top.as_ref() || (!used.contains(*n) && *n != module))
            .cloned()
            .collect()
    };
    let mut stopped = library.clone();
    stopped.remove(module);
    let rest = closure(&stopped, roots);
    let file_of = |names: &BTreeSet<String>| -> BTreeSet<String> {
        names.iter().filter_map(|n| library.get(n)).map(|m| m.file.clone()).collect()
    };
    let (mine, others) = (file_of(&below), file_of(&rest));
    if let Some(sources) = p.fileset_mut(&source_name) {
        for file in &sources.files {
            if mine.contains(&crate::util::text(&file.path)) {
                set.files.push(file.clone());
            }
        }
        sources.files.retain(|f| {
            let path = crate::util::text(&f.path);
            !mine.contains(&path) || others.contains(&path)
        });
    }
    Ok(())
}

/// All modules reached from `roots`.
fn closure(library: &Library, roots: impl IntoIterator<Item = String>) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut todo: Vec<String> = roots.into_iter().collect();
    while let Some(name) = todo.pop() {
        if let Some(module) = library.get(&name)
            && seen.insert(name)
        {
            todo.extend(library.instantiated(module));
        }
    }
    seen
}

pub(crate) fn create_pr_configuration(s: &mut Session, args: &Args) -> Outcome {
    let name = args.value("name").unwrap_or_default().to_owned();
    let words = args.list("partitions");
    let greyboxes = args.list("greyboxes");
    let p = dfx_project(s)?;
    if p.configuration(&name).is_some() {
        return failed(format!("PR configuration '{name}' already exists."));
    }
    let mut cells = Vec::new();
    for word in &words {
        let Some((cell, rm)) = word.rsplit_once(':') else {
            return failed(format!("'{word}' is not of the form <instance>:<reconfigurable module>."));
        };
        if p.module(rm).is_none() {
            return failed(format!("Reconfigurable module '{rm}' does not exist."));
        }
        cells.push((cell.to_owned(), rm.to_owned()));
    }
    let known = partition_cells(p);
    if let Some(known) = &known {
        for cell in cells.iter().map(|(c, _)| c).chain(&greyboxes) {
            if !known.iter().any(|(c, _)| c == cell) {
                return failed(format!("Partition instance '{cell}' was not found in the design."));
            }
        }
        for (cell, rm) in &cells {
            let wanted = known.iter().find(|(c, _)| c == cell).map(|(_, pd)| pd.as_str());
            let has = p.module(rm).map(|m| m.partition_def.as_str());
            if wanted != has {
                return failed(format!(
                    "Reconfigurable module '{rm}' does not belong to the partition definition of instance '{cell}'."
                ));
            }
        }
    }
    p.configurations.push(PrConfiguration { name: name.clone(), cells, greyboxes, props: Props::default() });
    if p.props.get("ACTIVE_CONFIG").is_none() {
        p.props.set("ACTIVE_CONFIG", name.clone());
    }
    p.dirty = true;
    Ok(query::found(s, Kind::PrConfiguration, vec![name]))
}

/// Cells that instantiate a partition definition's module, with its name; `None` when the top cannot be read
/// (block designs, netlist projects): cells are then taken on trust.
pub(crate) fn partition_cells(p: &Project) -> Option<Vec<(String, String)>> {
    let sources = p.filesets.iter().find(|f| f.kind == SetKind::Design)?;
    if sources.props.get("DESIGN_MODE") == Some("GateLvl")
        || sources.files.iter().any(|f| f.extension() == "bd")
    {
        return None;
    }
    let top = files::top_of(p, sources)?;
    let library = files::library(sources, "synthesis").ok()?;
    let stubs: BTreeSet<String> = p.partition_defs.iter().map(|d| d.module.clone()).collect();
    let net = dfxkit_hdl::elaborate(&library, &top, &Overrides::default(), &stubs)?;
    Some(
        net.cells
            .iter()
            .filter_map(|c| {
                p.partition_defs
                    .iter()
                    .find(|d| d.module == c.module)
                    .map(|d| (c.path.clone(), d.name.clone()))
            })
            .collect(),
    )
}

pub(crate) fn current_pr_configuration(s: &mut Session, args: &Args) -> Outcome {
    let p = dfx_project(s)?;
    if let Some(name) = args.words_from(0).first() {
        if p.configuration(name).is_none() {
            return failed(format!("PR configuration '{name}' does not exist."));
        }
        p.props.set("ACTIVE_CONFIG", name.clone());
        p.dirty = true;
    }
    let name = p.props.get("ACTIVE_CONFIG").unwrap_or_default().to_owned();
    Ok(query::found(s, Kind::PrConfiguration, vec![name]))
}

pub(crate) fn delete(s: &mut Session, command: &str, args: &Args) -> Outcome {
    let names = args.words_from(0);
    let merge = args.value("merge").map(str::to_owned);
    let p = s.project()?;
    match command {
        "delete_pr_configurations" => p.configurations.retain(|c| !names.contains(&c.name)),
        "delete_partition_defs" => {
            p.partition_defs.retain(|d| !names.contains(&d.name));
            let gone: Vec<String> = p
                .modules
                .iter()
                .filter(|m| names.contains(&m.partition_def))
                .map(|m| m.name.clone())
                .collect();
            remove_modules(p, &gone, merge.as_deref());
        }
        _ => remove_modules(p, &names, merge.as_deref()),
    }
    p.dirty = true;
    Ok(String::new())
}

fn remove_modules(p: &mut Project, names: &[String], merge: Option<&str>) {
    let files: Vec<_> =
        p.filesets.iter().filter(|f| names.contains(&f.name)).flat_map(|f| f.files.clone()).collect();
    if let Some(set) = merge.and_then(|m| p.fileset_mut(m)) {
        set.files.extend(files);
    }
    p.modules.retain(|m| !names.contains(&m.name));
    p.filesets.retain(|f| f.kind != SetKind::Block || !names.contains(&f.name));
    p.runs.retain(|r| {
        !names.iter().any(|n| r.name == format!("{n}_synth_1") || r.name == format!("{n}_impl_1"))
    });
}

/// The smallest set of configurations: the n-th holds the n-th module of every partition, greybox when it has fewer.
pub(crate) fn setup_pr_configurations(s: &mut Session, _args: &Args) -> Outcome {
    let release = s.release;
    let p = dfx_project(s)?;
    let Some(cells) = partition_cells(p) else {
        return failed("the partition instances of this project cannot be found automatically.");
    };
    let of = |p: &Project, pd: &str| -> Vec<String> {
        p.modules.iter().filter(|m| m.partition_def == pd).map(|m| m.name.clone()).collect()
    };
    let most = cells.iter().map(|(_, pd)| of(p, pd).len()).max().unwrap_or(0);
    let mut made = Vec::new();
    for i in 0..most {
        let mut config = PrConfiguration { name: format!("config_{}", i + 1), ..Default::default() };
        for (cell, pd) in &cells {
            match of(p, pd).get(i) {
                Some(rm) => config.cells.push((cell.clone(), rm.clone())),
                None => config.greyboxes.push(cell.clone()),
            }
        }
        made.push(config.name.clone());
        p.configurations.retain(|c| c.name != config.name);
        p.configurations.push(config);
    }
    let parent = p.current_impl.clone();
    for (i, config) in made.iter().enumerate() {
        if i == 0 {
            if let Some(run) = p.run_mut(&parent) {
                run.pr_config = Some(config.clone());
            }
            p.props.set("ACTIVE_CONFIG", config.clone());
            continue;
        }
        let mut run =
            p.implementation_run(&format!("child_{}_{parent}", i - 1), &parent, "constrs_1", release);
        run.pr_config = Some(config.clone());
        p.runs.retain(|r| r.name != run.name);
        p.runs.push(run);
    }
    p.dirty = true;
    Ok(list::join(query::found(s, Kind::PrConfiguration, made).split_whitespace()))
}
