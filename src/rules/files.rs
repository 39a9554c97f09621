// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The files of a description, found once for all rules.

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;

use crate::design::find::{FindFault, Finder, Purpose};
use crate::design::{ModuleFiles, SourceFile, SourceKind};
use crate::spec::Document;
use crate::spec::model::Spec;

/// A list entry that gave no files.
#[derive(Debug)]
pub(super) struct FileFault {
    /// Path of the entry in the description: `["static", "sources", "0"]`.
    pub(super) path: Vec<String>,
    /// The entry.
    pub(super) pattern: String,
    /// What the list is for.
    pub(super) purpose: Purpose,
    /// Why.
    pub(super) fault: FindFault,
}

/// A constraint file with its text.
#[derive(Debug)]
pub(super) struct ConstraintText {
    /// As the user would name it.
    pub(super) shown: Utf8PathBuf,
    /// Its text; invalid UTF-8 replaced.
    pub(super) text: String,
}

/// Everything found.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) static_sources: Vec<SourceFile>,
    /// The static's and the partitions', in order.
    pub(super) static_constraints: Vec<SourceFile>,
    pub(super) modules: IndexMap<String, ModuleFiles>,
    pub(super) faults: Vec<FileFault>,
    /// Texts of all `.xdc` files that go with the static.
    pub(super) static_xdc: Vec<ConstraintText>,
    /// Texts of all `.xdc` files of modules.
    pub(super) module_xdc: Vec<ConstraintText>,
}

impl Files {
    /// Looks for everything. `shown` is the description as the user names it.
    pub(super) fn find(root: &Utf8Path, shown: &Utf8Path, doc: &Document, spec: &Spec) -> Self {
        let mut all = Self::default();
        // A build directory that cannot be one must not hide the sources.
        let build = &spec.build.directory;
        let sound = super::bad_build_directory::fault_of(build).is_none();
        let finder = Finder::new(root, sound.then_some(build));
        all.static_sources = all.list(&finder, doc, &["static", "sources"], Purpose::Sources);
        all.static_constraints = all.list(&finder, doc, &["static", "constraints"], Purpose::Constraints);
        for name in spec.partitions.keys() {
            let more = all.list(&finder, doc, &["partitions", name, "constraints"], Purpose::Constraints);
            for file in more {
                if !all.static_constraints.contains(&file) {
                    all.static_constraints.push(file);
                }
            }
        }
        for name in spec.modules.keys() {
            let files = ModuleFiles {
                sources: all.list(&finder, doc, &["modules", name, "sources"], Purpose::Sources),
                constraints: all.list(&finder, doc, &["modules", name, "constraints"], Purpose::Constraints),
            };
            all.modules.insert(name.clone(), files);
        }
        let beside = shown.parent().unwrap_or(Utf8Path::new(""));
        let texts = |files: &mut dyn Iterator<Item = &SourceFile>| -> Vec<ConstraintText> {
            files
                .filter(|f| f.kind == SourceKind::Xdc)
                .filter_map(|f| {
                    let bytes = fs_err::read(&f.path).ok()?;
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    Some(ConstraintText { shown: beside.join(&f.name), text })
                })
                .collect()
        };
        all.static_xdc = texts(&mut all.static_constraints.iter());
        all.module_xdc = texts(&mut all.modules.values().flat_map(|m| &m.constraints));
        all
    }

    fn list(&mut self, finder: &Finder, doc: &Document, path: &[&str], purpose: Purpose) -> Vec<SourceFile> {
        let mut files: Vec<SourceFile> = Vec::new();
        // By number, so that an item of a wrong type does not shift the others' places.
        let count = doc.node(path).map_or(0, |n| match &n.value {
            crate::spec::document::Value::Array(items) => items.len(),
            _ => 0,
        });
        for n in 0..count {
            let n = n.to_string();
            let full: Vec<&str> = path.iter().copied().chain([n.as_str()]).collect();
            let Some((pattern, _)) = doc.string(&full) else { continue };
            if pattern.trim().is_empty() || pattern.contains(char::is_control) {
                continue;
            }
            match finder.find(pattern, purpose) {
                Ok(found) => {
                    for file in found {
                        if !files.contains(&file) {
                            files.push(file);
                        }
                    }
                }
                Err(fault) => self.faults.push(FileFault {
                    path: full.iter().map(|s| (*s).to_owned()).collect(),
                    pattern: pattern.to_owned(),
                    purpose,
                    fault,
                }),
            }
        }
        files
    }
}
