// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A stand-in for AMD Vivado that runs DFX scripts without a licence; all it makes is SIMULATED.
