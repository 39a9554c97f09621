// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The description: `dfx.toml` read with spans, checked for shape, and lowered to the [`model`].
//!
//! [`Document::parse`] keeps every key and value with its place in the text and collects all syntax errors;
//! [`shape::check`] compares the tree with the one declarative list of keys ([`keys`]) and collects every unknown key, wrong
//! type, missing key and wrong word; [`lower::lower`] makes the plain model, with defaults where a value is missing or wrong.
//! The same list of keys feeds the JSON schema ([`schema`]) and the reference page ([`mod@reference`]), so that none of them can disagree.
//! Not here: what the values mean together (see [`crate::rules`]). Faults are data; [`crate::rules`] turns them into diagnostics.

pub mod document;
pub mod expanded;
pub mod keys;
pub mod lower;
pub mod model;
pub mod reference;
pub mod schema;
pub mod shape;

pub use document::{Document, Fault, FaultKind};
