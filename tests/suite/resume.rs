// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The engine against the fake Vivado: what runs, what does not, and `kill -9` at every point where something is written.
//!
//! The plan is made by hand, small, and every step writes files whose content follows from what it reads: so the kits of two
//! builds are equal exactly when both did the same work.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use dfxkit::exec::crash::Crash;
use dfxkit::exec::engine::{self, Built, Options, Outcome, Request};
use dfxkit::exec::events::Event;
use dfxkit::exec::failure::BuildError;
use dfxkit::exec::finish::{Finish, FinishError, Scripts};
use dfxkit::exec::stale::{self, Reason};
use dfxkit::exec::state::State;
use dfxkit::gates::{GateReport, GateResult, Verdict};
use dfxkit::plan::layout::Layout;
use dfxkit::plan::{Input, Output, Plan, Step, StepId, StepKind};
use dfxkit::tcl::TclError;
use dfxkit::vivado::Vivado;
use dfxkit::vivado::interrupt::Interrupt;

use crate::runner::fake;

/// A project on disk: two modules of one partition, a parent with `a` and a child with `b`.
struct Project {
    _dir: Option<tempfile::TempDir>,
    root: Utf8PathBuf,
    layout: Layout,
    /// Shell lines that run before a process's own work, by step: where tests bring trouble.
    before: BTreeMap<String, String>,
    /// The same after it.
    after: BTreeMap<String, String>,
    tool: Vivado,
    gates: Verdict,
}

fn id(name: &str) -> StepId {
    StepId(name.to_owned())
}

impl Project {
    fn new() -> Self {
        // Every record is flushed to the disk: in memory, where there is such a place, that costs nothing.
        let shm = std::path::Path::new("/dev/shm");
        let dir = if shm.is_dir() { tempfile::tempdir_in(shm) } else { tempfile::tempdir() }.unwrap();
        let root = Utf8PathBuf::from_path_buf(dir.path().canonicalize().unwrap()).unwrap();
        for name in ["static", "a", "b"] {
            fs_err::write(root.join(format!("{name}.v")), format!("module {name};\n")).unwrap();
        }
        Self { _dir: Some(dir), ..Self::at(root) }
    }

    fn at(root: Utf8PathBuf) -> Self {
        Self {
            _dir: None,
            layout: Layout::new(root.join("build"), "p", "1"),
            root,
            before: BTreeMap::new(),
            after: BTreeMap::new(),
            tool: fake(),
            gates: Verdict::Passed,
        }
    }

    fn write(&self, name: &str, text: &str) {
        fs_err::write(self.root.join(name), text).unwrap();
    }

