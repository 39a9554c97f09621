// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! One batch process of Vivado: started in a process group of its own, watched, ended as a whole.
//!
//! In the step's directory stay `script.tcl`, `run.sh` (the same call for people), `console.log` (both output streams),
//! `vivado.log`, `vivado.jou`. Not here: whether the process did its work (see [`super::judge`]).

use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use fs_err::os::unix::fs::OpenOptionsExt;

use super::Vivado;
use super::digest::{Digest, Seen};
use super::find::Origin;
use super::group::{self, COOKIE, GroupError};
use super::interrupt::Interrupt;
use super::judge::ExitKind;

/// How often the process is looked at.
const LOOK: Duration = Duration::from_millis(40);
/// How often who listens is given the opportunity to look around.
const TICK: Duration = Duration::from_millis(500);
/// How much of a fast log is read before the process is looked at again.
const GULP: usize = 16 << 20;
/// How long processes that Vivado left behind may take to end.
const LEFTOVER_GRACE: Duration = Duration::from_secs(2);

/// One call.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// Which Vivado.
    pub vivado: &'a Vivado,
    /// The step's directory: working directory, script and logs.
    pub dir: &'a Utf8Path,
    /// Text of the script.
    pub script: &'a str,
    /// The nonce that the sentinel must carry; also the cookie by which all its processes are known.
    pub nonce: &'a str,
    /// After this long the call is given up.
    pub timeout: Option<Duration>,
    /// How long an interrupted Vivado may take to end by itself.
    pub grace: Duration,
}

/// How a call ended.
#[derive(Debug)]
pub struct Ended {
    /// Exit status.
    pub exit: ExitKind,
    /// What the console said.
    pub digest: Digest,
    /// Start of the call in nanoseconds since 1970, by the clock of the file system that the outputs are on.
    pub started_ns: i128,
    /// How long it took.
    pub took: Duration,
}

/// Why a call has no end to be judged.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The program is not in PATH.
    #[error("cannot start `{program}`: it is not in PATH")]
    NotInPath {
        /// As called.
        program: String,
    },
    /// The program is not at its path.
    #[error("cannot start {program} ({origin}): {source}")]
    NotAtPath {
        /// As called.
        program: String,
        /// Who said that it is there.
        origin: Origin,
        /// Why.
        source: io::Error,
    },
    /// A file of the step could not be written or read.
    #[error("cannot {what}: {source}")]
    Io {
        /// To do what.
        what: String,
        /// Why.
        source: io::Error,
    },
    /// It took too long and was ended.
    #[error("gave up after {} minutes; all processes of the step were ended", after.as_secs() / 60)]
    TimedOut {
        /// The limit.
        after: Duration,
        /// What the console said until then.
        digest: Box<Digest>,
    },
    /// The user asked to stop; everything was ended.
    #[error("interrupted")]
    Interrupted,
    /// Processes could not be ended.
    #[error(transparent)]
    Group(#[from] GroupError),
}

impl RunError {
    fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}

/// What a call tells while it goes on.
#[derive(Debug)]
pub enum Told {
    /// The process lives; its id, which is also its group's.
    Started(i32),
    /// A line that tells progress.
    Seen(Seen),
    /// Some time went by.
    Tick,
}

/// Runs a call to its end. `told` hears of progress; when it fails (the record of the running process could not be written)
/// everything is ended.
pub fn run(
    call: &Call<'_>,
    interrupt: &Interrupt,
    told: &mut dyn FnMut(Told) -> io::Result<()>,
) -> Result<Ended, RunError> {
    if interrupt.is_raised() {
        return Err(RunError::Interrupted);
    }
    fs_err::create_dir_all(call.dir).map_err(RunError::io("make the step's directory"))?;
    for old in ["vivado.log", "vivado.jou", "console.log"] {
        remove(&call.dir.join(old)).map_err(RunError::io("remove an old log"))?;
    }
    crate::atomic::write(&call.dir.join("script.tcl"), call.script.as_bytes())
        .map_err(RunError::io("write the script"))?;
    write_run_sh(call).map_err(RunError::io("write run.sh"))?;

    let console = call.dir.join("console.log");
    let out = fs_err::OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o644)
        .open(&console)
        .map_err(RunError::io("make console.log"))?;
    let started_ns = changed_ns(&fs_err::metadata(&console).map_err(RunError::io("look at console.log"))?);
    let mut log = fs_err::File::open(&console).map_err(RunError::io("read console.log"))?;
    let begin = Instant::now();
    let handle = spawn(call, out.into_parts().0)?;
    let leader = handle.pids().first().map_or(0, |p| i32::try_from(*p).unwrap_or(0));

    let mut ticked = begin;
    let mut digest = Digest::default();
    let mut trouble: Option<io::Error> = told(Told::Started(leader)).err();
    loop {
        let ended = handle.wait_timeout(LOOK).map_err(RunError::io("wait for Vivado"))?.map(|o| o.status);
        let mut hear = |seen| {
            if let Err(e) = told(Told::Seen(seen)) {
                trouble.get_or_insert(e);
            }
        };
        pump(&mut log, &mut digest, ended.is_some(), &mut hear).map_err(RunError::io("read console.log"))?;
        if let Some(status) = ended {
            // What Vivado left behind would go on writing into the run directories.
            group::end(call.nonce, Some(leader), true, LEFTOVER_GRACE, &|| interrupt.is_raised())?;
            if interrupt.is_raised() {
                return Err(RunError::Interrupted);
            }
            digest.finish(&mut |_| {});
            let exit = match (status.code(), status.signal()) {
                (Some(code), _) => ExitKind::Code(code),
                (None, signal) => ExitKind::Signal(signal.unwrap_or(0)),
            };
            return Ok(Ended { exit, digest, started_ns, took: begin.elapsed() });
        }
        if ticked.elapsed() >= TICK {
            ticked = Instant::now();
            if let Err(e) = told(Told::Tick) {
                trouble.get_or_insert(e);
            }
        }
        let late = call.timeout.filter(|t| begin.elapsed() >= *t);
        if interrupt.is_raised() || late.is_some() || trouble.is_some() {
            group::end(call.nonce, Some(leader), true, call.grace, &|| interrupt.count() > 1)?;
            handle.wait().map_err(RunError::io("wait for Vivado"))?;
            if interrupt.is_raised() {
                return Err(RunError::Interrupted);
            }
            if let Some(source) = trouble {
                return Err(RunError::Io { what: "record the running process".into(), source });
            }
            pump(&mut log, &mut digest, true, &mut |_| {}).map_err(RunError::io("read console.log"))?;
            digest.finish(&mut |_| {});
            return Err(RunError::TimedOut {
                after: late.expect("the only cause left"),
                digest: Box::new(digest),
            });
        }
    }
}

