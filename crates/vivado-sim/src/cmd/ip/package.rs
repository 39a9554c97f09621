// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The IP packager (`ipx::`): a project's top as a `component.xml` that the catalogue then finds.
//!
//! UG835 does not list these commands, so their options are not checked: what is read are the options of
//! `package_project` and the names of what is added. Bus interfaces, memory maps and parameters are kept as named
//! objects with the properties that a script sets; the component holds identity and ports.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::{catalog, failed, write};
use crate::cmd::{files, silicon};
use crate::disk;
use crate::hdl;
use crate::model::object::Kind;
use crate::model::props::Props;
use crate::session::{Outcome, Session, Stop};
use crate::util::{self, xml};

const SWITCHES: [&str; 10] = [
    "-import_files",
    "-force",
    "-quiet",
    "-verbose",
    "-set_current",
    "-generated_files",
    "-copy_to_dest",
    "-recurse",
    "-update_parameters",
    "-module",
];

/// Options with their values, and the other words. A switch has no value; `-module` and `-set_current` take one.
fn read(words: &[String]) -> (Vec<(String, String)>, Vec<String>) {
    let (mut options, mut plain) = (Vec::new(), Vec::new());
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let Some(name) = word.strip_prefix('-').filter(|n| n.starts_with(char::is_alphabetic)) else {
            plain.push(word.clone());
            continue;
        };
        let valued = matches!(name, "module" | "set_current") || !SWITCHES.contains(&word.as_str());
        let value = if valued { rest.next().cloned().unwrap_or_default() } else { String::new() };
        options.push((name.to_owned(), value));
    }
    (options, plain)
}

fn option<'a>(options: &'a [(String, String)], name: &str) -> Option<&'a str> {
    options.iter().rev().find(|(n, _)| n == name).map(|(_, v)| v.as_str()).filter(|v| !v.is_empty())
}

/// One `ipx::<name>` command.
pub(crate) fn ipx(s: &mut Session, name: &str, words: &[String]) -> Outcome {
    let (options, plain) = read(words);
    match name {
        "package_project" | "create_core" => package(s, &options),
        "current_core" => {
            if let Some(core) = plain.first() {
                s.params.insert("sim ipx core".to_owned(), core.clone());
            }
            match s.params.get("sim ipx core").cloned() {
                Some(core) if s.extras.contains_key(&core) => Ok(core),
                _ if words.iter().any(|w| w == "-quiet") => Ok(String::new()),
                _ => failed("no IP is open in the packager."),
            }
        }
        "open_core" | "open_ipxact_file" => open(s, &plain),
        "find_open_core" => {
            let wanted = plain.first().cloned().unwrap_or_default();
            let named = |p: &Props| p.get("CLASS") == Some("ipx_component") && vlnv(p) == wanted;
            Ok(s.extras.iter().find(|(_, p)| named(p)).map(|(n, _)| n.clone()).unwrap_or_default())
        }
        "save_core" | "update_checksums" | "create_xgui_files" | "check_integrity" | "unload_core" => {
            let core = plain.first().cloned().or_else(|| s.params.get("sim ipx core").cloned());
            if let Some(core) = core.filter(|_| name != "unload_core") {
                save(s, &core)?;
            }
            Ok(String::new())
        }
        "archive_core" => {
            let file = plain.first().cloned().unwrap_or_default();
            let path = s.path(&file);
            write(&path, "SIMULATED archive\n")?;
            Ok(String::new())
        }
        _ if name.starts_with("add_") || name.starts_with("get_") => {
            let class = name[4..].trim_end_matches('s').to_owned();
            let Some(object) = plain.first().filter(|p| !p.contains(['*', '?'])).cloned() else {
                return Ok(String::new());
            };
            if s.registry.kinds(&object).contains(&Kind::Extra) {
                return Ok(object);
            }
            Ok(silicon::extra(s, &format!("ipx_{class}"), &object, Props::default()))
        }
        _ => Ok(String::new()),
    }
}

fn vlnv(props: &Props) -> String {
    ["VENDOR", "LIBRARY", "NAME", "VERSION"].map(|n| props.get(n).unwrap_or("")).join(":")
}

/// Registers a component under a name of its own: an object is its name, and its NAME property is another.
fn component(s: &mut Session, props: Props) -> String {
    let number = s.extras.values().filter(|p| p.get("CLASS") == Some("ipx_component")).count() + 1;
    let object = format!("component_{number}");
    let own = props.get("NAME").unwrap_or_default().to_owned();
    silicon::extra(s, "ipx_component", &object, props);
    if let Some(props) = s.extras.get_mut(&object) {
        props.set("NAME", own);
    }
    s.params.insert("sim ipx core".to_owned(), object.clone());
    object
}

