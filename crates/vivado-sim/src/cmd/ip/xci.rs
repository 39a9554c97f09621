// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The `.xci` of an instance: written as JSON (Vivado's form since 2020.2), read in that form and in the XML of before.
//!
//! Read are what the instance is of and its parameters. What cannot be read gives nothing: the file then stands for an
//! IP of unknown kind.

use std::path::Path;

use roxmltree::Document;
use serde_json::Value;

use crate::disk;
use crate::model::props::Props;

/// The `.xci` of an instance.
pub(super) fn xci(name: &str, vlnv: &str, props: &Props) -> String {
    let parameters: serde_json::Map<String, Value> = props
        .iter()
        .filter_map(|(n, v)| n.strip_prefix("CONFIG.").map(|n| (n, v)))
        .map(|(n, v)| (n.to_owned(), serde_json::json!([{ "value": v, "value_src": "user" }])))
        .collect();
    let value = serde_json::json!({
        "SIMULATED": "written by vivado-sim",
        "schema": "xilinx.com:schema:json_instance:1.0",
        "ip_inst": {
            "xci_name": name,
            "component_reference": vlnv,
            "ip_revision": "1",
            "parameters": { "component_parameters": parameters }
        }
    });
    serde_json::to_string_pretty(&value).unwrap_or_default() + "\n"
}

/// IPDEF and the `CONFIG.*` of an instance's file.
pub(crate) fn read(path: &Path) -> Vec<(String, String)> {
    let Ok(text) = disk::read_to_string(path) else { return Vec::new() };
    serde_json::from_str::<Value>(&text).map_or_else(|_| from_xml(&text), |value| from_json(&value))
}

fn from_json(value: &Value) -> Vec<(String, String)> {
    let instance = &value["ip_inst"];
    let mut out = Vec::new();
    if let Some(vlnv) = instance["component_reference"].as_str() {
        out.push(("IPDEF".to_owned(), vlnv.to_owned()));
    }
    let parameters = instance["parameters"]["component_parameters"].as_object();
    for (name, values) in parameters.into_iter().flatten() {
        let value = &values[0]["value"];
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        out.push((format!("CONFIG.{name}").to_uppercase(), text));
    }
    out
}

fn from_xml(text: &str) -> Vec<(String, String)> {
    let Ok(document) = Document::parse(text) else { return Vec::new() };
    let named = |name: &'static str| document.descendants().filter(move |n| n.tag_name().name() == name);
    let mut out = Vec::new();
    if let Some(of) = named("componentRef").next() {
        let part = |n: &str| {
            of.attributes().find(|a| a.name() == n).map_or_else(String::new, |a| a.value().to_owned())
        };
        let vlnv = [part("vendor"), part("library"), part("name"), part("version")].join(":");
        out.push(("IPDEF".to_owned(), vlnv));
    }
    for element in named("configurableElementValue") {
        let id = element.attributes().find(|a| a.name() == "referenceId").map_or("", |a| a.value());
        if let Some(name) = id.strip_prefix("PARAM_VALUE.") {
            out.push((
                format!("CONFIG.{name}").to_uppercase(),
                element.text().unwrap_or_default().to_owned(),
            ));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_tell_what_the_instance_is_of() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.xci");
        let mut props = Props::default();
        props.set("CONFIG.DATA_WIDTH", "32");
        fs_err::write(&file, xci("a", "xilinx.com:ip:fifo_generator:13.2", &props)).unwrap();
        let wanted = vec![
            ("IPDEF".to_owned(), "xilinx.com:ip:fifo_generator:13.2".to_owned()),
            ("CONFIG.DATA_WIDTH".to_owned(), "32".to_owned()),
        ];
        assert_eq!(read(&file), wanted);
        fs_err::write(
            &file,
            r#"<spirit:design xmlns:spirit="s"><spirit:componentRef spirit:vendor="xilinx.com" spirit:library="ip" spirit:name="fifo_generator" spirit:version="13.2"/><spirit:configurableElementValue spirit:referenceId="PARAM_VALUE.Data_Width">32</spirit:configurableElementValue></spirit:design>"#,
        )
        .unwrap();
        assert_eq!(read(&file), wanted);
        fs_err::write(&file, "neither").unwrap();
        assert_eq!(read(&file), Vec::new());
    }
}
