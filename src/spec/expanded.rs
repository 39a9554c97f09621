// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The description with all defaults filled in, as a `dfx.toml` that means the same: what an archive keeps, since defaults may change over the years.
//!
//! Written from the model by the one list of keys ([`super::keys`]). Comments and the order of tables are not those of the user; values that have no
//! default and were not given stay away.

use serde_json::Value as Json;
use toml::{Table, Value};

use super::keys::{Kind, ROOT, TableDef};
use super::model::Spec;

/// The text.
pub fn toml(spec: &Spec) -> String {
    let json = serde_json::to_value(spec).expect("the model has string keys only");
    let mut table = convert(&ROOT, &json);
    hooks(spec, &mut table);
    toml::to_string(&table).expect("a table of plain values")
}

/// A table by its definition: the model's names are the keys with `_` for `-`.
fn convert(def: &TableDef, json: &Json) -> Table {
    let mut table = Table::new();
    for key in def.keys {
        let Some(value) = json.get(key.name.replace('-', "_")).or_else(|| json.get(key.name)) else {
            continue;
        };
        let value = match &key.kind {
            Kind::Table(inner) => Some(Value::Table(convert(inner, value))).filter(|_| value.is_object()),
            Kind::NamedTables(inner) => value.as_object().map(|named| {
                Value::Table(
                    named.iter().map(|(name, v)| (name.clone(), Value::Table(convert(inner, v)))).collect(),
                )
            }),
            Kind::TableList(inner) => value
                .as_array()
                .map(|list| Value::Array(list.iter().map(|v| Value::Table(convert(inner, v))).collect())),
            _ => plain(value),
        };
        // What is empty is what it is without the key.
        let empty =
            |v: &Value| v.as_array().is_some_and(Vec::is_empty) || v.as_table().is_some_and(Table::is_empty);
        if let Some(value) = value.filter(|v| !empty(v)) {
            table.insert(key.name.to_owned(), value);
        }
    }
    table
}

/// A value without keys of ours; none for null.
fn plain(json: &Json) -> Option<Value> {
    Some(match json {
        Json::Null => return None,
        Json::Bool(b) => Value::Boolean(*b),
        Json::Number(n) => Value::Integer(n.as_i64()?),
        Json::String(s) => Value::String(s.clone()),
        Json::Array(items) => Value::Array(items.iter().filter_map(plain).collect()),
        Json::Object(map) => {
            Value::Table(map.iter().filter_map(|(k, v)| Some((k.clone(), plain(v)?))).collect())
        }
    })
}

/// The model holds hooks flat (`STEP.pre`), the description by step.
fn hooks(spec: &Spec, table: &mut Table) {
    let mut steps = Table::new();
    for (name, script) in &spec.build.hooks {
        let Some((step, when)) = name.rsplit_once('.') else { continue };
        let hook = steps.entry(step).or_insert_with(|| Value::Table(Table::new()));
        if let Value::Table(hook) = hook {
            hook.insert(when.to_owned(), Value::String(script.clone()));
        }
    }
    if let Some(Value::Table(build)) = table.get_mut("build") {
        build.remove("hooks");
        if !steps.is_empty() {
            build.insert("hooks".to_owned(), Value::Table(steps));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Document, lower, shape};

    fn read(text: &str) -> Spec {
        let document = Document::parse("dfx.toml", text.as_bytes());
        assert!(shape::check(&document).is_empty(), "{:?}\n{text}", shape::check(&document));
        lower::lower(&document)
    }

    #[test]
    fn every_example_means_the_same_when_it_is_expanded() {
        let examples = camino::Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
        let mut seen = 0;
        for entry in fs_err::read_dir(examples).unwrap() {
            let path = entry.unwrap().path().join("dfx.toml");
            let Ok(text) = fs_err::read_to_string(&path) else { continue };
            let spec = read(&text);
            let expanded = toml(&spec);
            assert_eq!(read(&expanded), spec, "{expanded}");
            assert!(expanded.contains("jobs = ") && expanded.contains("bit-proofs = "), "{expanded}");
            seen += 1;
        }
        assert!(seen > 2, "{seen}");
    }

    #[test]
    fn every_kind_of_key_comes_back() {
        let spec = read(
            r#"[project]
name = "x"
version = "1"
part = "xc7z020clg400-1"
[static]
top = "t"
sources = ["a.v"]
[static.defines]
A-B = "1"
[partitions.p-1]
cell = "c"
module = "m"
decoupler = { address = 0x4120_0000 }
pblock = { ranges = ["SLICE_X0Y0:SLICE_X1Y1"], snapping-mode = "routing", reset-after-reconfig = false }
[modules.m_1]
partition = "p-1"
include-dirs = ["i"]
generics = { W_X = 8 }
[configurations.c]
parent = true
modules = { p-1 = "m_1" }
[build]
flow = "non-project"
shell = "abstract"
bin-file = true
timeout-minutes = 5
bitstream = { "BITSTREAM.GENERAL.COMPRESS" = "TRUE" }
[build.module-synth]
strategy = "S"
[build.implementation]
directives = { place_design = "Explore" }
[build.hooks.place_design]
pre = "a.tcl"
post = "b.tcl"
[[gates.allow]]
id = "A 1-2"
reason = "r"
[kit]
formats = ["raw"]
signing-key = "k"
"#,
        );
        let expanded = toml(&spec);
        assert_eq!(read(&expanded), spec, "{expanded}");
    }
}
