// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! From the tree to the plain model. Values that are missing or of the wrong type get their defaults: the shape check has
//! said so already, and rules that look at a value ask the document whether it is there.

use camino::Utf8PathBuf;
use indexmap::IndexMap;

use super::document::{Document, Node, Value};
use super::model::{
    AllowedMessage, Build, Configuration, Decoupler, Flow, Gates, IdRegister, Kit, KitFormat, Module,
    Partition, Pblock, Project, Reset, RunOptions, ShellKind, SnappingMode, Spec, StaticDesign,
};

/// Makes the model.
pub fn lower(document: &Document) -> Spec {
    let root = Reader(Some(document.root()));
    Spec {
        project: project(root.get("project")),
        static_design: static_design(root.get("static")),
        partitions: root.get("partitions").tables(partition),
        modules: root.get("modules").tables(module),
        configurations: root.get("configurations").tables(configuration),
        build: build(root.get("build")),
        gates: gates(root.get("gates")),
        kit: kit(root.get("kit")),
    }
}

/// A value that may be missing.
#[derive(Clone, Copy)]
struct Reader<'a>(Option<&'a Node>);

impl<'a> Reader<'a> {
    fn value(self) -> Option<&'a Value> {
        self.0.map(|n| &n.value)
    }

    fn get(self, key: &str) -> Self {
        match self.value() {
            Some(Value::Table(table)) => Self(table.get(key).map(|e| &e.node)),
            _ => Self(None),
        }
    }

    fn text(self, key: &str) -> Option<String> {
        match self.get(key).value() {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        }
    }

    fn text_or_empty(self, key: &str) -> String {
        self.text(key).unwrap_or_default()
    }

    fn flag(self, key: &str) -> Option<bool> {
        match self.get(key).value() {
            Some(Value::Bool(b)) => Some(*b),
            _ => None,
        }
    }

    fn integer<T: TryFrom<i128>>(self, key: &str) -> Option<T> {
        match self.get(key).value() {
            Some(Value::Integer(Some(n))) => T::try_from(*n).ok(),
            _ => None,
        }
    }

    fn items(self) -> &'a [Node] {
        match self.value() {
            Some(Value::Array(items)) => items,
            _ => &[],
        }
    }

    fn list(self, key: &str) -> Vec<String> {
        self.get(key)
            .items()
            .iter()
            .filter_map(|n| match &n.value {
                Value::Text(text) => Some(text.clone()),
                _ => None,
            })
            .collect()
    }

    fn map(self, key: &str) -> IndexMap<String, String> {
        let Some(Value::Table(table)) = self.get(key).value() else { return IndexMap::new() };
        table
            .iter()
            .filter_map(|(k, e)| match &e.node.value {
                Value::Text(text) => Some((k.clone(), text.clone())),
                Value::Integer(Some(n)) => Some((k.clone(), n.to_string())),
                _ => None,
            })
            .collect()
    }

    fn tables<T>(self, each: impl Fn(Reader<'a>) -> T) -> IndexMap<String, T> {
        let Some(Value::Table(table)) = self.value() else { return IndexMap::new() };
        table
            .iter()
            .filter(|(_, e)| matches!(e.node.value, Value::Table(_)))
            .map(|(k, e)| (k.clone(), each(Reader(Some(&e.node)))))
            .collect()
    }
}

fn project(t: Reader<'_>) -> Project {
    Project {
        name: t.text_or_empty("name"),
        version: t.text_or_empty("version"),
        part: t.text_or_empty("part"),
        board: t.text("board"),
        vivado: t.text("vivado"),
    }
}

fn static_design(t: Reader<'_>) -> StaticDesign {
    StaticDesign {
        top: t.text_or_empty("top"),
        sources: t.list("sources"),
        constraints: t.list("constraints"),
        include_dirs: t.list("include-dirs"),
        defines: t.map("defines"),
        generics: t.map("generics"),
    }
}

fn partition(t: Reader<'_>) -> Partition {
    let pblock = t.get("pblock");
    Partition {
        cell: t.text_or_empty("cell"),
        module: t.text_or_empty("module"),
        pblock: matches!(pblock.value(), Some(Value::Table(_))).then(|| Pblock {
            ranges: pblock.list("ranges"),
            snapping_mode: match pblock.text("snapping-mode").as_deref() {
                Some("off") => Some(SnappingMode::Off),
                Some("on") => Some(SnappingMode::On),
                Some("routing") => Some(SnappingMode::Routing),
                _ => None,
            },
            reset_after_reconfig: pblock.flag("reset-after-reconfig"),
            name: pblock.text("name"),
        }),
        constraints: t.list("constraints"),
        decoupler: t.get("decoupler").integer("address").map(|address| Decoupler { address }),
        reset: reset(t.get("reset")),
    }
}

/// None without an address: the shape check has said that it must be there.
fn reset(t: Reader<'_>) -> Option<Reset> {
    Some(Reset {
        address: t.integer("address")?,
        mask: t.integer("mask").unwrap_or(1),
        active_low: t.flag("active-low").unwrap_or(false),
        hold_us: t.integer("hold-us").unwrap_or(10),
    })
}

