// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the step options of a run are when nobody set them (UG835, the defaults of the commands' options).
//!
//! Options that a strategy sets are not looked up here: a strategy's name is kept, its options are not modelled.

/// `STEPS.<step>.ARGS.<option>` of a run without a setting of its own.
pub(super) fn default(prop: &str) -> Option<&'static str> {
    let (step, option) = prop.strip_prefix("STEPS.")?.split_once(".ARGS.")?;
    Some(match (step, option) {
        ("SYNTH_DESIGN", "FLATTEN_HIERARCHY") => "rebuilt",
        ("SYNTH_DESIGN", "GATED_CLOCK_CONVERSION") => "off",
        ("SYNTH_DESIGN", "BUFG") => "12",
        ("SYNTH_DESIGN", "FANOUT_LIMIT") => "10000",
        ("SYNTH_DESIGN", "SHREG_MIN_SIZE") => "3",
        (
            "SYNTH_DESIGN",
            "FSM_EXTRACTION" | "RESOURCE_SHARING" | "CONTROL_SET_OPT_THRESHOLD" | "CASCADE_DSP",
        ) => "auto",
        (
            "SYNTH_DESIGN",
            "MAX_BRAM" | "MAX_URAM" | "MAX_DSP" | "MAX_BRAM_CASCADE_HEIGHT" | "MAX_URAM_CASCADE_HEIGHT",
        ) => "-1",
        ("SYNTH_DESIGN", "KEEP_EQUIVALENT_REGISTERS" | "NO_LC" | "NO_SRLEXTRACT" | "RETIMING" | "ASSERT") => {
            "0"
        }
        ("SYNTH_DESIGN", "DIRECTIVE") => "Default",
        (
            "OPT_DESIGN" | "PLACE_DESIGN" | "PHYS_OPT_DESIGN" | "ROUTE_DESIGN" | "POST_ROUTE_PHYS_OPT_DESIGN",
            "DIRECTIVE",
        ) => "Default",
        ("OPT_DESIGN", "VERBOSE") | ("ROUTE_DESIGN", "TNS_CLEANUP") => "0",
        (
            "WRITE_BITSTREAM",
            "BIN_FILE"
            | "RAW_BITFILE"
            | "MASK_FILE"
            | "NO_BINARY_BITFILE"
            | "READBACK_FILE"
            | "LOGIC_LOCATION_FILE"
            | "VERBOSE",
        ) => "0",
        _ => return None,
    })
}
