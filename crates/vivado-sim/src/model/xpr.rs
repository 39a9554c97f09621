// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The project file: written in Vivado's shape with the DFX block, and read back (real ones too).
//!
//! Properties that Vivado keeps in encoded forms (step options as numbers) are kept here in `SimProp` elements
//! beside the real ones; a real project is read without them, so its step options are not seen.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use roxmltree::{Document, Node};

use super::project::{
    FileSet, PartitionDef, PrConfiguration, Project, ReconfigModule, Run, SetKind, SourceFile,
};
use super::props::Props;
use crate::disk;
use crate::release::Release;
use crate::util::{absolute, text, xml};

#[derive(Debug, thiserror::Error)]
pub(crate) enum XprError {
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("not XML: {0}")]
    Xml(#[from] roxmltree::Error),
    #[error("no <Project> element")]
    NoProject,
}

fn prop_lines(out: &mut String, indent: &str, props: &Props) {
    for (name, value) in props.iter() {
        let _ = writeln!(out, "{indent}<SimProp Name=\"{}\" Val=\"{}\"/>", xml(name), xml(value));
    }
}

/// `$PSRCDIR`-like forms, the longest folder first.
fn shorten(project: &Project, path: &Path) -> String {
    for (name, dir) in folders(project) {
        if let Ok(rest) = path.strip_prefix(&dir) {
            return format!("{name}/{}", text(rest)).trim_end_matches('/').to_owned();
        }
    }
    let (mut up, mut base) = (String::new(), Some(project.dir.as_path()));
    while let Some(dir) = base {
        if let Ok(rest) = path.strip_prefix(dir).map(text)
            && dir.components().count() > 1
        {
            return format!("$PPRDIR{up}/{rest}");
        }
        up += "/..";
        base = dir.parent();
    }
    text(path)
}

fn folders(project: &Project) -> [(&'static str, PathBuf); 6] {
    [
        ("$PSRCDIR", project.sub("srcs")),
        ("$PRUNDIR", project.sub("runs")),
        ("$PGENDIR", project.sub("gen")),
        ("$PCACHEDIR", project.sub("cache")),
        ("$PIPUSERFILESDIR", project.sub("ip_user_files")),
        ("$PPRDIR", project.dir.clone()),
    ]
}

fn lengthen(project: &Project, path: &str) -> PathBuf {
    for (name, dir) in folders(project) {
        if let Some(rest) = path.strip_prefix(name) {
            return absolute(&dir, rest.trim_start_matches('/'));
        }
    }
    absolute(&project.dir, path)
}

/// The text of the .xpr.
pub(crate) fn write(project: &Project, release: Release) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let product = if release.at_least(2023, 1) { " Product=\"Vivado\"" } else { "" };
    let _ = writeln!(
        out,
        "<!-- Product Version: {} -->\n<!-- SIMULATED: written by vivado-sim -->\n",
        release.product()
    );
    let _ = writeln!(
        out,
        "<Project{product} Version=\"7\" Minor=\"{}\" Path=\"{}\">\n  <DefaultLaunch Dir=\"$PRUNDIR\"/>\n  <Configuration>",
        release.xpr_minor,
        xml(&text(&project.xpr()))
    );
    let option = |out: &mut String, name: &str, value: &str| {
        let _ = writeln!(out, "    <Option Name=\"{name}\" Val=\"{}\"/>", xml(value));
    };
    option(&mut out, "Part", &project.part);
    option(&mut out, "BoardPart", project.props.get("BOARD_PART").unwrap_or(""));
    option(&mut out, "ActiveSimSet", "sim_1");
    option(&mut out, "DefaultLib", project.props.get("DEFAULT_LIB").unwrap_or("xil_defaultlib"));
    if project.pr_flow() {
        option(&mut out, "PRFlow", "TRUE");
    }
    option(&mut out, "TargetLanguage", project.props.get("TARGET_LANGUAGE").unwrap_or("Verilog"));
    prop_lines(&mut out, "    ", &project.props);
    out += "  </Configuration>\n  <FileSets Version=\"1\" Minor=\"32\">\n";
    for set in &project.filesets {
        file_set(&mut out, project, set);
    }
    out += "  </FileSets>\n  <Simulators/>\n  <Runs Version=\"1\" Minor=\"23\">\n";
    for run in &project.runs {
        one_run(&mut out, project, run);
    }
    out += "  </Runs>\n";
    if project.pr_flow() {
        dfx(&mut out, project);
    }
    out += "</Project>\n";
    out
}