    fn plan(&self) -> Plan {
        let runs = |run: &str, file: &str| self.layout.relative(&self.layout.run(run).join(file));
        let out = |path: Utf8PathBuf| Output {
            volatile: path.extension() == Some("xpr"),
            ..Output::required(path)
        };
        let file = |name: &str| Input::File { name: name.into(), path: self.root.join(name) };
        let of = |step: &str, path: &Utf8Path| Input::Output { step: id(step), path: path.to_owned() };
        let step = |name: &str, kind, needs: &[&str], inputs, outputs: &[&Utf8PathBuf]| Step {
            id: id(name),
            kind,
            needs: needs.iter().map(|n| id(n)).collect(),
            after: if name.starts_with("synth") || name.starts_with("impl") {
                vec![id("project")]
            } else {
                vec![]
            },
            inputs,
            outputs: outputs.iter().map(|p| out((*p).clone())).collect(),
        };
        let synth = |m: &str| StepKind::SynthModule { module: m.into(), run: format!("{m}_synth_1") };
        let (xpr, top) = (self.layout.relative(&self.layout.xpr()), runs("synth_1", "top.dcp"));
        let (a, b) = (runs("a_synth_1", "rp.dcp"), runs("b_synth_1", "rp.dcp"));
        let (bb, base_bit) = (runs("impl_1", "top_routed_bb.dcp"), runs("impl_1", "top.bit"));
        let kid_bit = runs("child_0_impl_1", "rp_b_partial.bit");
        let verdict = self.layout.relative(&self.layout.step(&id("verify:kid")).join("pr_verify.log"));
        let report = self.layout.relative(&self.layout.report());
        let kit = self.layout.relative(&self.layout.kit()).join("kit.json");
        let value = |name: &str, value: &str| Input::Value { name: name.into(), value: value.into() };
        let tool = || value("vivado.simulated", &self.tool.simulated.to_string());
        Plan {
            steps: vec![
                step(
                    "project",
                    StepKind::Project,
                    &[],
                    vec![tool(), value("part", "xc7z020clg400-1")],
                    &[&xpr],
                ),
                step(
                    "synth:static",
                    StepKind::SynthStatic { run: "synth_1".into() },
                    &[],
                    vec![tool(), file("static.v")],
                    &[&top],
                ),
                step("synth:a", synth("a"), &[], vec![tool(), file("a.v")], &[&a]),
                step("synth:b", synth("b"), &[], vec![tool(), file("b.v")], &[&b]),
                step(
                    "impl:base",
                    StepKind::ImplParent { configuration: "base".into(), run: "impl_1".into() },
                    &["synth:static", "synth:a"],
                    vec![tool(), of("synth:static", &top), of("synth:a", &a)],
                    &[&bb, &base_bit],
                ),
                step(
                    "impl:kid",
                    StepKind::ImplChild {
                        configuration: "kid".into(),
                        run: "child_0_impl_1".into(),
                        parent_run: "impl_1".into(),
                    },
                    &["impl:base", "synth:b"],
                    vec![tool(), of("impl:base", &bb), of("synth:b", &b)],
                    &[&kid_bit],
                ),
                step(
                    "verify:kid",
                    StepKind::Verify { configuration: "kid".into(), run: "child_0_impl_1".into() },
                    &["impl:base", "impl:kid"],
                    vec![tool(), of("impl:base", &bb), of("impl:kid", &kid_bit)],
                    &[&verdict],
                ),
                step("gates", StepKind::Gates, &["verify:kid"], vec![of("verify:kid", &verdict)], &[&report]),
                step(
                    "kit",
                    StepKind::Kit,
                    &["impl:base", "impl:kid", "gates"],
                    vec![of("impl:base", &base_bit), of("impl:kid", &kid_bit), of("gates", &report)],
                    &[&kit],
                ),
            ],
        }
    }

    fn build_with(
        &self,
        options: Options,
        interrupt: &Interrupt,
        sink: &mut dyn FnMut(Event),
    ) -> Result<Built, BuildError> {
        let plan = self.plan();
        let mut finish = Kit { project: self };
        let request = Request {
            plan: &plan,
            layout: &self.layout,
            tool: &self.tool,
            scripts: self,
            interrupt,
            options,
        };
        engine::build(&request, &mut finish, sink)
    }

    fn try_build(&self) -> Result<Built, BuildError> {
        self.build_with(Options::default(), &Interrupt::manual(), &mut |_| {})
    }

    /// Builds and gives the steps that ran.
    #[track_caller]
    fn build(&self) -> Vec<String> {
        let built = self.try_build().unwrap();
        assert!(built.failures.is_empty(), "{:?}", built.failures);
        ran(&built)
    }

    fn state(&self) -> State {
        State::open(self.layout.state())
    }

    fn reasons(&self, step: &str) -> Vec<Reason> {
        let statuses =
            stale::evaluate(&self.plan(), &self.layout, &self.state(), Some(self.tool.simulated), &[])
                .unwrap();
        statuses.into_iter().find(|s| s.id.0 == step).unwrap().reasons
    }

    /// Every file of the kit with its content.
    fn kit(&self) -> BTreeMap<String, String> {
        walkdir::WalkDir::new(self.layout.kit())
            .into_iter()
            .map(Result::unwrap)
            .filter(|e| e.file_type().is_file())
            .map(|e| (e.file_name().to_str().unwrap().to_owned(), fs_err::read_to_string(e.path()).unwrap()))
            .collect()
    }
}

fn ran(built: &Built) -> Vec<String> {
    built.steps.iter().filter(|(_, o)| *o == Outcome::Done).map(|(id, _)| id.0.clone()).collect()
}

