// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! golden.toml: any text is read or refused, and what is read renders to what reads the same.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(manifest) = dfxkit::golden::Manifest::parse(text) {
        assert_eq!(dfxkit::golden::Manifest::parse(&manifest.render()).as_ref(), Ok(&manifest));
    }
    let _ = dfxkit::golden::manifest::port_lines(text);
});