fn file_set(out: &mut String, project: &Project, set: &FileSet) {
    let _ = writeln!(
        out,
        "    <FileSet Name=\"{0}\" Type=\"{1}\" RelSrcDir=\"$PSRCDIR/{0}\" RelGenDir=\"$PGENDIR/{0}\">",
        xml(&set.name),
        set.kind.xpr()
    );
    for file in &set.files {
        let _ =
            writeln!(out, "      <File Path=\"{}\">\n        <FileInfo>", xml(&shorten(project, &file.path)));
        for used in file.props.get("USED_IN").unwrap_or("").split_whitespace() {
            let _ = writeln!(out, "          <Attr Name=\"UsedIn\" Val=\"{used}\"/>");
        }
        if !file.enabled() {
            out.push_str("          <Attr Name=\"UserDisabled\" Val=\"1\"/>\n");
        }
        out.push_str("        </FileInfo>\n");
        prop_lines(out, "        ", &file.props);
        out.push_str("      </File>\n");
    }
    out.push_str("      <Config>\n");
    if let Some(mode) = set.props.get("DESIGN_MODE") {
        let _ = writeln!(out, "        <Option Name=\"DesignMode\" Val=\"{mode}\"/>");
    }
    if let Some(top) = set.top() {
        let _ = writeln!(out, "        <Option Name=\"TopModule\" Val=\"{}\"/>", xml(top));
    }
    if set.kind == SetKind::Block && project.module(&set.name).is_some() {
        out.push_str("        <Option Name=\"UseBlackboxStub\" Val=\"1\"/>\n");
    }
    prop_lines(out, "        ", &set.props);
    out.push_str("      </Config>\n    </FileSet>\n");
}

fn one_run(out: &mut String, project: &Project, run: &Run) {
    let kind = if run.synthesis { "Ft3:Synth" } else { "Ft2:EntireDesign" };
    let _ = write!(out, "    <Run Id=\"{}\" Type=\"{kind}\"", xml(&run.name));
    if run.synthesis {
        let _ = write!(out, " SrcSet=\"{}\"", xml(&run.srcset));
    }
    let _ = write!(out, " Part=\"{}\" ConstrsSet=\"{}\"", xml(&project.part), xml(&run.constrset));
    if run.name == project.current_synth || run.name == project.current_impl {
        out.push_str(" State=\"current\"");
    }
    let _ = write!(out, " Dir=\"$PRUNDIR/{}\"", xml(&run.name));
    if let Some(parent) = &run.parent {
        let _ = write!(out, " SynthRun=\"{}\"", xml(parent));
    }
    out.push_str(" IncludeInArchive=\"true\" IsChild=\"false\"");
    if let Some(config) = &run.pr_config {
        let mode = run.props.get("DFX_MODE").unwrap_or("STANDARD");
        let _ = write!(
            out,
            " PRConfiguration=\"{}\" DFXMode=\"{}\" ConfigurationChanged=\"false\"",
            xml(config),
            xml(mode)
        );
    }
    let full = run.props.truth("GEN_FULL_BITSTREAM").unwrap_or(true);
    let _ = writeln!(out, " GenFullBitstream=\"{full}\">");
    let _ = writeln!(
        out,
        "      <Strategy Version=\"1\" Minor=\"2\">\n        <StratHandle Name=\"{}\" Flow=\"{}\"/>",
        xml(&run.strategy),
        xml(&run.flow)
    );
    for step in crate::run::steps(run.synthesis) {
        let _ = writeln!(out, "        <Step Id=\"{step}\"/>");
    }
    out.push_str("      </Strategy>\n      <GeneratedRun Dir=\"$PRUNDIR\" File=\"gen_run.xml\"/>\n");
    prop_lines(out, "      ", &run.props);
    out.push_str("    </Run>\n");
}