impl Scripts for Project {
    fn generated(&self) -> Result<Vec<(Utf8PathBuf, Vec<u8>)>, TclError> {
        Ok(vec![(self.layout.generated().join("pblocks.xdc"), b"# none\n".to_vec())])
    }

    fn script(&self, steps: &[&Step]) -> Result<String, TclError> {
        let mut script = String::new();
        for step in steps {
            script.push_str(self.before.get(&step.id.0).map_or("", |s| s));
            for output in &step.outputs {
                let path = self.layout.build().join(&output.path);
                script.push_str(&format!("mkdir -p {}\n", path.parent().unwrap()));
                let inputs: Vec<String> = step
                    .inputs
                    .iter()
                    .map(|i| match i {
                        Input::File { path, .. } => path.to_string(),
                        Input::Output { path, .. } => self.layout.build().join(path).into_string(),
                        Input::Value { .. } => "/dev/null".into(),
                    })
                    .collect();
                if output.volatile {
                    script.push_str(&format!("echo '<Project/>' > {path}\n"));
                    continue;
                }
                script.push_str(&format!(
                    "(echo {}; cat {}) | sha256sum > {path}\n",
                    output.path,
                    inputs.join(" ")
                ));
            }
            script.push_str(self.after.get(&step.id.0).map_or("", |s| s));
        }
        let ids: Vec<&str> = steps.iter().map(|s| s.id.0.as_str()).collect();
        script.push_str(&format!("echo \"dfxkit:: END {} $NONCE\"\n", ids.join(" ")));
        Ok(script)
    }
}

/// Gates and kit of the test project.
struct Kit<'a> {
    project: &'a Project,
}

impl Finish for Kit<'_> {
    fn gates(&mut self) -> Result<GateReport, FinishError> {
        let report = GateReport::new(vec![GateResult {
            gate: "timing".into(),
            subject: "base".into(),
            verdict: self.project.gates,
            expected: "WNS >= 0".into(),
            actual: "1.0".into(),
            evidence: None,
            off: false,
        }]);
        dfxkit::atomic::write(&self.project.layout.report(), &serde_json::to_vec(&report).unwrap()).unwrap();
        Ok(report)
    }

    fn kit(&mut self) -> Result<(), FinishError> {
        let mut text = String::new();
        for (run, name) in [("impl_1", "top.bit"), ("child_0_impl_1", "rp_b_partial.bit")] {
            text.push_str(&fs_err::read_to_string(self.project.layout.run(run).join(name)).unwrap());
        }
        dfxkit::atomic::write(&self.project.layout.kit().join("kit.json"), text.as_bytes()).unwrap();
        Ok(())
    }
}

const ALL: [&str; 9] =
    ["project", "synth:static", "synth:a", "synth:b", "impl:base", "impl:kid", "verify:kid", "gates", "kit"];

#[test]
fn a_build_runs_everything_once_and_then_nothing() {
    let project = Project::new();
    assert_eq!(project.build(), ALL);
    assert_eq!(project.build(), [""; 0]);
    assert_eq!(project.kit().len(), 1);
    assert_eq!(project.reasons("kit"), []);
}

