// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Runs: their steps, generated scripts, state in the run directory, and the processes.

pub(crate) mod jobs;
pub(crate) mod launch;
pub(crate) mod record;
pub(crate) mod scripts;
pub(crate) mod status;
pub(crate) mod wrapper;

/// Steps of a run in order.
pub(crate) fn steps(synthesis: bool) -> &'static [&'static str] {
    if synthesis {
        &["synth_design"]
    } else {
        &[
            "init_design",
            "opt_design",
            "power_opt_design",
            "place_design",
            "post_place_power_opt_design",
            "phys_opt_design",
            "route_design",
            "post_route_phys_opt_design",
            "write_bitstream",
            "write_device_image",
        ]
    }
}

/// `Running Opt Design...` and `Opt Design`: a step's words for people.
pub(crate) fn words(step: &str) -> String {
    step.split('_')
        .map(|w| {
            let mut chars = w.chars();
            chars.next().map(|c| c.to_uppercase().collect::<String>() + chars.as_str()).unwrap_or_default()
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// The step's name in a STATUS text.
pub(crate) fn status_name(step: &str) -> String {
    match step {
        "post_route_phys_opt_design" => "phys_opt_design (Post-Route)".to_owned(),
        "post_place_power_opt_design" => "power_opt_design (Post-Place)".to_owned(),
        other => other.to_owned(),
    }
}