fn dfx(out: &mut String, project: &Project) {
    out.push_str("  <PRFlow Version=\"1\" Minor=\"0\">\n    <PartitionDefs>\n");
    for pd in &project.partition_defs {
        let _ = writeln!(
            out,
            "      <PartitionDef Name=\"{}\" DefaultRM=\"{}\" ModuleName=\"{}\" LibraryName=\"{}\" Type=\"NONE\">",
            xml(&pd.name),
            xml(&pd.default_rm),
            xml(&pd.module),
            xml(&pd.library)
        );
        for rm in project.modules.iter().filter(|m| m.partition_def == pd.name) {
            let _ = writeln!(
                out,
                "        <ReconfigModule Name=\"{0}\" Top=\"{1}\" SrcSet=\"{0}\" SynthRun=\"{0}_synth_1\" ImplRun=\"{0}_impl_1\"{2}/>",
                xml(&rm.name),
                xml(&rm.top),
                if rm.gate_level { " IsGateLevel=\"true\"" } else { "" }
            );
        }
        prop_lines(out, "        ", &pd.props);
        out.push_str("      </PartitionDef>\n");
    }
    out.push_str("    </PartitionDefs>\n    <PRConfigurations>\n");
    for config in &project.configurations {
        let active = if project.props.get("ACTIVE_CONFIG") == Some(config.name.as_str()) {
            " Active=\"true\""
        } else {
            ""
        };
        let _ = writeln!(out, "      <PRConfiguration Name=\"{}\"{active}>", xml(&config.name));
        for (cell, rm) in &config.cells {
            let _ = writeln!(
                out,
                "        <PartitionInstMap PartitionInst=\"{}\" RM=\"{}\"/>",
                xml(cell),
                xml(rm)
            );
        }
        for cell in &config.greyboxes {
            let _ = writeln!(out, "        <GreyboxInst Name=\"{}\"/>", xml(cell));
        }
        prop_lines(out, "        ", &config.props);
        out.push_str("      </PRConfiguration>\n");
    }
    out.push_str("    </PRConfigurations>\n  </PRFlow>\n");
}

/// Reads a project file. The second value is the folder that the file says it was in, when that differs.
pub(crate) fn read(path: &Path, release: Release) -> Result<(Project, Option<String>), XprError> {
    let source = disk::read_to_string(path)?;
    let document = Document::parse(&source)?;
    let root = document.root_element();
    if root.tag_name().name() != "Project" {
        return Err(XprError::NoProject);
    }
    let dir = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let name = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let mut project = Project::new(&name, dir, "", true, release);
    project.in_memory = false;
    project.dirty = false;
    let minor = root.attribute("Minor").and_then(|m| m.parse::<u32>().ok());
    project.read_only = minor.is_some_and(|m| m > release.xpr_minor);
    project.filesets.clear();
    let moved = root.attribute("Path").and_then(|old| {
        let old = Path::new(old).parent().map(text).unwrap_or_default();
        (old != project.text_dir()).then_some(old)
    });
    for node in root.descendants().filter(Node::is_element) {
        match node.tag_name().name() {
            "Configuration" => configuration(&mut project, node),
            "FileSet" => {
                if let Some(set) = read_set(&project, node) {
                    project.filesets.push(set);
                }
            }
            "Run" => read_run(&mut project, node),
            "PartitionDef" => read_partition(&mut project, node),
            "PRConfiguration" => read_config(&mut project, node),
            _ => {}
        }
    }
    for (name, kind) in [
        ("sources_1", SetKind::Design),
        ("constrs_1", SetKind::Constraints),
        ("sim_1", SetKind::Simulation),
        ("utils_1", SetKind::Utilities),
    ] {
        if project.fileset(name).is_none() {
            project.filesets.push(FileSet::new(name, kind));
        }
    }
    Ok((project, moved))
}

fn attr(node: Node<'_, '_>, name: &str) -> String {
    node.attribute(name).unwrap_or_default().to_owned()
}

fn own_props(node: Node<'_, '_>, props: &mut Props) {
    for prop in node.children().filter(|n| n.has_tag_name("SimProp")) {
        props.set(&attr(prop, "Name"), attr(prop, "Val"));
    }
}

fn configuration(project: &mut Project, node: Node<'_, '_>) {
    for option in node.children().filter(|n| n.has_tag_name("Option")) {
        let value = attr(option, "Val");
        match option.attribute("Name") {
            Some("Part") => project.part = value,
            Some("BoardPart") if !value.is_empty() => project.props.set("BOARD_PART", value),
            Some("PRFlow") if value.eq_ignore_ascii_case("true") => project.props.set("PR_FLOW", "1"),
            Some("DefaultLib") => project.props.set("DEFAULT_LIB", value),
            Some("TargetLanguage") => project.props.set("TARGET_LANGUAGE", value),
            _ => {}
        }
    }
    own_props(node, &mut project.props);
}

