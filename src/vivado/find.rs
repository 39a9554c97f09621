// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where Vivado is: what the user said, the variable, the usual install roots, PATH; else what was looked at.
//!
//! Nothing is guessed past what the user said: a path that was given and does not work is an error, not a reason to take another
//! Vivado. The surroundings come in as a [`Search`], so that tests bring their own roots.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

use super::Vivado;
use super::group;
use super::release::{self, Release};
use super::run::nonce;

/// The word that asks for the stand-in.
pub const SIM: &str = "sim";
/// The hidden command that is the stand-in.
pub const SIM_COMMAND: &str = "__vivado-sim";
/// Tells the stand-in which release to play.
pub const SIM_RELEASE: &str = "VIVADO_SIM_RELEASE";
/// The release that the stand-in plays when the description names none.
pub const SIM_DEFAULT: &str = "2024.2";
/// Directories under which the installer puts Vivado by default; the home directory's `Xilinx` is added to them.
pub const ROOTS: &[&str] = &["/opt/Xilinx", "/tools/Xilinx", "/opt/AMD", "/tools/AMD"];
/// `vivado -version` from a slow network disk can take its time.
const VERSION_TIMEOUT: Duration = Duration::from_mins(2);

/// How a Vivado was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// `--vivado`
    CommandLine,
    /// `DFXKIT_VIVADO`
    Variable,
    /// An install root.
    InstallRoot,
    /// `PATH`
    Path,
    /// The stand-in inside this program.
    StandIn,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Origin::CommandLine => "given with --vivado",
            Origin::Variable => "given with DFXKIT_VIVADO",
            Origin::InstallRoot => "found in an install root",
            Origin::Path => "found in PATH",
            Origin::StandIn => "the stand-in",
        })
    }
}

/// Where to look.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// `--vivado`: a path, an install directory, a name for PATH, or `sim`.
    pub given: Option<String>,
    /// `DFXKIT_VIVADO`: the same.
    pub variable: Option<String>,
    /// Release that the description is bound to.
    pub release: Option<String>,
    /// `PATH`
    pub path: Option<String>,
    /// Install roots.
    pub roots: Vec<Utf8PathBuf>,
    /// This program, for the stand-in.
    pub exe: Utf8PathBuf,
    /// Working directory, for relative paths.
    pub cwd: Utf8PathBuf,
}

/// A program that should be Vivado.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Program and first arguments.
    pub command: Vec<String>,
    /// Variables that it needs.
    pub environment: Vec<(String, String)>,
    /// How it was found.
    pub origin: Origin,
}

/// Why there is no Vivado.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// A name was given that is not in PATH.
    #[error("`{name}` ({origin}) is not in PATH")]
    NotInPath {
        /// The name.
        name: String,
        /// Who said it.
        origin: Origin,
        /// Directories of PATH.
        looked: Vec<String>,
    },
    /// A path was given where no Vivado is.
    #[error("there is no Vivado at {path} ({origin}): {detail}")]
    NotAtPath {
        /// The path.
        path: Utf8PathBuf,
        /// Who said it.
        origin: Origin,
        /// What is wrong with it.
        detail: String,
    },
    /// Nothing was given, and none is found.
    #[error("found no Vivado{}", release.as_deref().map(|r| format!(" {r}")).unwrap_or_default())]
    Nowhere {
        /// Release that was looked for.
        release: Option<String>,
        /// Everything that was looked at.
        looked: Vec<String>,
    },
    /// It could not be asked for its version.
    #[error("cannot ask {program} ({origin}) for its version: {detail}")]
    Version {
        /// Program.
        program: String,
        /// How it was found.
        origin: Origin,
        /// What happened.
        detail: String,
    },
}

/// Looks for Vivado.
pub fn find(search: &Search) -> Result<Found, FindError> {
    let said = [(&search.given, Origin::CommandLine), (&search.variable, Origin::Variable)];
    if let Some((text, origin)) = said.into_iter().find_map(|(t, o)| t.as_deref().map(|t| (t, o))) {
        return given(search, text, origin);
    }
    let mut looked = Vec::new();
    if let Some(release) = &search.release {
        for candidate in search.roots.iter().flat_map(|root| layouts(root, release)) {
            if is_program(&candidate) {
                return Ok(found(&candidate, Origin::InstallRoot));
            }
            looked.push(candidate.into_string());
        }
    }
    if let Some(program) = in_path(search, "vivado") {
        return Ok(found(&program, Origin::Path));
    }
    looked.push(format!("`vivado` in PATH ({} directories)", path_dirs(search).count()));
    if search.release.is_none() {
        let mut installed: Vec<(Release, Utf8PathBuf)> =
            search.roots.iter().flat_map(|root| installed(root)).collect();
        installed.sort();
        if let Some((_, newest)) = installed.pop() {
            return Ok(found(&newest, Origin::InstallRoot));
        }
        looked.extend(search.roots.iter().map(|root| format!("{root}/Vivado/* and {root}/*/Vivado")));
    }
    Err(FindError::Nowhere { release: search.release.clone(), looked })
}

