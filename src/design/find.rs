// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Finding the files that a description names: plain paths and patterns, relative to the description.
//!
//! Deterministic: patterns in the order of the file, the files of one pattern sorted by path, no file twice in a list. Symbolic links
//! are followed, a loop of them is a fault. The build directory and `.git` are never searched. A `*` does not cross a `/`; `**` does.
//! Limits: file names must be UTF-8 (Tcl is text); file contents are not looked at.

use camino::{Utf8Path, Utf8PathBuf};
use globset::{GlobBuilder, GlobMatcher};
use walkdir::WalkDir;

use super::{SourceFile, SourceKind};

/// What a list of files is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Sources: everything but `.xdc`.
    Sources,
    /// Constraints: `.xdc` and `.tcl`.
    Constraints,
}

impl Purpose {
    fn takes(self, kind: SourceKind) -> bool {
        match self {
            Self::Sources => kind != SourceKind::Xdc,
            Self::Constraints => matches!(kind, SourceKind::Xdc | SourceKind::Tcl),
        }
    }
}

/// Why a path or pattern gives no files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FindFault {
    /// A plain path that does not exist; the names in its directory.
    NotFound {
        /// What the directory holds; empty when it does not exist either.
        beside: Vec<String>,
    },
    /// A plain path that is a directory.
    Directory,
    /// A pattern that matches no file; the directory where the search began, and whether it exists.
    NothingMatches {
        /// Where the search began, relative to the description.
        base: Utf8PathBuf,
        /// Whether that directory exists.
        base_exists: bool,
    },
    /// A pattern that is none.
    BadPattern {
        /// What is wrong with it.
        message: String,
    },
    /// Files of a kind that this list does not take.
    WrongKind {
        /// The files, as the user would name them.
        files: Vec<Utf8PathBuf>,
    },
    /// A directory or file that cannot be read, or a loop of links.
    Unreadable {
        /// What the system says.
        message: String,
    },
    /// A file whose name is not UTF-8, shown with replacement characters.
    NotUtf8 {
        /// The name.
        shown: String,
    },
    /// A file in the build directory.
    InBuildDirectory,
}

/// Where to look.
#[derive(Debug, Clone)]
pub struct Finder {
    root: Utf8PathBuf,
    build: Option<Utf8PathBuf>,
}

impl Finder {
    /// `root` is the directory of the description, absolute; `build` the build directory, relative to it, if there is one.
    pub fn new(root: &Utf8Path, build: Option<impl AsRef<Utf8Path>>) -> Self {
        Self { root: root.to_owned(), build: build.map(|b| plain(&root.join(b))) }
    }

    /// The files of one entry of a list.
    pub fn find(&self, pattern: &str, purpose: Purpose) -> Result<Vec<SourceFile>, FindFault> {
        let relative = plain(Utf8Path::new(pattern));
        let names = if self.root.join(&relative).is_file() || !has_meta(pattern) {
            self.plain_file(&relative)?
        } else {
            self.matches(&relative)?
        };
        let mut files = Vec::with_capacity(names.len());
        let mut wrong = Vec::new();
        for name in names {
            match SourceKind::of_path(&name).filter(|kind| purpose.takes(*kind)) {
                Some(kind) => files.push(SourceFile { path: self.root.join(&name), name, kind }),
                None => wrong.push(name),
            }
        }
        if wrong.is_empty() { Ok(files) } else { Err(FindFault::WrongKind { files: wrong }) }
    }

    fn plain_file(&self, relative: &Utf8Path) -> Result<Vec<Utf8PathBuf>, FindFault> {
        let path = self.root.join(relative);
        match fs_err::metadata(&path) {
            Ok(meta) if meta.is_dir() => Err(FindFault::Directory),
            Ok(_) if self.build.as_ref().is_some_and(|b| path.starts_with(b)) => {
                Err(FindFault::InBuildDirectory)
            }
            Ok(_) => Ok(vec![relative.to_owned()]),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let mut beside: Vec<String> = path
                    .parent()
                    .and_then(|dir| fs_err::read_dir(dir).ok())
                    .map(|entries| {
                        entries.flatten().filter_map(|e| e.file_name().into_string().ok()).collect()
                    })
                    .unwrap_or_default();
                beside.sort();
                Err(FindFault::NotFound { beside })
            }
            Err(error) => Err(FindFault::Unreadable { message: system_message(&error) }),
        }
    }

    fn matches(&self, pattern: &Utf8Path) -> Result<Vec<Utf8PathBuf>, FindFault> {
        let base: Utf8PathBuf = pattern.components().take_while(|c| !has_meta(c.as_str())).collect();
        let rest: Utf8PathBuf = pattern.components().skip_while(|c| !has_meta(c.as_str())).collect();
        let matcher: GlobMatcher = GlobBuilder::new(rest.as_str())
            .literal_separator(true)
            .build()
            .map_err(|e| FindFault::BadPattern { message: e.kind().to_string() })?
            .compile_matcher();
        let start = self.root.join(&base);
        if self.build.as_ref().is_some_and(|b| start.starts_with(b)) {
            return Err(FindFault::InBuildDirectory);
        }
        let nothing = || FindFault::NothingMatches { base: base.clone(), base_exists: start.is_dir() };
        if !start.is_dir() {
            return Err(nothing());
        }
        let mut found = Vec::new();
        let walk = WalkDir::new(&start).follow_links(true).into_iter().filter_entry(|e| {
            self.build.as_ref().is_none_or(|b| e.path() != b.as_std_path()) && e.file_name() != ".git"
        });
        for entry in walk {
            let entry = entry.map_err(|e| FindFault::Unreadable {
                message: match (e.loop_ancestor(), e.path()) {
                    (Some(_), Some(path)) => {
                        let path = path.strip_prefix(&self.root).unwrap_or(path);
                        format!("the link {} leads to a directory above itself", path.display())
                    }
                    _ => e.io_error().map_or_else(|| e.to_string(), system_message),
                },
            })?;
            let Ok(below) = entry.path().strip_prefix(&start) else { continue };
            if entry.file_type().is_dir() || !matcher.is_match(below) {
                continue;
            }
            match Utf8Path::from_path(below) {
                Some(below) => found.push(base.join(below)),
                None => return Err(FindFault::NotUtf8 { shown: below.display().to_string() }),
            }
        }
        found.sort();
        if found.is_empty() { Err(nothing()) } else { Ok(found) }
    }
}

