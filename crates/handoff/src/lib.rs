// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a build host and a target hand to each other.
//!
//! - [`hwh`]: Vivado's hardware hand-off file (`.hwh`) as a typed model, and the join of a reconfigurable module's
//!   addresses to its region in the static design.
//! - [`kit`]: the bitstream kit: its manifest `kit.json`, its digests, its archive, and the verifier that trusts none of them.
//!
//! Pure with one exception: the kit's directory reader and writer touch the file system that the caller names.
//! Nothing here prints, exits or reads the environment.

pub mod hwh;
pub mod kit;
