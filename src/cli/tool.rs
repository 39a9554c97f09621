// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The way of every command that needs Vivado: find it, ask its version, pass the release gate; and the plan for it.

use super::{Cx, Failure, load};
use crate::design::Design;
use crate::exec::stale::{self, StepStatus};
use crate::exec::state::{State, Tool};
use crate::plan::layout::Layout;
use crate::plan::project::{self, ToolKey};
use crate::plan::{Plan, StepId};
use crate::vivado::Vivado;
use crate::vivado::find::{self, FindError, ROOTS, Search};
use crate::vivado::release::{self, Release, ReleaseRefused};

/// Which Vivado.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct ToolArgs {
    /// Vivado: a program, an install directory, or `sim` for the embedded stand-in
    #[arg(long, value_name = "PATH|sim")]
    vivado: Option<String>,
    /// Take another release than the one that the description is bound to
    #[arg(long)]
    allow_other_release: bool,
}

/// Where Vivado is looked for.
pub(super) fn search(cx: &Cx, args: &ToolArgs, bound: Option<&str>) -> Search {
    let mut roots: Vec<camino::Utf8PathBuf> = ROOTS.iter().map(|r| (*r).into()).collect();
    roots.extend(cx.env.var("HOME").map(|home| camino::Utf8Path::new(home).join("Xilinx")));
    Search {
        given: args.vivado.clone(),
        variable: cx.env.var("DFXKIT_VIVADO").map(str::to_owned),
        release: bound.map(str::to_owned),
        path: cx.env.var("PATH").map(str::to_owned),
        roots,
        exe: cx.env.exe.clone(),
        cwd: cx.env.cwd.clone(),
    }
}

/// Vivado for a design, past the release gate.
pub(super) fn vivado(cx: &Cx, args: &ToolArgs, bound: Option<&str>) -> Result<Vivado, Failure> {
    let found = find::find(&search(cx, args, bound)).map_err(|e| not_found(&e))?;
    let vivado = find::identify(found).map_err(|e| not_found(&e))?;
    let bound: Option<Release> = bound
        .map(str::parse)
        .transpose()
        .map_err(|e: release::NotARelease| Failure::input(format!("[project] vivado: {e}")))?;
    release::gate(&vivado.release, bound.as_ref(), args.allow_other_release)
        .map_err(|e| refused(&vivado, &e))?;
    Ok(vivado)
}

/// Renders why there is no Vivado.
pub(super) fn not_found(error: &FindError) -> Failure {
    let mut failure = Failure::environment(error.to_string());
    match error {
        FindError::Nowhere { looked, .. } | FindError::NotInPath { looked, .. } => {
            for place in looked {
                failure = failure.note(format!("looked at {place}"));
            }
        }
        FindError::NotAtPath { .. } | FindError::Version { .. } => {}
    }
    failure.help("give its program or install directory with --vivado or DFXKIT_VIVADO").help(
        "no Vivado here? `--vivado sim` runs everything on the embedded stand-in; what it makes is SIMULATED",
    )
}

fn refused(vivado: &Vivado, error: &ReleaseRefused) -> Failure {
    let failure = Failure::environment(error.to_string()).note(format!(
        "{} ({})",
        vivado.command.join(" "),
        vivado.origin
    ));
    match error {
        ReleaseRefused::Other { expected, .. } => failure
            .note("checkpoints and golden archives are bound to the exact release (UG909: one release for all configurations of a static)")
            .help(format!("give Vivado {expected} with --vivado, or change [project] vivado"))
            .help("--allow-other-release takes this one nevertheless"),
        ReleaseRefused::TooOld { .. } => failure.help("use a newer Vivado"),
    }
}

/// A description with its plan and how things stand.
pub(super) struct Planned {
    pub(super) design: Design,
    pub(super) layout: Layout,
    pub(super) plan: Plan,
    /// The Vivado that would run; none when none was found and none is needed to look.
    pub(super) vivado: Option<Vivado>,
    /// What the plan was made for.
    pub(super) tool: Tool,
}

