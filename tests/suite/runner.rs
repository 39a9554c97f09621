// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The runner and its judgement against a fake Vivado that does what each test says: everything that is known to go wrong.

use std::time::Duration;

use camino::Utf8PathBuf;
use dfxkit::vivado::Vivado;
use dfxkit::vivado::digest::Digest;
use dfxkit::vivado::find::Origin;
use dfxkit::vivado::group;
use dfxkit::vivado::interrupt::Interrupt;
use dfxkit::vivado::judge::{self, ExitKind, Refused, Sentinel};
use dfxkit::vivado::run::{self, Call, Ended, RunError, Told};

use crate::support::{Bench, repository};

/// The fake.
pub(crate) fn fake() -> Vivado {
    Vivado {
        command: vec![repository().join("tests/fakes/vivado.sh").into_string()],
        environment: vec![("FAKE_NAME".into(), "it's".into())],
        origin: Origin::CommandLine,
        release: "2024.2".parse().unwrap(),
        build: Some("5239630".into()),
        simulated: false,
    }
}

struct Step {
    bench: Bench,
    vivado: Vivado,
    nonce: String,
    timeout: Option<Duration>,
    interrupt: Interrupt,
}

impl Step {
    fn new() -> Self {
        Self {
            bench: Bench::new(),
            vivado: fake(),
            nonce: run::nonce().unwrap(),
            timeout: None,
            interrupt: Interrupt::manual(),
        }
    }

    fn dir(&self) -> Utf8PathBuf {
        self.bench.path().join("step")
    }

    /// Runs a script; `ready` is called when it prints a run's state.
    fn run_with(&self, script: &str, ready: &mut dyn FnMut()) -> Result<Ended, RunError> {
        let dir = self.dir();
        let call = Call {
            vivado: &self.vivado,
            dir: &dir,
            script,
            nonce: &self.nonce,
            timeout: self.timeout,
            grace: Duration::from_millis(300),
        };
        run::run(&call, &self.interrupt, &mut |told| {
            if matches!(told, Told::Seen(_)) {
                ready();
            }
            Ok(())
        })
    }

    fn run(&self, script: &str) -> Ended {
        self.run_with(script, &mut || {}).unwrap()
    }

    /// Runs a script and judges it for a step `s` without outputs.
    fn judge(&self, script: &str) -> Result<(), Refused> {
        let ended = self.run(script);
        judge::judge("s", &self.nonce, ended.exit, &ended.digest, Vec::new())
    }

    fn nobody_lives(&self) {
        assert_eq!(group::members(&self.nonce, None, false), Vec::<i32>::new());
    }
}

/// The last line of a good script.
const END: &str = "echo \"dfxkit:: END s $NONCE\"\n";

#[test]
fn a_good_run_passes_and_leaves_its_files() {
    let step = Step::new();
    let script = format!("echo \"stdin: $(cat | wc -c) locale: $LC_ALL name: $FAKE_NAME\"\n{END}");
    step.judge(&script).unwrap();
    let console = step.bench.read("step/console.log");
    assert!(console.contains("stdin: 0 locale: C.UTF-8 name: it's"), "{console}");
    assert_eq!(
        step.bench.read("step/arguments.txt").trim(),
        format!(
            "-mode batch -notrace -source script.tcl -log vivado.log -journal vivado.jou -tclargs {}",
            step.nonce
        )
    );
    // The call can be repeated by hand.
    let again = std::process::Command::new("sh").arg(step.dir().join("run.sh")).output().unwrap();
    let text = String::from_utf8(again.stdout).unwrap();
    assert!(text.contains(&format!("dfxkit:: END s {}", step.nonce)), "{text}");
    assert!(text.contains("name: it's"), "{text}");
}

#[test]
fn what_is_said_on_stderr_stands_in_the_log_and_is_judged() {
    let step = Step::new();
    let refused = step.judge(&format!("echo 'ERROR: [Sim 1-13] cannot start tclsh' >&2\n{END}")).unwrap_err();
    assert!(step.bench.read("step/console.log").contains("[Sim 1-13]"));
    assert!(matches!(&refused, Refused::Log(e) if e.errors == 1), "{refused}");
}

#[test]
fn exit_0_with_error_lines_is_no_success() {
    let refused =
        Step::new().judge(&format!("echo 'ERROR: [DRC INBB-3] Black Box'\n{END}exit 0")).unwrap_err();
    assert!(
        matches!(&refused, Refused::Log(e) if e.sentinel == Sentinel::Found && e.errors == 1),
        "{refused}"
    );
}

#[test]
fn a_plain_tcl_error_is_no_success() {
    let script = format!("printf 'invalid command name \"foo\"\\n    while executing\\n\"foo\"\\n'\n{END}");
    let refused = Step::new().judge(&script).unwrap_err();
    assert!(matches!(&refused, Refused::Log(e) if e.errors == 0), "{refused}");
    assert_eq!(refused.evidence().first_error.as_ref().unwrap().text, "invalid command name \"foo\"");
}