fn found(program: &Utf8Path, origin: Origin) -> Found {
    Found { command: vec![program.to_string()], environment: Vec::new(), origin }
}

fn given(search: &Search, text: &str, origin: Origin) -> Result<Found, FindError> {
    if text == SIM {
        let release = search.release.as_deref().unwrap_or(SIM_DEFAULT);
        return Ok(Found {
            command: vec![search.exe.to_string(), SIM_COMMAND.to_owned()],
            environment: vec![(SIM_RELEASE.to_owned(), release.to_owned())],
            origin: Origin::StandIn,
        });
    }
    if !text.contains('/') {
        return match in_path(search, text) {
            Some(program) => Ok(found(&program, origin)),
            None => Err(FindError::NotInPath {
                name: text.to_owned(),
                origin,
                looked: path_dirs(search).map(|d| d.into_string()).collect(),
            }),
        };
    }
    let path = search.cwd.join(text);
    let wrong = |detail: &str| FindError::NotAtPath {
        path: path.clone(),
        origin: origin.clone(),
        detail: detail.to_owned(),
    };
    if path.is_dir() {
        let program = path.join("bin/vivado");
        return if is_program(&program) {
            Ok(found(&program, origin))
        } else {
            Err(wrong("the directory has no program bin/vivado"))
        };
    }
    if is_program(&path) {
        return Ok(found(&path, origin));
    }
    Err(wrong(if path.exists() { "the file is not executable" } else { "no such file or directory" }))
}

/// The places of a release under a root: until 2024.2 `Vivado/REL`, from 2025.1 on `REL/Vivado`.
fn layouts(root: &Utf8Path, release: &str) -> [Utf8PathBuf; 2] {
    [root.join("Vivado").join(release), root.join(release).join("Vivado")].map(|d| d.join("bin/vivado"))
}

/// Every release installed under a root.
fn installed(root: &Utf8Path) -> Vec<(Release, Utf8PathBuf)> {
    let names = |dir: Utf8PathBuf| -> Vec<String> {
        let Ok(entries) = fs_err::read_dir(dir) else { return Vec::new() };
        entries.flatten().filter_map(|e| e.file_name().into_string().ok()).collect()
    };
    let mut releases = names(root.join("Vivado"));
    releases.extend(names(root.to_owned()));
    releases.sort();
    releases.dedup();
    let mut out = Vec::new();
    for name in releases {
        if let Ok(release) = name.parse::<Release>()
            && let Some(program) = layouts(root, &name).into_iter().find(|p| is_program(p))
        {
            out.push((release, program));
        }
    }
    out
}

fn path_dirs(search: &Search) -> impl Iterator<Item = Utf8PathBuf> {
    let path = search.path.as_deref().unwrap_or_default();
    path.split(':').filter(|d| !d.is_empty()).map(|d| search.cwd.join(d))
}

fn in_path(search: &Search, name: &str) -> Option<Utf8PathBuf> {
    path_dirs(search).map(|dir| dir.join(name)).find(|p| is_program(p))
}

fn is_program(path: &Utf8Path) -> bool {
    fs_err::metadata(path).is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
}

/// Asks a found program for its version.
pub fn identify(found: Found) -> Result<Vivado, FindError> {
    identify_within(found, VERSION_TIMEOUT)
}

fn identify_within(found: Found, timeout: Duration) -> Result<Vivado, FindError> {
    let fail = |detail: String| FindError::Version {
        program: found.command.join(" "),
        origin: found.origin.clone(),
        detail,
    };
    let text = version_text(&found, timeout).map_err(|e| fail(e.to_string()))?;
    let Some((release, build)) = release::parse_version(&text) else {
        let said: String =
            text.lines().find(|l| !l.trim().is_empty()).unwrap_or("").chars().take(200).collect();
        return Err(fail(format!("expected a line `Vivado v<release>`, it said `{said}`")));
    };
    let simulated = found.origin == Origin::StandIn || text.contains("SIMULATED");
    Ok(Vivado {
        command: found.command,
        environment: found.environment,
        origin: found.origin,
        release,
        build,
        simulated,
    })
}