impl Planned {
    /// For a design and a Vivado that was found.
    pub(super) fn new(design: Design, vivado: Vivado) -> Self {
        let tool = Tool::from(&vivado);
        Self::with(design, Some(vivado), tool)
    }

    fn with(design: Design, vivado: Option<Vivado>, tool: Tool) -> Self {
        let layout = Layout::of(&design);
        let key =
            ToolKey { release: tool.release.clone(), build: tool.build.clone(), simulated: tool.simulated };
        let plan = project::plan(&design, &layout, &key);
        Self { design, layout, plan, vivado, tool }
    }

    /// For looking only: without a Vivado, the one of the last build is assumed.
    pub(super) fn look(cx: &Cx, args: &ToolArgs) -> Result<Self, Failure> {
        let design = load(cx)?;
        let bound = design.spec.project.vivado.clone();
        let said = args.vivado.is_some() || cx.env.var("DFXKIT_VIVADO").is_some();
        let state = State::open(Layout::of(&design).state());
        match (vivado(cx, args, bound.as_deref()), state.owner()) {
            (Ok(vivado), _) => Ok(Self::new(design, vivado)),
            (Err(failure), _) if said => Err(failure),
            (Err(_), Some(owner)) => Ok(Self::with(design, None, owner)),
            (Err(_), None) => {
                let release = bound.unwrap_or_else(|| "unknown".to_owned());
                Ok(Self::with(design, None, Tool { release, build: None, simulated: false }))
            }
        }
    }

    /// For what stands on a finished build: with the Vivado that made it, whatever is installed now.
    pub(super) fn of_last_build(cx: &Cx) -> Result<Self, Failure> {
        let design = load(cx)?;
        let owner = State::open(Layout::of(&design).state()).owner();
        match owner {
            Some(owner) => Ok(Self::with(design, None, owner)),
            None => Err(Failure::input("nothing is built yet").help("run `dfxkit build`")),
        }
    }

    /// How every step stands.
    pub(super) fn statuses(&self, forced: &[StepId]) -> Result<Vec<StepStatus>, Failure> {
        let state = State::open(self.layout.state());
        let simulated = Some(self.tool.simulated);
        stale::evaluate(&self.plan, &self.layout, &state, simulated, forced)
            .map_err(|e| Failure::input(e.to_string()))
    }

    /// The steps that a word of the user means: a step, a configuration, a module, or an output's path.
    pub(super) fn resolve(&self, word: &str) -> Result<Vec<String>, Failure> {
        let ends = format!(":{word}");
        let exact = self.plan.step(word).map(|s| vec![s.id.0.clone()]);
        let by_name = || -> Vec<String> {
            self.plan.steps.iter().filter(|s| s.id.0.ends_with(&ends)).map(|s| s.id.0.clone()).collect()
        };
        let by_output = || -> Vec<String> {
            let makes = |o: &crate::plan::Output| {
                o.path == word
                    || o.path.file_name() == Some(word)
                    || self.layout.build().join(&o.path) == word
            };
            let steps = self.plan.steps.iter().filter(|s| s.outputs.iter().any(makes));
            steps.map(|s| s.id.0.clone()).collect()
        };
        let steps = exact.or_else(|| Some(by_name()).filter(|s| !s.is_empty())).unwrap_or_else(by_output);
        if steps.is_empty() {
            let near = self
                .plan
                .steps
                .iter()
                .map(|s| s.id.0.as_str())
                .max_by(|a, b| strsim::jaro_winkler(a, word).total_cmp(&strsim::jaro_winkler(b, word)));
            let failure =
                Failure::usage(format!("`{word}` is no step, configuration, module or output of the plan"));
            return Err(match near {
                Some(near) if strsim::jaro_winkler(near, word) > 0.8 => {
                    failure.help(format!("did you mean `{near}`?"))
                }
                _ => failure.help("`dfxkit plan` lists the steps"),
            });
        }
        Ok(steps)
    }
}
