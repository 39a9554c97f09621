// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tests of the public API, in one binary.
#![expect(clippy::unwrap_used, reason = "a helper of tests may panic like a test")]

mod corpus;
mod devices;
mod proofs;
mod reading;
mod robust;
mod writing;
