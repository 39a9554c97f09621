// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The golden archive: for every release the checkpoints, bitstreams and facts without which no later partial can be built or
//! proven. Content-addressed, read-only, never overwritten, re-hashed before every use.
//!
//! ```text
//! golden/
//!   1.0/golden.toml              the manifest of a release: facts, and every file by role, hash and size
//!   1.0/updates/NAME.toml        an update that was built on it later
//!   1.0/signatures/NAME.json     a signature over the release
//!   objects/sha256/ab/abcd..     contents, shared by all releases, mode 444
//! ```
//!
//! A release appears by one rename of a finished directory: it is there whole or not at all. Objects that a crash left behind without a
//! release do no harm and are reused. Not here: what a build is ([`crate::artifacts`]), how it was judged ([`crate::gates`]).
//! `dfxkit golden archive` holds the lock of the build directory while it reads it. Limits: stores have no lock (a release name that two hosts archive at once is decided by the rename: one wins, the other
//! is refused); stores are directories.

pub mod archive;
pub mod beside;
pub mod check;
mod contents;
mod error;
pub mod facts;
mod fit;
mod gather;
pub mod lfs;
pub mod manifest;
pub mod matrix;
mod parallel;
mod ports;
pub mod remote;
pub mod restore;
mod seal;
pub mod signatures;
pub mod sources;
pub mod store;
pub mod transfer;
pub mod updates;
mod writing;

pub use error::GoldenError;
pub use manifest::Manifest;
pub use seal::SealError;
pub use store::{Golden, Store};

#[cfg(test)]
pub(crate) mod tests;
