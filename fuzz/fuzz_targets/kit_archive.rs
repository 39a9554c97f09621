// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Kit archives: any bytes are verified or refused, within the limits.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = dfxkit_handoff::kit::verify_archive(bytes, &dfxkit_handoff::kit::Limits::default());
});