#[test]
fn editing_a_module_runs_its_synthesis_and_its_child_alone() {
    let project = Project::new();
    project.build();
    project.write("b.v", "module b2;\n");
    match project.reasons("synth:b").as_slice() {
        [Reason::InputChanged { what, old: Some(old), new: Some(new) }] => {
            assert_eq!(what, "file b.v");
            assert!(old != new && old.starts_with("sha256:"));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(project.reasons("impl:kid"), [Reason::UpstreamWillRun { step: id("synth:b") }]);
    assert_eq!(project.reasons("impl:base"), []);
    // The verdict changes with the child, the report of these gates does not: the kit is made anew for the new bitstream.
    assert_eq!(project.build(), ["synth:b", "impl:kid", "verify:kid", "gates", "kit"]);
}

#[test]
fn a_source_that_is_edited_while_it_is_built_is_not_recorded_as_built() {
    let mut project = Project::new();
    // After the step has read its source.
    project.after.insert("synth:b".into(), format!("echo '// later' >> {}/b.v\n", project.root));
    match project.try_build() {
        Err(error @ BuildError::NotSettled { .. }) => {
            assert!(
                error.to_string().starts_with("synth:b has just run and is stale again: file b.v"),
                "{error}"
            );
            assert_eq!(error.exit(), 1);
        }
        other => panic!("{other:?}"),
    }
    project.after.clear();
    assert_eq!(project.build(), ["synth:b", "impl:base", "impl:kid", "verify:kid", "gates", "kit"]);
}

#[test]
fn what_comes_out_the_same_stops_the_wave() {
    let mut project = Project::new();
    project.build();
    // The edit does not reach the output: a comment, say.
    let path = project.layout.run("b_synth_1").join("rp.dcp");
    project.after.insert("synth:b".into(), format!("cat {}/keep > {path}\n", project.root));
    fs_err::copy(&path, project.root.join("keep")).unwrap();
    project.write("b.v", "module b; // comment\n");
    let mut unchanged = Vec::new();
    let built = project
        .build_with(Options::default(), &Interrupt::manual(), &mut |e| {
            if let Event::StepUnchanged { step } = e {
                unchanged.push(step.0);
            }
        })
        .unwrap();
    assert_eq!(ran(&built), ["synth:b"]);
    assert_eq!(unchanged, ["impl:kid", "verify:kid", "gates", "kit"]);
}

#[test]
fn outputs_that_somebody_removed_or_changed_are_made_again() {
    let project = Project::new();
    project.build();
    let kit = project.kit();
    let partial = project.layout.run("child_0_impl_1").join("rp_b_partial.bit");
    fs_err::write(&partial, "mine").unwrap();
    assert!(matches!(project.reasons("impl:kid").as_slice(), [Reason::OutputChanged { .. }]));
    assert_eq!(project.build(), ["impl:kid"], "and what it gives is what was there before");
    fs_err::remove_dir_all(project.layout.kit()).unwrap();
    assert!(matches!(project.reasons("kit").as_slice(), [Reason::OutputMissing { .. }]));
    assert_eq!(project.build(), ["kit"]);
    assert_eq!(project.kit(), kit);
}

#[test]
fn a_damaged_record_is_a_reason_and_no_crash() {
    let project = Project::new();
    project.build();
    fs_err::write(project.layout.state().join("synth-b.json"), "{\"format\": 1, ").unwrap();
    assert!(matches!(project.reasons("synth:b").as_slice(), [Reason::RecordDamaged { .. }]));
    assert_eq!(project.build(), ["synth:b"]);
}

#[test]
fn a_step_can_be_forced_and_targets_limit_a_build() {
    let project = Project::new();
    let options = Options { targets: vec!["synth:b".into()], ..Options::default() };
    let built = project.build_with(options, &Interrupt::manual(), &mut |_| {}).unwrap();
    assert_eq!(ran(&built), ["project", "synth:b"]);
    project.build();
    let options = Options { force: vec!["impl:base".into()], ..Options::default() };
    let built = project.build_with(options, &Interrupt::manual(), &mut |_| {}).unwrap();
    assert_eq!(ran(&built), ["impl:base"]);
    for (targets, force) in [(vec!["impl:nobody".to_owned()], vec![]), (vec![], vec!["kitt".to_owned()])] {
        let options = Options { targets, force, ..Options::default() };
        let error = project.build_with(options, &Interrupt::manual(), &mut |_| {}).unwrap_err();
        assert!(matches!(error, BuildError::UnknownSteps { .. }));
    }
}

#[test]
fn a_failed_step_is_not_recorded_and_its_logs_are_shown() {
    let mut project = Project::new();
    let run = project.layout.run("child_0_impl_1");
    project.before.insert(
        "impl:kid".into(),
        format!("mkdir -p {run}\necho 'ERROR: [Netlist 29-77] Could not replace' > {run}/runme.log\necho 'ERROR: [Common 17-39] failed'\nexit 1\n"),
    );
    let built = project.try_build().unwrap();
    assert_eq!(ran(&built), ["project", "synth:static", "synth:a", "synth:b", "impl:base"]);
    let failure = &built.failures[0];
    assert_eq!(failure.step.0, "impl:kid");
    assert_eq!(failure.causes[0].name, "port-mismatch");
    assert_eq!(failure.exit(), 1);
    assert!(failure.logs[0].log.ends_with("child_0_impl_1/runme.log"), "the run's own log comes first");
    assert_eq!(failure.logs[1].first_error.as_ref().unwrap().text, "ERROR: [Common 17-39] failed");
    assert_eq!(project.reasons("impl:kid"), [Reason::Unfinished]);
    project.before.clear();
    assert_eq!(project.build(), ["impl:kid", "verify:kid", "gates", "kit"]);
}

#[test]
fn a_finished_run_beside_a_failed_one_is_kept() {
    let mut project = Project::new();
    let done =
        |run: &str| format!("echo 'dfxkit:: run {run} status {{synth_design Complete!}} progress 100%'\n");
    let (a, b) = (project.layout.run("a_synth_1"), project.layout.run("b_synth_1"));
    project.after.insert("synth:static".into(), done("synth_1"));
    project.after.insert("synth:a".into(), format!("echo fine > {a}/runme.log\n{}", done("a_synth_1")));
    project.before.insert(
        "synth:b".into(),
        format!("mkdir -p {b}\necho 'ERROR: [Synth 8-1] x' > {b}/runme.log\necho 'dfxkit:: run b_synth_1 status {{synth_design ERROR}} progress 0%'\necho 'ERROR: failed: b_synth_1'\nexit 1\n"),
    );
    let built = project.try_build().unwrap();
    assert_eq!(ran(&built), ["project", "synth:a"], "the static has no log of its own: that is no proof");
    let failed: Vec<&str> = built.failures.iter().map(|f| f.step.0.as_str()).collect();
    assert_eq!(failed, ["synth:b", "synth:static"], "the culprit first");
    project.before.clear();
    let again = project.build();
    assert!(!again.contains(&"synth:a".to_owned()) && again.contains(&"synth:b".to_owned()), "{again:?}");
}

#[test]
fn keep_going_does_what_does_not_need_the_failed_step() {
    let mut project = Project::new();
    project.before.insert("verify:kid".into(), "exit 1\n".into());
    let options = Options { keep_going: true, ..Options::default() };
    let built = project.build_with(options, &Interrupt::manual(), &mut |_| {}).unwrap();
    assert_eq!(built.steps.last().unwrap(), &(id("kit"), Outcome::NotReached));
    assert_eq!(built.failures.len(), 1);
}

#[test]
fn an_output_of_yesterday_is_no_output() {
    let mut project = Project::new();
    project.build();
    project.write("b.v", "module b2;\n");
    // The script says that all is well and writes nothing: the old checkpoint still lies there.
    project.before.insert("synth:b".into(), "echo \"dfxkit:: END synth:b $NONCE\"; exit 0\n".into());
    let built = project.try_build().unwrap();
    let text = built.failures[0].why.to_string();
    assert!(text.contains("b_synth_1/rp.dcp is"), "{text}");
    assert!(text.contains("older than the start"), "{text}");
}

#[test]
fn a_parent_that_changes_under_our_hands_stops_the_build() {
    let mut project = Project::new();
    project.build();
    project.write("b.v", "module b2;\n");
    let bb = project.layout.run("impl_1").join("top_routed_bb.dcp");
    project.after.insert("impl:kid".into(), format!("echo other > {bb}\n"));
    match project.try_build() {
        Err(BuildError::Protected { step, path, ran, .. }) => {
            assert_eq!(step.0, "impl:base");
            assert!(path.ends_with("top_routed_bb.dcp"));
            assert_eq!(ran, [id("impl:kid")]);
        }
        other => panic!("{other:?}"),
    }
    project.after.clear();
    assert!(matches!(project.reasons("impl:base").as_slice(), [Reason::OutputChanged { .. }]));
    let again = project.build();
    assert!(again.contains(&"impl:base".to_owned()) && again.contains(&"impl:kid".to_owned()), "{again:?}");
}

#[test]
fn a_gate_that_refuses_stops_before_the_kit() {
    let mut project = Project::new();
    project.gates = Verdict::Refused;
    for _ in 0..2 {
        let built = project.try_build().unwrap();
        assert_eq!(built.failures[0].exit(), 4);
        assert_eq!(built.steps.last().unwrap(), &(id("kit"), Outcome::NotReached));
        assert!(!project.layout.kit().exists());
    }
    project.gates = Verdict::Passed;
    assert_eq!(project.build(), ["gates", "kit"]);
}

#[test]
fn the_stand_in_gives_way_to_vivado_and_not_the_other_way_round() {
    let mut project = Project::new();
    project.tool.simulated = true;
    project.build();
    project.tool.simulated = false;
    let reason = Reason::ToolKindChanged { recorded_simulated: true };
    assert_eq!(project.reasons("synth:b"), [reason]);
    let mut discarded = 0;
    let built = project
        .build_with(Options::default(), &Interrupt::manual(), &mut |e| {
            discarded += usize::from(matches!(e, Event::ProjectDiscarded { .. }));
        })
        .unwrap();
    assert_eq!((discarded, ran(&built).len()), (1, ALL.len()));
    project.tool.simulated = true;
    assert!(matches!(project.try_build(), Err(BuildError::WouldReplace { .. })));
    let options = Options { replace: true, ..Options::default() };
    let built = project.build_with(options, &Interrupt::manual(), &mut |_| {}).unwrap();
    assert_eq!(ran(&built).len(), ALL.len());
}

#[test]
fn a_project_that_nobody_knows_of_is_not_taken_over() {
    let project = Project::new();
    project.build();
    fs_err::remove_dir_all(project.layout.state()).unwrap();
    let error = project.try_build().unwrap_err();
    assert!(error.to_string().contains("an unknown Vivado"), "{error}");
    let options = Options { replace: true, ..Options::default() };
    let built = project.build_with(options, &Interrupt::manual(), &mut |_| {}).unwrap();
    assert_eq!(ran(&built), ALL);
}

#[test]
fn a_project_file_that_was_cut_off_is_put_back() {
    let mut project = Project::new();
    let xpr = project.layout.xpr();
    // The first project was never finished: it is taken away.
    project.before.insert(
        "project".into(),
        format!("mkdir -p {}; echo '<Proj' > {xpr}; exit 1\n", xpr.parent().unwrap()),
    );
    assert_eq!(project.try_build().unwrap().failures.len(), 1);
    let mut mended = Vec::new();
    let mut build = |project: &Project| {
        let built = project.build_with(Options::default(), &Interrupt::manual(), &mut |e| {
            if let Event::ProjectMended { anew } = e {
                mended.push(anew);
            }
        });
        ran(&built.unwrap())
    };
    project.before.clear();
    assert_eq!(build(&project), ALL);
    // Later, with results: the copy is put back, and nothing runs for it.
    project.write("b.v", "module b3;\n");
    fs_err::write(&xpr, "<Project><Runs").unwrap();
    assert_eq!(build(&project), ["synth:b", "impl:kid", "verify:kid", "gates", "kit"]);
    assert_eq!(fs_err::read_to_string(&xpr).unwrap(), "<Project/>\n");
    assert_eq!(mended, [true, false]);
}

#[test]
fn an_interrupt_leaves_what_is_finished() {
    let mut project = Project::new();
    project.before.insert(
        "impl:base".into(),
        "echo 'dfxkit:: run impl_1 status {Running Place Design...} progress 40%'\nsleep 600\n".into(),
    );
    let interrupt = Interrupt::manual();
    let options = Options { grace: Duration::from_millis(200), ..Options::default() };
    let error = project
        .build_with(options, &interrupt, &mut |e| {
            if matches!(e, Event::RunState { .. }) {
                interrupt.raise();
            }
        })
        .unwrap_err();
    assert!(matches!(error, BuildError::Interrupted), "{error}");
    project.before.clear();
    assert_eq!(project.build(), ["impl:base", "impl:kid", "verify:kid", "gates", "kit"]);
}

#[test]
fn a_full_disk_is_told_before_anything_runs() {
    let project = Project::new();
    let options = Options { min_free: u64::MAX, ..Options::default() };
    let error = project.build_with(options, &Interrupt::manual(), &mut |_| {}).unwrap_err();
    assert!(matches!(error, BuildError::Disk { .. }), "{error}");
    assert!(!project.layout.project_dir().exists());
}

/// Not a test: the build that the tests below kill, in a process of its own.
#[test]
#[ignore = "started by the tests that kill it"]
fn victim() {
    #[expect(clippy::disallowed_methods, reason = "the only way to tell a test process what to do")]
    let var = |name: &str| std::env::var(name).unwrap_or_default();
    let mut project = Project::at(var("VICTIM_ROOT").into());
    if !var("VICTIM_BEFORE").is_empty() {
        project.before.insert(
            var("VICTIM_BEFORE"),
            "echo 'dfxkit:: run r status hangs progress 0%'\nsleep 600\n".into(),
        );
    }
    let crash = Crash::at(var("VICTIM_CRASH").parse().ok());
    let options = Options { crash, ..Options::default() };
    let built = project.build_with(options, &Interrupt::manual(), &mut |_| {}).unwrap();
    assert!(built.failures.is_empty());
}

fn victim_command(project: &Project) -> Command {
    let exe = std::env::current_exe().unwrap();
    let mut command = Command::new(exe);
    command.args(["resume::victim", "--exact", "--ignored"]).env("VICTIM_ROOT", &project.root);
    command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    command
}

/// A victim's step is at work once its console says so.
fn wait_until_at_work(project: &Project, step: &str, victim: &mut std::process::Child) {
    let console = project.layout.step(&id(step)).join("console.log");
    while !fs_err::read_to_string(&console).is_ok_and(|t| t.contains("hangs")) {
        assert!(victim.try_wait().unwrap().is_none(), "the victim ended by itself");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn kill_9_at_every_point_and_then_a_build_give_the_same_kit() {
    let undisturbed = Project::new();
    undisturbed.build();
    let expected = undisturbed.kit();
    // Most of the time is waiting for processes: several at once.
    let (next, last) = (AtomicU64::new(1), AtomicU64::new(u64::MAX));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let point = next.fetch_add(1, Ordering::SeqCst);
                    if point >= last.load(Ordering::SeqCst) {
                        break;
                    }
                    if !killed_and_resumed(point, &expected) {
                        last.fetch_min(point, Ordering::SeqCst);
                    }
                }
            });
        }
    });
    // Two points a step at the very least: the walk was real.
    let points = last.load(Ordering::SeqCst) - 1;
    assert!(points > 2 * ALL.len() as u64, "only {points} points");
}

