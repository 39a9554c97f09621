// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The description: parsing of dfx.toml with spans.

pub mod model;
