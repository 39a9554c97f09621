// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tests of the public API, in one binary.

mod corpus;
mod devices;
mod reading;