fn read_set(project: &Project, node: Node<'_, '_>) -> Option<FileSet> {
    let kind = SetKind::read(node.attribute("Type")?)?;
    let mut set = FileSet::new(node.attribute("Name")?, kind);
    for file in node.children().filter(|n| n.has_tag_name("File")) {
        let mut source = SourceFile::new(lengthen(project, file.attribute("Path")?));
        let attrs: Vec<_> = file.descendants().filter(|n| n.has_tag_name("Attr")).collect();
        let used: Vec<_> = attrs
            .iter()
            .filter(|a| a.attribute("Name") == Some("UsedIn"))
            .filter_map(|a| a.attribute("Val"))
            .collect();
        if !used.is_empty() {
            source.props.set("USED_IN", used.join(" "));
        }
        if attrs.iter().any(|a| matches!(a.attribute("Name"), Some("UserDisabled" | "AutoDisabled"))) {
            source.props.set("IS_ENABLED", "0");
        }
        own_props(file, &mut source.props);
        set.files.push(source);
    }
    for config in node.children().filter(|n| n.has_tag_name("Config")) {
        for option in config.children().filter(|n| n.has_tag_name("Option")) {
            match option.attribute("Name") {
                Some("TopModule") => set.props.set("TOP", attr(option, "Val")),
                Some("DesignMode") => set.props.set("DESIGN_MODE", attr(option, "Val")),
                _ => {}
            }
        }
        own_props(config, &mut set.props);
    }
    Some(set)
}

fn read_run(project: &mut Project, node: Node<'_, '_>) {
    let Some(kind) = node.attribute("Type") else { return };
    let strategy = node.descendants().find(|n| n.has_tag_name("StratHandle"));
    let mut run = Run {
        name: attr(node, "Id"),
        synthesis: kind.contains("Synth"),
        srcset: node.attribute("SrcSet").unwrap_or("sources_1").to_owned(),
        constrset: attr(node, "ConstrsSet"),
        parent: node.attribute("SynthRun").map(str::to_owned),
        flow: strategy.map(|s| attr(s, "Flow")).unwrap_or_default(),
        strategy: strategy.map(|s| attr(s, "Name")).unwrap_or_default(),
        pr_config: node.attribute("PRConfiguration").map(str::to_owned),
        props: Props::default(),
    };
    if node.attribute("GenFullBitstream") == Some("false") {
        run.props.set("GEN_FULL_BITSTREAM", "0");
    }
    if let Some(mode) = node.attribute("DFXMode").filter(|m| *m != "STANDARD") {
        run.props.set("DFX_MODE", mode);
    }
    own_props(node, &mut run.props);
    if node.attribute("State") == Some("current") {
        if run.synthesis { &mut project.current_synth } else { &mut project.current_impl }
            .clone_from(&run.name);
    }
    project.runs.push(run);
}

fn read_partition(project: &mut Project, node: Node<'_, '_>) {
    let mut pd = PartitionDef {
        name: attr(node, "Name"),
        module: attr(node, "ModuleName"),
        library: attr(node, "LibraryName"),
        default_rm: attr(node, "DefaultRM"),
        props: Props::default(),
    };
    own_props(node, &mut pd.props);
    for rm in node.children().filter(|n| n.has_tag_name("ReconfigModule")) {
        project.modules.push(ReconfigModule {
            name: attr(rm, "Name"),
            partition_def: pd.name.clone(),
            top: attr(rm, "Top"),
            gate_level: rm.attribute("IsGateLevel") == Some("true"),
            props: Props::default(),
        });
    }
    project.partition_defs.push(pd);
}

fn read_config(project: &mut Project, node: Node<'_, '_>) {
    let mut config = PrConfiguration { name: attr(node, "Name"), ..PrConfiguration::default() };
    for child in node.children() {
        match child.tag_name().name() {
            "PartitionInstMap" => config.cells.push((attr(child, "PartitionInst"), attr(child, "RM"))),
            "GreyboxInst" => config.greyboxes.push(attr(child, "Name")),
            _ => {}
        }
    }
    own_props(node, &mut config.props);
    if node.attribute("Active") == Some("true") {
        project.props.set("ACTIVE_CONFIG", config.name.clone());
    }
    project.configurations.push(config);
}