fn package(s: &mut Session, options: &[(String, String)]) -> Outcome {
    let p = s.project()?;
    let sources = p.fileset("sources_1").cloned();
    let top = option(options, "module")
        .map(str::to_owned)
        .or_else(|| sources.as_ref().and_then(|f| files::top_of(p, f)))
        .or_else(|| option(options, "name").map(str::to_owned));
    let Some(top) = top else { return failed("the project has no top module to package.") };
    let default = p.dir.clone();
    let root = option(options, "root_dir").map_or(default, |d| s.path(d));
    let mut props = Props::default();
    props.set("VENDOR", option(options, "vendor").unwrap_or("xilinx.com"));
    props.set("LIBRARY", option(options, "library").unwrap_or("user"));
    props.set("NAME", option(options, "name").unwrap_or(&top));
    props.set("VERSION", option(options, "version").unwrap_or("1.0"));
    props.set("TAXONOMY", option(options, "taxonomy").unwrap_or("/UserIP"));
    props.set("TOP", top);
    props.set("CORE_REVISION", "1");
    props.set("ROOT_DIRECTORY", util::text(&root));
    props.set("XML_FILE_NAME", util::text(&root.join("component.xml")));
    if options.iter().any(|(n, _)| n == "import_files") {
        for file in sources.iter().flat_map(|f| &f.files) {
            let to = root.join("src").join(util::file_name(&file.path));
            let copied = disk::create_dir_all(root.join("src")).and_then(|()| disk::copy(&file.path, &to));
            if let Err(error) = copied {
                return failed(error.to_string());
            }
        }
    }
    let object = component(s, props);
    save(s, &object)?;
    Ok(object)
}

fn open(s: &mut Session, plain: &[String]) -> Outcome {
    let Some(file) = plain.first() else { return failed("no file was given.") };
    let path = s.path(file);
    let Some(read) = catalog::vlnv_of(&path) else {
        return failed(format!("'{}' is not an IP description.", path.display()));
    };
    let mut props = Props::default();
    for (name, value) in ["VENDOR", "LIBRARY", "NAME", "VERSION"].into_iter().zip(read.split(':')) {
        props.set(name, value);
    }
    props.set("XML_FILE_NAME", util::text(&path));
    Ok(component(s, props))
}

/// Writes the `component.xml`.
fn save(s: &mut Session, core: &str) -> Result<(), Stop> {
    let Some(props) = s.extras.get(core).cloned() else {
        return failed(format!("'{core}' is not an open IP."));
    };
    let Some(path) = props.get("XML_FILE_NAME").map(PathBuf::from) else { return Ok(()) };
    let mut out =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- SIMULATED: written by vivado-sim -->\n<spirit:component xmlns:spirit=\"http://www.spiritconsortium.org/XMLSchema/SPIRIT/1685-2009\">\n"
            .to_owned();
    for (tag, prop) in
        [("vendor", "VENDOR"), ("library", "LIBRARY"), ("name", "NAME"), ("version", "VERSION")]
    {
        let _ = writeln!(out, "  <spirit:{tag}>{}</spirit:{tag}>", xml(props.get(prop).unwrap_or("")));
    }
    out += "  <spirit:model>\n    <spirit:ports>\n";
    let top = props.get("TOP").unwrap_or_default().to_owned();
    let library = s
        .project
        .as_ref()
        .and_then(|p| p.fileset("sources_1"))
        .and_then(|f| files::library(f, "synthesis").ok())
        .unwrap_or_default();
    if let Some(module) = library.get(&top) {
        for port in hdl::ports(&library.known_ports(module, &dfxkit_hdl::Overrides::default())) {
            let direction = port.dir.verilog().trim_end_matches("put");
            let _ = writeln!(
                out,
                "      <spirit:port><spirit:name>{}</spirit:name><spirit:wire><spirit:direction>{direction}</spirit:direction></spirit:wire></spirit:port>",
                xml(&port.name)
            );
        }
    }
    let _ = write!(
        out,
        "    </spirit:ports>\n  </spirit:model>\n  <spirit:description>{}</spirit:description>\n</spirit:component>\n",
        xml(props.get("DESCRIPTION").unwrap_or(""))
    );
    write(&path, out)
}
