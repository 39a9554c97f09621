// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the options of a run mean for the plan.

use crate::design::steps;
use crate::spec::model::RunOptions;

/// True when the implementation runs end with post-route physical optimisation: its directive is given, or the strategy is one that has
/// the step (`Performance_ExplorePostRoutePhysOpt`; UG904, implementation strategies). The checkpoints are named differently then. The
/// generated script switches the step on or off explicitly, so that the names hold whatever a strategy of some release does.
pub(crate) fn post_route_phys_opt(options: &RunOptions) -> bool {
    options.directives.keys().any(|k| steps::step_name(k) == steps::POST_ROUTE_PHYS_OPT)
        || options.strategy.as_deref().is_some_and(|s| s.to_ascii_lowercase().contains("postroutephysopt"))
}
