// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! kit.json: any bytes are read or refused, and what is read renders to what reads the same.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(manifest) = dfxkit_handoff::kit::Manifest::parse(bytes) {
        let text = manifest.render().expect("what was read can be written");
        assert!(dfxkit_handoff::kit::Manifest::parse(text.as_bytes()).is_ok());
    }
});