fn id_register(t: Reader<'_>) -> Option<IdRegister> {
    Some(IdRegister {
        address: t.integer("address")?,
        value: t.integer("value")?,
        mask: t.integer("mask").unwrap_or(u32::MAX),
        timeout_us: t.integer("timeout-us").unwrap_or(0),
    })
}

fn module(t: Reader<'_>) -> Module {
    Module {
        partition: t.text_or_empty("partition"),
        top: t.text("top"),
        sources: t.list("sources"),
        constraints: t.list("constraints"),
        include_dirs: t.list("include-dirs"),
        defines: t.map("defines"),
        generics: t.map("generics"),
        greybox: t.flag("greybox").unwrap_or(false),
        drivers: t.list("drivers"),
        id: id_register(t.get("id")),
    }
}

fn configuration(t: Reader<'_>) -> Configuration {
    Configuration { parent: t.flag("parent").unwrap_or(false), modules: t.map("modules") }
}

fn build(t: Reader<'_>) -> Build {
    let default = Build::default();
    Build {
        flow: match t.text("flow").as_deref() {
            Some("non-project") => Flow::NonProject,
            _ => default.flow,
        },
        shell: match t.text("shell").as_deref() {
            Some("abstract") => ShellKind::Abstract,
            _ => default.shell,
        },
        abstract_shells: t.flag("abstract-shells").unwrap_or(default.abstract_shells),
        jobs: t.integer("jobs").unwrap_or(default.jobs),
        directory: t.text("directory").map_or(default.directory, Utf8PathBuf::from),
        synth: run_options(t.get("synth")),
        module_synth: run_options(t.get("module-synth")),
        implementation: run_options(t.get("implementation")),
        hooks: hooks(t.get("hooks")),
        bin_file: t.flag("bin-file").unwrap_or(default.bin_file),
        bitstream: t.map("bitstream"),
        timeout_minutes: t.integer("timeout-minutes"),
    }
}

fn run_options(t: Reader<'_>) -> RunOptions {
    RunOptions { strategy: t.text("strategy"), directives: t.map("directives") }
}

/// `STEP.pre` and `STEP.post` to the script.
fn hooks(t: Reader<'_>) -> IndexMap<String, String> {
    let mut all = IndexMap::new();
    for (step, [pre, post]) in t.tables(|hook| [hook.text("pre"), hook.text("post")]) {
        for (when, script) in [("pre", pre), ("post", post)] {
            if let Some(script) = script {
                all.insert(format!("{step}.{when}"), script);
            }
        }
    }
    all
}

fn gates(t: Reader<'_>) -> Gates {
    Gates {
        timing: t.flag("timing").unwrap_or(true),
        route: t.flag("route").unwrap_or(true),
        critical_warnings: t.flag("critical-warnings").unwrap_or(true),
        pr_verify: t.flag("pr-verify").unwrap_or(true),
        bit_proofs: t.flag("bit-proofs").unwrap_or(true),
        allow: t
            .get("allow")
            .items()
            .iter()
            .map(|n| Reader(Some(n)))
            .map(|a| AllowedMessage {
                id: a.text_or_empty("id"),
                contains: a.text("contains"),
                reason: a.text_or_empty("reason"),
            })
            .collect(),
    }
}

fn kit(t: Reader<'_>) -> Kit {
    let default = Kit::default();
    let formats = t.get("formats");
    Kit {
        formats: if formats.value().is_some() {
            t.list("formats")
                .iter()
                .filter_map(|word| match word.as_str() {
                    "pynq" => Some(KitFormat::Pynq),
                    "fpga-manager" => Some(KitFormat::FpgaManager),
                    "dfx-mgr" => Some(KitFormat::DfxMgr),
                    "raw" => Some(KitFormat::Raw),
                    _ => None,
                })
                .collect()
        } else {
            default.formats
        },
        signing_key: t.text("signing-key"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_description_has_the_defaults_of_the_model() {
        let spec = lower(&Document::parse("dfx.toml", b""));
        assert_eq!(spec.build, Build::default());
        assert_eq!(spec.gates, Gates::default());
        assert_eq!(spec.kit, Kit::default());
    }

    #[test]
    fn values_arrive_in_order_and_form() {
        let text = "[partitions.b]\ncell='x/y'\nmodule='m'\ndecoupler={address=0x4120_0000}\n[partitions.a]\n                    [build]\njobs=4\n[build.hooks]\nplace_design.post='h.tcl'\n[static.generics]\nW=8\n[kit]\nformats=['raw']\n";
        let spec = lower(&Document::parse("dfx.toml", text.as_bytes()));
        assert_eq!(spec.partitions.keys().collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!(spec.partitions["b"].decoupler, Some(Decoupler { address: 0x4120_0000 }));
        assert_eq!(spec.build.jobs, 4);
        assert_eq!(spec.build.hooks["place_design.post"], "h.tcl");
        assert_eq!(spec.static_design.generics["W"], "8");
        assert_eq!(spec.kit.formats, [KitFormat::Raw]);
    }
}
