// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The JSON schema of `dfx.toml` (draft 2020-12), made from the list of keys: editors complete and check with it.
//!
//! Looser than the rules: it knows types and words, not what fits together.

use serde_json::{Map, Value, json};

use super::keys::{KeyDef, Kind, Need, ROOT, TableDef, Word};

/// The schema.
pub fn schema() -> Value {
    let mut root = table(&ROOT);
    let object = root.as_object_mut().expect("a table's schema is an object");
    let mut all = Map::new();
    all.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    all.insert("title".to_owned(), json!("dfx.toml"));
    all.append(object);
    Value::Object(all)
}

fn table(def: &TableDef) -> Value {
    let properties: Map<String, Value> = def.keys.iter().map(|k| (k.name.to_owned(), key(k))).collect();
    let required: Vec<&str> = def.keys.iter().filter(|k| k.need == Need::Required).map(|k| k.name).collect();
    json!({
        "type": "object",
        "description": def.doc,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn key(def: &KeyDef) -> Value {
    let mut value = kind(&def.kind);
    let object = value.as_object_mut().expect("every kind's schema is an object");
    object.insert("description".to_owned(), json!(def.doc));
    if let Need::Default(default) = def.need {
        object.insert("default".to_owned(), literal(default));
    }
    if !def.example.is_empty() {
        object.insert("examples".to_owned(), json!([literal(def.example)]));
    }
    value
}

fn kind(kind: &Kind) -> Value {
    match kind {
        Kind::Text => json!({"type": "string", "minLength": 1}),
        Kind::Bool => json!({"type": "boolean"}),
        Kind::Integer { min, max } => {
            // Beyond 64 bits JSON numbers lose digits; a bound that large is no bound.
            let mut schema = json!({"type": "integer", "minimum": i64::try_from(*min).unwrap_or(i64::MIN)});
            if let Ok(max) = i64::try_from(*max) {
                schema["maximum"] = json!(max);
            }
            schema
        }
        Kind::Word(words) => json!({"type": "string", "enum": names(words)}),
        Kind::TextList => json!({"type": "array", "items": {"type": "string", "minLength": 1}}),
        Kind::WordList(words) => json!({"type": "array", "items": {"type": "string", "enum": names(words)}}),
        Kind::TextMap => json!({"type": "object", "additionalProperties": {"type": ["string", "integer"]}}),
        Kind::Table(def) => table(def),
        Kind::NamedTables(def) => json!({"type": "object", "additionalProperties": table(def)}),
        Kind::TableList(def) => json!({"type": "array", "items": table(def)}),
    }
}

fn names(words: &[Word]) -> Vec<&'static str> {
    words.iter().map(|(w, _)| *w).collect()
}

/// A TOML value of our own list as JSON.
fn literal(toml: &str) -> Value {
    let table: toml::Table =
        toml::from_str(&format!("v = {toml}")).expect("the examples in the list of keys are TOML (tested)");
    serde_json::to_value(&table["v"]).expect("TOML values without dates are JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_has_every_table_and_its_words() {
        let schema = schema();
        assert_eq!(schema["required"], json!(["project", "static", "partitions", "modules"]));
        let pblock = &schema["properties"]["partitions"]["additionalProperties"]["properties"]["pblock"];
        assert_eq!(pblock["properties"]["snapping-mode"]["enum"], json!(["off", "on", "routing"]));
        assert_eq!(schema["properties"]["build"]["properties"]["jobs"]["default"], json!(2));
    }

    #[test]
    fn the_defaults_of_the_list_are_those_of_the_model() {
        // The list of keys is what the user reads; the model is what runs. They must agree.
        let written = "[build]\nflow='project'\nshell='standard'\njobs=2\ndirectory='build'\nbin-file=false\n[kit]\nformats=['pynq','fpga-manager','raw']\n";
        let spec = super::super::lower::lower(&super::super::Document::parse("d", written.as_bytes()));
        assert_eq!(spec.build, super::super::model::Build::default());
        assert_eq!(spec.kit, super::super::model::Kit::default());
        for (table, name, default) in [
            (&super::super::keys::BUILD, "jobs", "2"),
            (&super::super::keys::BUILD, "directory", "\"build\""),
            (&super::super::keys::BUILD, "flow", "\"project\""),
            (&super::super::keys::KIT, "formats", "[\"pynq\", \"fpga-manager\", \"raw\"]"),
        ] {
            assert_eq!(table.key(name).unwrap().need, Need::Default(default));
        }
    }
}