fn version_text(found: &Found, timeout: Duration) -> io::Result<String> {
    let (program, first) = found.command.split_first().expect("a found program has a name");
    let cookie = nonce()?;
    // Vivado's launcher writes logs into its working directory.
    let scratch = tempfile::tempdir()?;
    let output = scratch.path().join("version.txt");
    let mut expression = duct::cmd(program, first.iter().map(String::as_str).chain(["-version"]))
        .dir(scratch.path())
        .stdin_null()
        .stdout_file(fs_err::File::create(&output)?.into_parts().0)
        .stderr_to_stdout()
        .env("LC_ALL", "C")
        .env(group::COOKIE, &cookie)
        .unchecked();
    for (name, value) in &found.environment {
        expression = expression.env(name, value);
    }
    let handle = expression
        .before_spawn(|command| {
            command.process_group(0);
            Ok(())
        })
        .start()?;
    let leader = handle.pids().first().and_then(|p| i32::try_from(*p).ok());
    let deadline = Instant::now() + timeout;
    let ended = handle.wait_deadline(deadline)?.is_some();
    group::end(&cookie, leader, true, Duration::from_secs(1), &|| false).map_err(io::Error::other)?;
    handle.wait()?;
    if !ended {
        return Err(io::Error::new(
            io::ErrorKind::TimedOut,
            format!("no answer within {} s", timeout.as_secs()),
        ));
    }
    let bytes = fs_err::read(&output)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Place {
        _dir: tempfile::TempDir,
        root: Utf8PathBuf,
    }

    impl Place {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let root = Utf8PathBuf::from_path_buf(dir.path().to_path_buf()).unwrap();
            Self { _dir: dir, root }
        }

        fn program(&self, path: &str, says: &str) -> Utf8PathBuf {
            let path = self.root.join(path);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(&path, format!("#!/bin/sh\ncat <<'END'\n{says}\nEND\n")).unwrap();
            fs_err::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
            path
        }

        fn search(&self) -> Search {
            Search {
                roots: vec![self.root.join("opt/Xilinx"), self.root.join("home/Xilinx")],
                path: Some(format!("{0}/empty:{0}/bin", self.root)),
                exe: "/usr/bin/dfxkit".into(),
                cwd: self.root.clone(),
                ..Search::default()
            }
        }
    }

    #[test]
    fn install_roots_in_the_old_and_the_new_layout() {
        let place = Place::new();
        let old = place.program("opt/Xilinx/Vivado/2024.2/bin/vivado", "");
        let new = place.program("home/Xilinx/2025.1/Vivado/bin/vivado", "");
        let mut search = place.search();
        for (release, path) in [("2024.2", &old), ("2025.1", &new)] {
            search.release = Some(release.into());
            let found = find(&search).unwrap();
            assert_eq!((found.command, found.origin), (vec![path.to_string()], Origin::InstallRoot));
        }
        search.release = None;
        assert_eq!(find(&search).unwrap().command, [new.to_string()], "the newest when none is named");
        search.release = Some("2023.1".into());
        match find(&search) {
            Err(FindError::Nowhere { release, looked }) => {
                assert_eq!(release.as_deref(), Some("2023.1"));
                assert_eq!(looked.len(), 5, "four in the roots, and PATH: {looked:?}");
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_the_user_said_is_not_replaced_by_something_else() {
        let place = Place::new();
        let in_path = place.program("bin/vivado", "");
        let mut search = place.search();
        assert_eq!(find(&search).unwrap().origin, Origin::Path);
        search.given = Some("viv".into());
        assert!(matches!(find(&search), Err(FindError::NotInPath { origin: Origin::CommandLine, .. })));
        search.given = Some("./nowhere/vivado".into());
        assert!(matches!(find(&search), Err(FindError::NotAtPath { origin: Origin::CommandLine, .. })));
        search.given = None;
        search.variable = Some(place.root.join("bin").into_string());
        let error = find(&search).unwrap_err();
        assert!(error.to_string().contains("no program bin/vivado"), "{error}");
        search.variable = Some(place.root.as_str().to_owned());
        assert_eq!(find(&search).unwrap().command, [in_path.to_string()]);
        fs_err::write(place.root.join("plain"), "x").unwrap();
        search.given = Some("./plain".into());
        assert!(find(&search).unwrap_err().to_string().contains("not executable"));
    }

    #[test]
    fn the_stand_in_plays_the_release_of_the_description() {
        let mut search = Place::new().search();
        search.given = Some("sim".into());
        search.release = Some("2020.2".into());
        let found = find(&search).unwrap();
        assert_eq!(found.command, ["/usr/bin/dfxkit", "__vivado-sim"]);
        assert_eq!(found.environment, [("VIVADO_SIM_RELEASE".to_owned(), "2020.2".to_owned())]);
    }

    /// What is found, started through `sh`: a program just written cannot be executed while another test's fork still holds it
    /// open (ETXTBSY).
    fn through_sh(place: &Place) -> Found {
        let mut found = find(&place.search()).unwrap();
        found.command.insert(0, "sh".into());
        found
    }

    #[test]
    fn the_version_is_asked_and_must_be_one() {
        let place = Place::new();
        place.program("bin/vivado", "Vivado v2020.2 (64-bit)\nSW Build 3064766 on Wed Nov 18");
        let vivado = identify(through_sh(&place)).unwrap();
        assert_eq!(vivado.identity(), "Vivado 2020.2 build 3064766");
        place.program("bin/vivado", "command not licensed");
        let error = identify(through_sh(&place)).unwrap_err();
        assert!(error.to_string().contains("it said `command not licensed`"), "{error}");
    }

    #[test]
    fn a_program_that_does_not_answer_is_ended() {
        let place = Place::new();
        let path = place.program("bin/vivado", "");
        fs_err::write(&path, "#!/bin/sh\nsleep 600 &\nsleep 600\n").unwrap();
        let error = identify_within(through_sh(&place), Duration::from_millis(200)).unwrap_err();
        assert!(error.to_string().contains("no answer"), "{error}");
    }
}
