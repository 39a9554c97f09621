// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The steps inside Vivado's runs that a description may name: for directives (`place_design = "Explore"`) and for hooks
//! (`place_design.pre = "scripts/x.tcl"`).
//!
//! Step and property names are Vivado's (`STEPS.<STEP>.ARGS.DIRECTIVE`, `STEPS.<STEP>.TCL.PRE`; UG835, run properties). Not known here:
//! which directives a step of some release takes; Vivado says so when the property is set.

/// Steps of a synthesis run.
pub const SYNTHESIS: &[&str] = &["synth_design"];

/// Steps of an implementation run, in order.
pub const IMPLEMENTATION: &[&str] = &[
    "init_design",
    "opt_design",
    "power_opt_design",
    "place_design",
    "post_place_power_opt_design",
    "phys_opt_design",
    "route_design",
    "post_route_phys_opt_design",
    "write_bitstream",
];

/// Steps of an implementation run that have a directive.
pub const IMPLEMENTATION_DIRECTIVES: &[&str] =
    &["opt_design", "place_design", "phys_opt_design", "route_design", "post_route_phys_opt_design"];

/// The step after which the routed checkpoint has another name (see [`super::names`]).
pub const POST_ROUTE_PHYS_OPT: &str = "post_route_phys_opt_design";

/// Which runs a hook belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HookRuns {
    /// Synthesis of the static.
    Synth,
    /// Synthesis of every module.
    ModuleSynth,
    /// Implementation, parent and children.
    Implementation,
}

/// A hook's place, read from its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hook {
    /// Which runs.
    pub runs: HookRuns,
    /// Vivado's step.
    pub step: &'static str,
    /// Before the step, else after it.
    pub pre: bool,
}

impl Hook {
    /// The run property that holds the script: `STEPS.PLACE_DESIGN.TCL.PRE`.
    pub fn property(&self) -> String {
        format!("STEPS.{}.TCL.{}", self.step.to_ascii_uppercase(), if self.pre { "PRE" } else { "POST" })
    }
}

/// Reads a hook's key: the step, a dot, `pre` or `post`; `module_synth_design` means the modules' runs. Dashes and underscores
/// are the same.
///
/// ```
/// use dfxkit::design::steps::{hook, HookRuns};
/// let h = hook("place_design.pre").unwrap();
/// assert_eq!((h.runs, h.step, h.pre), (HookRuns::Implementation, "place_design", true));
/// assert_eq!(hook("module-synth-design.post").unwrap().runs, HookRuns::ModuleSynth);
/// assert!(hook("place_design").is_none());
/// ```
pub fn hook(key: &str) -> Option<Hook> {
    let (step, when) = key.rsplit_once('.')?;
    let step = step_name(step);
    let pre = match when {
        "pre" => true,
        "post" => false,
        _ => return None,
    };
    let found = |steps: &[&'static str], name: &str| steps.iter().copied().find(|s| *s == name);
    if let Some(step) = step.strip_prefix("module_").and_then(|r| found(SYNTHESIS, r)) {
        return Some(Hook { runs: HookRuns::ModuleSynth, step, pre });
    }
    if let Some(step) = found(SYNTHESIS, &step) {
        return Some(Hook { runs: HookRuns::Synth, step, pre });
    }
    found(IMPLEMENTATION, &step).map(|step| Hook { runs: HookRuns::Implementation, step, pre })
}

/// Every step that may carry a hook, for help texts.
pub fn hook_steps() -> Vec<&'static str> {
    let mut steps = vec!["synth_design", "module_synth_design"];
    steps.extend(IMPLEMENTATION);
    steps
}

/// A step's name as Vivado writes it: `place-design` and `place_design` are the same.
pub fn step_name(key: &str) -> String {
    key.to_ascii_lowercase().replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_is_read_back() {
        for step in hook_steps() {
            assert!(hook(&format!("{step}.pre")).is_some_and(|h| h.pre), "{step}");
            assert!(hook(&format!("{step}.post")).is_some_and(|h| !h.pre), "{step}");
        }
        let late = hook("post-route-phys-opt-design.post").unwrap();
        assert_eq!(late.property(), "STEPS.POST_ROUTE_PHYS_OPT_DESIGN.TCL.POST");
        assert_eq!(hook("compile.pre"), None);
    }
}
