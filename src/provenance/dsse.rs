// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The signed envelope around a statement: DSSE v1 (secure-systems-lab/dsse, protocol and envelope), as JSON.
//!
//! What is signed is not the payload but its pre-authentication encoding ([`pae`]), which binds the payload's type to it. The signature
//! field holds, in base64, the whole signature file of the tool that signed (minisign's or OpenSSH's), so that the tool alone can check it:
//! see [`super::sign`].

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde::{Deserialize, Serialize};

use super::{PAYLOAD_TYPE, Statement, StatementError};

/// An envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    /// Base64 of the statement.
    pub payload: String,
    /// [`PAYLOAD_TYPE`]
    pub payload_type: String,
    /// Signatures over the [`pae`] of type and payload.
    pub signatures: Vec<Signature>,
}

/// A signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Hint which key made it; nothing rests on it.
    #[serde(default)]
    pub keyid: String,
    /// Base64 of the signature file.
    pub sig: String,
}

/// Why a text is no envelope.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// No JSON, or not of the shape.
    #[error("not a DSSE envelope: {0}")]
    Shape(String),
    /// The payload is of another type.
    #[error("expected payload type {PAYLOAD_TYPE}, actual {0}")]
    Type(String),
    /// A field is no base64.
    #[error("its {0} is no base64")]
    Base64(&'static str),
    /// The payload is no statement.
    #[error(transparent)]
    Statement(#[from] StatementError),
}

/// The bytes that are signed: `DSSEv1 LEN TYPE LEN BODY`, lengths in decimal.
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

impl Envelope {
    /// An envelope around a statement, with one signature file over its [`pae`].
    pub fn new(statement: &str, keyid: &str, signature: &[u8]) -> Self {
        Self {
            payload: STANDARD.encode(statement),
            payload_type: PAYLOAD_TYPE.to_owned(),
            signatures: vec![Signature { keyid: keyid.to_owned(), sig: STANDARD.encode(signature) }],
        }
    }

    /// Reads an envelope; nothing is verified.
    pub fn parse(text: &str) -> Result<Self, EnvelopeError> {
        let envelope: Self = serde_json::from_str(text).map_err(|e| EnvelopeError::Shape(e.to_string()))?;
        if envelope.payload_type != PAYLOAD_TYPE {
            return Err(EnvelopeError::Type(envelope.payload_type));
        }
        Ok(envelope)
    }

    /// The text: JSON on one line.
    pub fn render(&self) -> String {
        let mut text = serde_json::to_string(self).expect("an envelope has string keys only");
        text.push('\n');
        text
    }

    /// The payload's bytes.
    pub fn payload(&self) -> Result<Vec<u8>, EnvelopeError> {
        decode(&self.payload).ok_or(EnvelopeError::Base64("payload"))
    }

    /// The bytes that its signatures are over.
    pub fn signed(&self) -> Result<Vec<u8>, EnvelopeError> {
        Ok(pae(&self.payload_type, &self.payload()?))
    }

    /// The statement; read it only after a signature was verified.
    pub fn statement(&self) -> Result<Statement, EnvelopeError> {
        Ok(Statement::parse(&self.payload()?)?)
    }
}

impl Signature {
    /// The signature file.
    pub fn file(&self) -> Result<Vec<u8>, EnvelopeError> {
        decode(&self.sig).ok_or(EnvelopeError::Base64("signature"))
    }
}

/// Either alphabet, as the protocol asks of verifiers.
fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the DSSE protocol, section "Test Vectors".
    #[test]
    fn the_encoding_is_that_of_the_specification() {
        assert_eq!(
            pae("http://example.com/HelloWorld", b"hello world"),
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
    }

    #[test]
    fn envelopes_read_back_and_nothing_else_does() {
        let envelope = Envelope::new("{}", "AB", b"signature\n");
        assert_eq!(Envelope::parse(&envelope.render()).unwrap(), envelope);
        assert_eq!(envelope.payload().unwrap(), b"{}");
        assert_eq!(envelope.signatures[0].file().unwrap(), b"signature\n");
        assert!(matches!(envelope.statement(), Err(EnvelopeError::Statement(_))));
        let other = envelope.render().replace("vnd.in-toto+json", "vnd.other");
        assert!(matches!(Envelope::parse(&other), Err(EnvelopeError::Type(_))));
        let mut broken = envelope;
        broken.payload = "*".into();
        assert_eq!(broken.signed(), Err(EnvelopeError::Base64("payload")));
        assert!(matches!(Envelope::parse("{}"), Err(EnvelopeError::Shape(_))));
    }
}
