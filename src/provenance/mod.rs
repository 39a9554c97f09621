// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Provenance: what was made, from what, by whom, as an in-toto Statement v1 with the SLSA provenance v1 predicate; for a golden release, an
//! update and a kit alike.
//!
//! - [`Statement`]: the types of the in-toto attestation specification, as far as they are used (subject, predicate, resource descriptors);
//! - [`slsa`]: the predicate, filled in from what is really known. What is unknown is absent: there is no time of the build, since nothing
//!   records one, and no claim about the machine;
//! - [`dsse`]: the signed envelope around a statement (DSSE v1);
//! - [`sign`]: signatures by the `minisign` program or by `ssh-keygen`, and their check.
//!
//! The same facts give the same bytes: fields stand in a fixed order, subjects in that of the caller. What a statement does not say: that the
//! builder told the truth. It is as good as the key that signed it.

pub mod dsse;
pub mod sign;
pub mod slsa;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `_type` of a statement (in-toto attestation framework, Statement layer, v1).
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
/// `payloadType` of a statement in an envelope (in-toto attestation framework, Envelope layer).
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// An in-toto statement: artifacts by digest, and something said about them.
///
/// Fields that this version does not know are passed over when it is read, as the specification asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    /// [`STATEMENT_TYPE`]
    #[serde(rename = "_type")]
    pub kind: String,
    /// What it is about. Every one has a digest.
    pub subject: Vec<Resource>,
    /// Kind of what is said: [`slsa::PREDICATE_TYPE`].
    pub predicate_type: String,
    /// What is said.
    pub predicate: Value,
}

/// A resource descriptor: an artifact by name, digest or both. Empty fields are left out.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// Name within this statement: a path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Digests by algorithm, lower-case hexadecimal: `sha256`, `gitCommit`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub digest: BTreeMap<String, String>,
    /// More facts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, Value>,
}

impl Resource {
    /// A file by name and SHA-256.
    pub fn file(name: impl Into<String>, sha256: impl Into<String>) -> Self {
        Self {
            name: Some(name.into()),
            digest: BTreeMap::from([("sha256".to_owned(), sha256.into())]),
            annotations: BTreeMap::new(),
        }
    }

    /// With one more fact.
    #[must_use]
    pub fn note(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.annotations.insert(key.to_owned(), value.into());
        self
    }

    /// Its SHA-256, when it has one.
    pub fn sha256(&self) -> Option<&str> {
        self.digest.get("sha256").map(String::as_str)
    }
}

/// Why a text is no statement.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// No JSON, or not of the shape.
    #[error("not an in-toto statement: {0}")]
    Shape(String),
    /// Of another kind.
    #[error("expected {field} {expected}, actual {actual}")]
    Kind {
        /// `_type` or `predicateType`.
        field: &'static str,
        /// Expected.
        expected: &'static str,
        /// Actual.
        actual: String,
    },
    /// A subject without a SHA-256 says nothing.
    #[error("subject {name} has no SHA-256")]
    NoDigest {
        /// Its name.
        name: String,
    },
}

impl Statement {
    /// A statement with the SLSA predicate.
    pub fn new(subject: Vec<Resource>, predicate: Value) -> Self {
        Self {
            kind: STATEMENT_TYPE.to_owned(),
            subject,
            predicate_type: slsa::PREDICATE_TYPE.to_owned(),
            predicate,
        }
    }

    /// Reads a statement and checks that it is one of ours: of this type, with the SLSA predicate, every subject with a SHA-256.
    pub fn parse(text: &[u8]) -> Result<Self, StatementError> {
        let statement: Self =
            serde_json::from_slice(text).map_err(|e| StatementError::Shape(e.to_string()))?;
        for (field, expected, actual) in [
            ("_type", STATEMENT_TYPE, &statement.kind),
            ("predicateType", slsa::PREDICATE_TYPE, &statement.predicate_type),
        ] {
            if expected != actual {
                return Err(StatementError::Kind { field, expected, actual: actual.clone() });
            }
        }
        match statement.subject.iter().find(|s| s.sha256().is_none()) {
            Some(s) => Err(StatementError::NoDigest { name: s.name.clone().unwrap_or_default() }),
            None => Ok(statement),
        }
    }

    /// The text: JSON on one line, the same for the same statement.
    pub fn render(&self) -> String {
        let mut text = serde_json::to_string(self).expect("a statement has string keys only");
        text.push('\n');
        text
    }

    /// The subject with a name.
    pub fn subject(&self, name: &str) -> Option<&Resource> {
        self.subject.iter().find(|s| s.name.as_deref() == Some(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_reads_back_and_others_are_refused() {
        let statement = Statement::new(
            vec![Resource::file("top.bit", "ab".repeat(32)).note("role", "full-bit")],
            serde_json::json!({}),
        );
        let text = statement.render();
        assert_eq!(Statement::parse(text.as_bytes()).unwrap(), statement);
        assert!(text.starts_with("{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"name\":"));
        // Unknown fields are passed over (in-toto, parsing rules).
        let more = text.replacen('{', "{\"surprise\":1,", 1);
        assert_eq!(Statement::parse(more.as_bytes()).unwrap(), statement);
        let other = text.replace("Statement/v1", "Statement/v9");
        assert!(matches!(
            Statement::parse(other.as_bytes()),
            Err(StatementError::Kind { field: "_type", .. })
        ));
        let bare = text.replace("sha256", "md5");
        assert!(matches!(Statement::parse(bare.as_bytes()), Err(StatementError::NoDigest { .. })));
        assert!(matches!(Statement::parse(b"[]"), Err(StatementError::Shape(_))));
    }
}
