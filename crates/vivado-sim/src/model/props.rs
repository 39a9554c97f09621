// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Property bags: names without regard to case, values as text.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Props(BTreeMap<String, String>);

impl Props {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(&name.to_uppercase()).map(String::as_str)
    }

    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(name.to_uppercase(), value.into());
    }

    pub(crate) fn extend(&mut self, from: impl IntoIterator<Item = (String, String)>) {
        for (name, value) in from {
            self.set(&name, value);
        }
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.0.remove(&name.to_uppercase());
    }

    pub(crate) fn truth(&self, name: &str) -> Option<bool> {
        self.get(name).map(truth)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }
}

/// Vivado's reading of a boolean property.
pub(crate) fn truth(value: &str) -> bool {
    matches!(value.trim().to_ascii_lowercase().as_str(), "1" | "true" | "yes" | "on")
}

/// `1` or `0`.
pub(crate) fn bit(value: bool) -> String {
    u8::from(value).to_string()
}
