// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Fragments of the description as inputs: any serialisable value becomes one named [`Input::Value`] per leaf, so that `why` can
//! name the one setting that changed instead of two unlike blobs.

use serde::Serialize;
use serde_json::Value;

use super::Input;

/// The leaves of `value`, named `prefix.key[index]`. An empty map or list is a leaf too (`{}`, `[]`): that it became empty is a change. `null` is
/// the leaf `none`.
pub(super) fn leaves(prefix: &str, value: &impl Serialize) -> Vec<Input> {
    let value = serde_json::to_value(value).expect("our own types have string keys only");
    let mut out = Vec::new();
    walk(prefix, &value, &mut out);
    out
}

/// One leaf.
pub(super) fn leaf(name: &str, value: impl Into<String>) -> Input {
    Input::Value { name: name.to_owned(), value: value.into() }
}

fn walk(name: &str, value: &Value, out: &mut Vec<Input>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                walk(&format!("{name}.{key}"), value, out);
            }
        }
        Value::Array(list) if !list.is_empty() => {
            for (index, value) in list.iter().enumerate() {
                walk(&format!("{name}[{index}]"), value, out);
            }
        }
        Value::String(text) => out.push(leaf(name, text)),
        Value::Null => out.push(leaf(name, "none")),
        other => out.push(leaf(name, other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn leaves_are_named_by_their_way() {
        let inputs = leaves("build", &json!({"jobs": 2, "hooks": {}, "list": ["a", "b"], "strategy": null}));
        let names: Vec<String> = inputs
            .iter()
            .map(|i| match i {
                Input::Value { name, value } => format!("{name}={value}"),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(
            names,
            ["build.jobs=2", "build.hooks={}", "build.list[0]=a", "build.list[1]=b", "build.strategy=none"]
        );
    }
}
