// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! dfx.toml: any bytes give problems whose spans lie in the text, or a design.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let file = camino::Utf8Path::new("/nowhere/dfx.toml");
    let checked = dfxkit::rules::check_bytes(bytes, file, camino::Utf8Path::new("dfx.toml"));
    for problem in &checked.problems {
        let _ = dfxkit::diag::render::human(problem, &checked.sources, false);
        let _ = dfxkit::diag::render::json(problem, &checked.sources);
    }
});
