// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Logs and reports of Vivado: any text is read or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let log = dfxkit::gates::log::read(text);
    let _ = (log.verdict(), dfxkit::gates::pr_verify::in_log(text, &log));
    let _ = dfxkit::gates::timing_summary::read(text);
    let _ = dfxkit::gates::route_status::read(text);
    let _ = dfxkit::gates::utilisation::read(text);
    let _ = dfxkit::gates::drc::read(text);
    let _ = dfxkit::gates::header::read(text);
    for verdict in dfxkit::gates::pr_verify::read(text) {
        let _ = verdict.judge();
    }
});
