// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! End-to-end tests of the `dfxkit` program: one binary, one module a subject, a [`support::Bench`] for each test.

mod cli;
mod hwh;
mod support;