#[test]
fn a_script_that_does_not_reach_its_end_is_no_success() {
    let refused = Step::new().judge("echo fine\nexit 0").unwrap_err();
    assert!(matches!(&refused, Refused::Sentinel(e) if e.sentinel == Sentinel::Missing), "{refused}");
}

#[test]
fn the_sentinel_of_another_call_is_none() {
    let refused = Step::new().judge("echo 'dfxkit:: END s 0123'").unwrap_err();
    let found = Sentinel::OtherNonce { found: "0123".into() };
    assert_eq!(refused.evidence().sentinel, found);
}

#[test]
fn a_bad_exit_is_told_with_all_four_witnesses() {
    let refused = Step::new().judge(&format!("{END}exit 42")).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "Vivado failed: sentinel found; exit code 42; no error in the log; outputs complete"
    );
    let refused = Step::new().judge("kill -9 $$").unwrap_err();
    assert_eq!(refused.evidence().exit, ExitKind::Signal(9));
}

#[test]
fn a_run_that_takes_too_long_is_ended_with_its_whole_tree() {
    let step = Step { timeout: Some(Duration::from_secs(2)), ..Step::new() };
    // Two grandchildren: one in the group, one that made a session of its own.
    let error =
        step.run_with("sleep 600 &\nsetsid sleep 600 &\necho before\nsleep 600", &mut || {}).unwrap_err();
    let RunError::TimedOut { digest, .. } = &error else { panic!("{error}") };
    assert_eq!(digest.tail, ["before"]);
    step.nobody_lives();
}

#[test]
fn ctrl_c_ends_the_whole_tree() {
    let step = Step::new();
    let script = "sleep 600 &\nsetsid sleep 600 &\necho 'dfxkit:: run r status ready progress 0%'\nsleep 600";
    let error = step.run_with(script, &mut || step.interrupt.raise()).unwrap_err();
    assert!(matches!(error, RunError::Interrupted), "{error}");
    step.nobody_lives();
}

#[test]
fn ctrl_c_reaches_who_ignores_sigterm() {
    let step = Step::new();
    let script = "trap '' TERM\n(trap '' TERM; sleep 600) &\necho 'dfxkit:: run r status ready progress 0%'\nwhile :; do sleep 1; done";
    let error = step.run_with(script, &mut || step.interrupt.raise()).unwrap_err();
    assert!(matches!(error, RunError::Interrupted), "{error}");
    step.nobody_lives();
}

#[test]
fn a_second_ctrl_c_does_not_wait() {
    let step = Step::new();
    let dir = step.dir();
    let call = Call {
        vivado: &step.vivado,
        dir: &dir,
        script: "trap '' TERM\necho 'dfxkit:: run r status ready progress 0%'\nwhile :; do sleep 1; done",
        nonce: &step.nonce,
        timeout: None,
        // Nobody waits an hour: the test would not end.
        grace: Duration::from_hours(1),
    };
    let error = run::run(&call, &step.interrupt, &mut |told| {
        if matches!(told, Told::Seen(_)) {
            step.interrupt.raise();
            step.interrupt.raise();
        }
        Ok(())
    })
    .unwrap_err();
    assert!(matches!(error, RunError::Interrupted), "{error}");
    step.nobody_lives();
}

#[test]
fn what_vivado_leaves_running_is_ended() {
    let step = Step::new();
    step.judge(&format!("setsid sleep 600 &\nsleep 600 &\n{END}")).unwrap();
    step.nobody_lives();
}

#[test]
fn a_torrent_of_output_is_read_in_bounded_memory() {
    // 40 MB at full speed, one line without end among them.
    let script = format!(
        "head -c 30000000 /dev/zero | tr '\\0' 'x'\necho\nyes 'INFO: [Common 17-1] line' | head -n 400000\n{END}"
    );
    let step = Step::new();
    let ended = step.run(&script);
    assert_eq!(ended.digest.lines, 400_002);
    assert!(ended.digest.tail.iter().all(|l| l.len() < 600));
    judge::judge("s", &step.nonce, ended.exit, &ended.digest, Vec::new()).unwrap();
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let mut step = Step::new();
    step.vivado.command = vec!["/nowhere/bin/vivado".into()];
    let error = step.run_with("", &mut || {}).unwrap_err();
    assert!(matches!(&error, RunError::NotAtPath { .. }), "{error}");
    assert!(error.to_string().contains("/nowhere/bin/vivado (given with --vivado)"), "{error}");
    step.vivado.command = vec!["no-such-vivado-in-path".into()];
    let error = step.run_with("", &mut || {}).unwrap_err();
    assert!(matches!(&error, RunError::NotInPath { .. }), "{error}");
}

#[test]
fn old_logs_do_not_count() {
    let step = Step::new();
    step.run("echo 'ERROR: old'; echo old > vivado.log");
    step.judge(END).unwrap();
    assert!(!step.dir().join("vivado.log").exists());
    let mut digest = Digest::default();
    digest.feed(step.bench.read("step/console.log").as_bytes(), &mut |_| {});
    assert_eq!(digest.errors, 0);
}