/// Kills a build at a point and builds again; false when the build has not so many points.
fn killed_and_resumed(point: u64, expected: &BTreeMap<String, String>) -> bool {
    let project = Project::new();
    let status = victim_command(&project).env("VICTIM_CRASH", point.to_string()).status().unwrap();
    if status.success() {
        return false;
    }
    assert_eq!(status.signal(), Some(9), "point {point}: {status}");
    project.build();
    assert_eq!(project.kit(), *expected, "killed at point {point}");
    assert_eq!(project.build(), [""; 0], "killed at point {point}");
    true
}

#[test]
fn a_vivado_that_outlives_its_killed_build_is_ended_by_the_next() {
    let project = Project::new();
    let mut victim = victim_command(&project).env("VICTIM_BEFORE", "impl:base").spawn().unwrap();
    wait_until_at_work(&project, "impl:base", &mut victim);
    victim.kill().unwrap();
    victim.wait().unwrap();
    let mut ended = Vec::new();
    let built = project
        .build_with(Options::default(), &Interrupt::manual(), &mut |e| {
            if let Event::OrphansEnded { steps, processes } = e {
                ended.push((steps, processes));
            }
        })
        .unwrap();
    assert!(built.failures.is_empty());
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0].0, ["impl:base"]);
    assert!(ended[0].1 >= 1);
    let again = project.build();
    assert_eq!(again, [""; 0]);
}

#[test]
fn two_builds_at_once_are_one_and_a_refusal() {
    let project = Project::new();
    let mut victim = victim_command(&project).env("VICTIM_BEFORE", "project").spawn().unwrap();
    wait_until_at_work(&project, "project", &mut victim);
    let error = project.try_build().unwrap_err();
    victim.kill().unwrap();
    victim.wait().unwrap();
    let text = error.to_string();
    assert!(text.contains("another build runs") && text.contains(&victim.id().to_string()), "{text}");
    assert_eq!(project.build(), ALL);
}