/// True when a path holds characters that make it a pattern.
pub fn has_meta(path: &str) -> bool {
    path.contains(['*', '?', '[', '{'])
}

/// The path without `.` components and doubled slashes; `..` stays, since links may stand before it.
fn plain(path: &Utf8Path) -> Utf8PathBuf {
    path.components().filter(|c| c.as_str() != ".").collect()
}

/// The system's words without the path, which the message names itself.
fn system_message(error: &std::io::Error) -> String {
    std::io::Error::from(error.kind()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[&str]) -> (tempfile::TempDir, Finder) {
        let dir = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(dir.path().to_owned()).unwrap();
        for file in files {
            let path = root.join(file);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, "").unwrap();
        }
        let finder = Finder::new(&root, Some("build"));
        (dir, finder)
    }

    fn names(finder: &Finder, pattern: &str) -> Vec<String> {
        finder.find(pattern, Purpose::Sources).unwrap().into_iter().map(|f| f.name.into_string()).collect()
    }

    #[test]
    fn patterns_are_sorted_and_never_enter_the_build_directory() {
        let (_dir, finder) = tree(&["b.v", "a/z.v", "a/y.v", "build/x.v", "a/n[0].v"]);
        assert_eq!(names(&finder, "**/*.v"), ["a/n[0].v", "a/y.v", "a/z.v", "b.v"]);
        assert_eq!(names(&finder, "*.v"), ["b.v"]);
        assert_eq!(names(&finder, "./a/{y,z}.v"), ["a/y.v", "a/z.v"]);
        assert_eq!(names(&finder, "a/n[0].v"), ["a/n[0].v"], "a name that looks like a pattern is a name");
    }

    #[test]
    fn faults_say_what_is_there() {
        let (_dir, finder) = tree(&["a/top.v", "a/notes.txt", "build/x.v"]);
        let fault = |pattern, purpose| finder.find(pattern, purpose).unwrap_err();
        assert_eq!(
            fault("a/tpo.v", Purpose::Sources),
            FindFault::NotFound { beside: vec!["notes.txt".into(), "top.v".into()] }
        );
        assert_eq!(fault("a", Purpose::Sources), FindFault::Directory);
        assert_eq!(fault("build/x.v", Purpose::Sources), FindFault::InBuildDirectory);
        assert_eq!(fault("build/*.v", Purpose::Sources), FindFault::InBuildDirectory);
        assert!(matches!(
            fault("a/*.sv", Purpose::Sources),
            FindFault::NothingMatches { base_exists: true, .. }
        ));
        assert!(matches!(
            fault("q/*.sv", Purpose::Sources),
            FindFault::NothingMatches { base_exists: false, .. }
        ));
        assert!(matches!(fault("a/[.v", Purpose::Sources), FindFault::BadPattern { .. }));
        assert_eq!(
            fault("a/*", Purpose::Sources),
            FindFault::WrongKind { files: vec!["a/notes.txt".into()] }
        );
        assert_eq!(
            fault("a/*.v", Purpose::Constraints),
            FindFault::WrongKind { files: vec!["a/top.v".into()] }
        );
    }

    #[test]
    fn a_loop_of_links_is_a_fault() {
        let (dir, finder) = tree(&["a/top.v"]);
        std::os::unix::fs::symlink(".", dir.path().join("a/up")).unwrap();
        assert_eq!(
            finder.find("a/**/*.v", Purpose::Sources).unwrap_err(),
            FindFault::Unreadable { message: "the link a/up leads to a directory above itself".into() }
        );
    }
}