/// When a file was last changed in any way, by its file system's clock. Unlike the modification time nothing that copies a file can
/// set this one: Tcl's `file copy` keeps modification times.
pub fn changed_ns(meta: &std::fs::Metadata) -> i128 {
    i128::from(meta.ctime()) * 1_000_000_000 + i128::from(meta.ctime_nsec())
}

/// The arguments of a call, after [`Vivado::command`]. `-tclargs` must be last (UG835).
fn arguments(nonce: &str) -> Vec<&str> {
    vec![
        "-mode",
        "batch",
        "-notrace",
        "-source",
        "script.tcl",
        "-log",
        "vivado.log",
        "-journal",
        "vivado.jou",
        "-tclargs",
        nonce,
    ]
}

/// Locale of Vivado: messages, dates and numbers of C, file names in UTF-8. With plain C, Tcl takes each byte of a script as a character and
/// hands other bytes on to the commands: a directory with an accent in its name was made a second time under a mangled one (seen on the
/// stand-in). Where a system does not know this locale, plain C is what Vivado gets, and the scripts refuse such directories.
const LOCALE: &str = "C.UTF-8";

fn spawn(call: &Call<'_>, out: std::fs::File) -> Result<duct::Handle, RunError> {
    let (program, first) = call.vivado.command.split_first().expect("a found Vivado has a program");
    let arguments = first.iter().map(String::as_str).chain(arguments(call.nonce));
    let mut expression = duct::cmd(program, arguments)
        .dir(call.dir)
        .stdin_null()
        // The last that is said applies first: the other way round, stderr would go to our own stdout, among the data.
        .stderr_to_stdout()
        .stdout_file(out)
        .env("LC_ALL", LOCALE)
        .env(COOKIE, call.nonce)
        .unchecked();
    for (name, value) in &call.vivado.environment {
        expression = expression.env(name, value);
    }
    expression
        .before_spawn(|command| {
            command.process_group(0);
            Ok(())
        })
        .start()
        .map_err(|source| {
            if source.kind() == io::ErrorKind::NotFound && !program.contains('/') {
                RunError::NotInPath { program: program.clone() }
            } else {
                RunError::NotAtPath { program: program.clone(), origin: call.vivado.origin.clone(), source }
            }
        })
}

/// Reads what is new in the log. `all`: to its end, else no more than one gulp.
fn pump(log: &mut impl Read, digest: &mut Digest, all: bool, hear: &mut dyn FnMut(Seen)) -> io::Result<()> {
    let mut buffer = vec![0_u8; 64 * 1024];
    let mut total = 0;
    while all || total < GULP {
        let n = log.read(&mut buffer)?;
        if n == 0 {
            break;
        }
        total += n;
        digest.feed(&buffer[..n], hear);
    }
    Ok(())
}

/// Writes a script that repeats the call by hand.
fn write_run_sh(call: &Call<'_>) -> io::Result<()> {
    let mut text = String::from(
        "#!/bin/sh\n# Repeats this step's call of Vivado by hand; dfxkit itself does not run this file.\n",
    );
    text.push_str("cd \"$(dirname \"$0\")\" || exit 1\n");
    text.push_str(&format!("export LC_ALL={LOCALE}\n"));
    for (name, value) in &call.vivado.environment {
        text.push_str(&format!("export {name}={}\n", quote(value)));
    }
    let words: Vec<String> =
        call.vivado.command.iter().map(String::as_str).chain(arguments(call.nonce)).map(quote).collect();
    text.push_str(&format!("exec {} </dev/null\n", words.join(" ")));
    let path = call.dir.join("run.sh");
    crate::atomic::write(&path, text.as_bytes())?;
    use std::os::unix::fs::PermissionsExt;
    fs_err::set_permissions(&path, std::fs::Permissions::from_mode(0o755))
}

/// One word of a POSIX shell.
pub fn quote(word: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_./:=@%+,".contains(&b);
    if !word.is_empty() && word.bytes().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

fn remove(path: &Utf8PathBuf) -> io::Result<()> {
    match fs_err::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// 128 random bits in hexadecimal.
pub fn nonce() -> io::Result<String> {
    let mut bytes = [0_u8; 16];
    fs_err::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(crate::hash::hex(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shell_words() {
        assert_eq!(quote("/opt/a-b/vivado"), "/opt/a-b/vivado");
        assert_eq!(quote("it's $HOME"), "'it'\\''s $HOME'");
        assert_eq!(quote(""), "''");
    }

    #[test]
    fn nonces_differ() {
        let (a, b) = (nonce().unwrap(), nonce().unwrap());
        assert_eq!(a.len(), 32);
        assert_ne!(a, b);
    }
}
