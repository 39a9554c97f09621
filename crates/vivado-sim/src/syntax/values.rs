// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The values that some options take: where the list is known to be whole (UG835 of 2020.2 to 2024.2, UG904), another value is
//! [Common 17-161].

use super::parse::Args;

/// Command, option, values (any case).
const VALUES: &[(&str, &str, &str)] = &[
    (
        "opt_design",
        "directive",
        "Default Explore ExploreArea ExploreWithRemap ExploreWithAggressiveHoldFix ExploreSequentialArea AddRemap NoBramPowerOpt RuntimeOptimized RQS",
    ),
    (
        "place_design",
        "directive",
        "Default Explore WLDrivenBlockPlacement EarlyBlockPlacement LateBlockPlacement ExtraNetDelay_high ExtraNetDelay_medium ExtraNetDelay_low SpreadLogic_high SpreadLogic_medium SpreadLogic_low AltSpreadLogic_high AltSpreadLogic_medium AltSpreadLogic_low ExtraPostPlacementOpt ExtraTimingOpt SSI_SpreadSLLs SSI_SpreadLogic_high SSI_SpreadLogic_low SSI_ExtraTimingOpt SSI_BalanceSLLs SSI_BalanceSLRs SSI_HighUtilSLRs RuntimeOptimized Quick RQS Auto Auto_1 Auto_2 Auto_3 AggressiveExplore BlockPlacement NetDelay_high NetDelay_low",
    ),
    (
        "phys_opt_design",
        "directive",
        "Default Explore ExploreWithHoldFix ExploreWithAggressiveHoldFix AggressiveExplore AlternateReplication AggressiveFanoutOpt AddRetime AlternateFlowWithRetiming AlternateDelayModeling RuntimeOptimized Disable RQS",
    ),
    (
        "route_design",
        "directive",
        "Default Explore AggressiveExplore NoTimingRelaxation MoreGlobalIterations HigherDelayCost AdvancedSkewModeling AlternateCLBRouting RuntimeOptimized Quick RQS",
    ),
    (
        "synth_design",
        "directive",
        "Default RuntimeOptimized AreaOptimized_high AreaOptimized_medium AlternateRoutability AreaMapLargeShiftRegToBRAM AreaMultThresholdDSP FewerCarryChains PerformanceOptimized LogicCompaction PowerOptimized_high PowerOptimized_medium RQS",
    ),
    ("synth_design", "mode", "default out_of_context"),
    ("synth_design", "flatten_hierarchy", "rebuilt full none"),
    ("synth_design", "gated_clock_conversion", "off on auto"),
    ("synth_design", "fsm_extraction", "off one_hot sequential johnson gray user_encoding auto none"),
    ("synth_design", "resource_sharing", "auto on off"),
    ("link_design", "mode", "default out_of_context"),
    ("lock_design", "level", "logical placement routing"),
    ("set_msg_config", "new_severity", "INFO WARNING {CRITICAL WARNING} CRITICAL_WARNING ERROR STATUS"),
    ("create_bd_port", "dir", "I O IO"),
    ("create_bd_pin", "dir", "I O IO"),
];

/// The refusal of the first value that its option does not take.
pub(crate) fn wrong(name: &str, args: &Args) -> Option<String> {
    VALUES.iter().filter(|(command, ..)| *command == name).find_map(|(_, option, values)| {
        let given = args.value(option)?;
        let known = crate::tcl::list::split_loose(values);
        (!given.is_empty() && !known.iter().any(|k| k.eq_ignore_ascii_case(given)))
            .then(|| format!("Invalid option value '{given}' specified for '-{option}'."))
    })
}
