// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Writes kits: the images of a verified build, for the people and programs that load them.
//!
//! ```text
//! Artifacts ─► content (which image, under which name, with which facts) ─► manifest ─► README, loader ─► directory, archive
//!              every image is read again: kind, device, frames, payload
//! ```
//!
//! The format itself is in [`dfxkit_handoff::kit`]: what is written here is what that verifier accepts, and the verifier
//! is run on the result before it gets its name.
//!
//! A kit appears by one rename. A kit of the same name is replaced only when it is whole and made by dfxkit; when it
//! holds the same, nothing is written. What the stand-in made is called SIMULATED in the manifest, in README.txt and in
//! the loader. An `unknown` verdict is in all three as well; of what a gate refused no kit is made.
//!

mod care;
mod compare;
mod content;
mod deb;
mod emit;
mod error;
mod examine;
mod firmware;
mod images;
mod overlay;
mod place;
mod regions;
mod registers;
mod sbom;
mod signature;
mod sources;
mod statement;
mod write;

pub use care::Care;
pub use compare::{About, Comparison, compare};
pub use deb::{deb, file_name as deb_file_name};
pub use error::KitError;
pub use examine::examine;
pub use sbom::sbom;
pub use signature::{ENDING, check as check_signature, sign, signed_file};
pub use statement::STATEMENT;
pub use write::{Change, KitInput, SBOM, Written, write};
