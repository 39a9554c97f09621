// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Provenance and signatures of releases and updates.
//!
//! When a release is archived, its provenance statement is stored with it: every object by name and digest, and what it was made from. A signature
//! comes later: a DSSE envelope around that statement with the manifest (`golden.toml`) as first subject, so that every fact of the release and every
//! object is under it. Of an update the entry (`updates/NAME.toml`) and its objects are signed. A signature counts when its envelope verifies with the
//! given key **and** the statement in it is, subject by subject and in its predicate, that of the release as it lies there now.

use super::beside::{self, Shelf};
use super::manifest::{FileEntry, Manifest, Role};
use super::updates::{self, Update};
use super::{Golden, GoldenError};
use crate::hash;
use crate::provenance::dsse::{Envelope, pae};
use crate::provenance::sign::{self, Refusal, SignError};
use crate::provenance::slsa::{Builder, Facts, Parameter};
use crate::provenance::{PAYLOAD_TYPE, Resource, Statement};
use camino::Utf8Path;

/// What a signature is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The release.
    Release,
    /// One of its updates.
    Update(String),
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Release => f.write_str("golden.toml"),
            Self::Update(name) => write!(f, "updates/{name}.toml"),
        }
    }
}

/// The provenance of a release as it is stored with it: without the manifest, which names the statement.
pub(super) fn provenance(manifest: &Manifest, builder: Builder) -> Statement {
    let files = manifest.files.iter().filter(|f| f.role != Role::Provenance);
    facts(manifest, builder).statement(files.map(resource).collect())
}

fn facts(m: &Manifest, builder: Builder) -> Facts {
    let description = m.files.iter().find(|f| f.role == Role::DescriptionText);
    Facts {
        project: m.project.clone(),
        version: m.version.clone(),
        part: m.part.clone(),
        board: m.board.clone(),
        release: Some(m.release.clone()),
        update: None,
        simulated: m.simulated,
        vivado: m.vivado.clone(),
        vivado_build: m.vivado_build.clone(),
        patches: m.vivado_patches.clone(),
        dfxkit: m.written_by.strip_prefix("dfxkit ").unwrap_or(&m.written_by).to_owned(),
        configurations: m.configurations.iter().map(|c| (c.name.clone(), c.modules.clone())).collect(),
        parameters: m
            .parameters
            .iter()
            .map(|p| Parameter {
                scope: p.scope.clone(),
                kind: p.kind.clone(),
                name: p.name.clone(),
                value: p.value.clone(),
            })
            .collect(),
        ip: m.ip.clone(),
        description: description.map(|f| Resource::file(f.name.as_str(), f.sha256.as_str())),
        sources: m
            .files
            .iter()
            .filter(|f| f.role == Role::Source)
            .map(|f| Resource::file(f.subject.as_str(), f.sha256.as_str()))
            .collect(),
        golden: Vec::new(),
        git: m.git.clone(),
        builder,
    }
}

/// An object under a name that is its own: role, what it belongs to, file name.
fn resource(file: &FileEntry) -> Resource {
    let role = serde_json::to_value(file.role).ok().and_then(|v| v.as_str().map(str::to_owned));
    let role = role.unwrap_or_default();
    let name = if file.subject.is_empty() || file.role == Role::Source {
        format!("{role}/{}", file.name)
    } else {
        format!("{role}/{}/{}", file.subject, file.name)
    };
    Resource::file(name, file.sha256.as_str())
}

/// The statement that a signature over a target must hold, from what lies in the archive now.
pub fn statement(golden: &Golden, target: &Target) -> Result<Statement, GoldenError> {
    let m = &golden.manifest;
    match target {
        Target::Release => {
            let stored = match m.files.iter().find(|f| f.role == Role::Provenance) {
                Some(file) => {
                    let text = fs_err::read(golden.verified(file)?)?;
                    Statement::parse(&text).map_err(|e| GoldenError::Manifest {
                        path: file.name.clone(),
                        message: e.to_string(),
                    })?
                }
                // Format 1 stored none.
                None => provenance(m, Builder::default()),
            };
            let manifest = Resource::file(target.to_string(), hash::sha256(golden.text().as_bytes()));
            let mut subject = vec![manifest];
            subject.extend(m.files.iter().map(resource));
            Ok(Statement::new(subject, stored.predicate))
        }
        Target::Update(name) => {
            let text = beside::read(golden, Shelf::Updates, name)?;
            let update = updates::load(golden, name)?;
            let entry = Resource::file(target.to_string(), hash::sha256(text.as_bytes()));
            let mut subject = vec![entry];
            subject.extend(update.files.iter().map(resource));
            Ok(update_facts(m, &update).statement(subject))
        }
    }
}

fn update_facts(m: &Manifest, u: &Update) -> Facts {
    let base = [Role::BlackboxDcp, Role::RoutedDcp, Role::FullBit];
    let golden = m
        .files
        .iter()
        .filter(|f| base.contains(&f.role) && (f.subject.is_empty() || f.subject == m.parent_name()));
    Facts {
        version: u.version.clone(),
        update: Some(u.name.clone()),
        simulated: u.simulated,
        vivado: u.vivado.as_ref().unwrap_or(&m.vivado).clone(),
        vivado_build: if u.vivado.is_some() { u.vivado_build.clone() } else { m.vivado_build.clone() },
        dfxkit: u.written_by.strip_prefix("dfxkit ").unwrap_or(&u.written_by).to_owned(),
        configurations: u.configurations.iter().map(|c| (c.name.clone(), c.modules.clone())).collect(),
        parameters: Vec::new(),
        ip: Vec::new(),
        description: None,
        sources: Vec::new(),
        golden: golden.map(resource).collect(),
        git: u.git.clone(),
        ..facts(m, Builder::default())
    }
}

/// Signs a target and puts the envelope beside the release; gives its name. Whether the release is whole is the caller's to check.
pub fn sign(golden: &Golden, target: &Target, key: &Utf8Path) -> Result<String, SigningError> {
    let text = statement(golden, target)?.render();
    let comment = format!("dfxkit {target} of release {}", golden.manifest.release);
    let signed = sign::sign(key, &pae(PAYLOAD_TYPE, text.as_bytes()), &comment)?;
    let envelope = Envelope::new(&text, &signed.key.text, &signed.file);
    let name = match target {
        Target::Release => format!("release.{}", signed.key.short),
        Target::Update(update) => format!("update.{update}.{}", signed.key.short),
    };
    beside::write(golden, Shelf::Signatures, &name, &envelope.render())?;
    Ok(name)
}

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The archive.
    #[error(transparent)]
    Golden(#[from] GoldenError),
    /// Key or program.
    #[error(transparent)]
    Sign(#[from] SignError),
}

/// The answer on one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What should be signed.
    pub target: Target,
    /// The signature that counts, or why none does.
    pub result: Result<String, String>,
}

/// Is the release, and is every one of its updates, signed with the key? Trouble with the key or its program is the error.
pub fn verify(golden: &Golden, key: &Utf8Path) -> Result<Vec<Answer>, SignError> {
    let io = |source| SignError::Io { path: golden.store().dir().to_string(), source };
    let mut envelopes = Vec::new();
    for name in beside::names(golden, Shelf::Signatures).map_err(io)? {
        let read = beside::read(golden, Shelf::Signatures, &name).map_err(|e| e.to_string());
        let opened = match read.and_then(|text| Envelope::parse(&text).map_err(|e| e.to_string())) {
            Ok(envelope) => open(&envelope, key)?,
            Err(why) => Err(why),
        };
        envelopes.push((name, opened));
    }
    let mut targets = vec![Target::Release];
    targets.extend(updates::names(golden).map_err(io)?.into_iter().map(Target::Update));
    Ok(targets
        .into_iter()
        .map(|target| {
            let result = answer(golden, &target, &envelopes);
            Answer { target, result }
        })
        .collect())
}

/// The statement of an envelope that verifies, or why it does not.
fn open(envelope: &Envelope, key: &Utf8Path) -> Result<Result<Statement, String>, SignError> {
    let mut why = "it holds no signature".to_owned();
    let signed = match envelope.signed() {
        Ok(signed) => signed,
        Err(e) => return Ok(Err(e.to_string())),
    };
    for signature in &envelope.signatures {
        let file = match signature.file() {
            Ok(file) => file,
            Err(e) => {
                why = e.to_string();
                continue;
            }
        };
        match sign::verify(key, &signed, &file)? {
            Ok(()) => return Ok(envelope.statement().map_err(|e| e.to_string())),
            Err(refusal @ (Refusal::Foreign(_) | Refusal::Altered(_) | Refusal::NoSignature)) => {
                why = refusal.to_string();
            }
        }
    }
    Ok(Err(why))
}

fn answer(
    golden: &Golden,
    target: &Target,
    envelopes: &[(String, Result<Statement, String>)],
) -> Result<String, String> {
    let expected = statement(golden, target).map_err(|e| e.to_string())?;
    let mut reasons = Vec::new();
    for (name, opened) in envelopes {
        match opened {
            Ok(found) if found.subject(&target.to_string()).is_none() => {}
            Ok(found) => match difference(&expected, found) {
                None => return Ok(name.clone()),
                Some(why) => reasons.push(format!("signature {name}: {why}")),
            },
            Err(why) => reasons.push(format!("signature {name}: {why}")),
        }
    }
    if reasons.is_empty() { Err("it is not signed".to_owned()) } else { Err(reasons.join("; ")) }
}

/// How a signed statement differs from what lies there; none when it does not.
fn difference(expected: &Statement, signed: &Statement) -> Option<String> {
    for subject in &expected.subject {
        let name = subject.name.as_deref().unwrap_or_default();
        match signed.subject(name) {
            None => return Some(format!("{name} is not under it")),
            Some(s) if s.digest != subject.digest => {
                return Some(format!(
                    "{name} was changed since: signed sha256:{}, actual sha256:{}",
                    s.sha256().unwrap_or("none"),
                    subject.sha256().unwrap_or("none")
                ));
            }
            Some(_) => {}
        }
    }
    if signed.subject.len() != expected.subject.len() {
        return Some("it is over files that the release does not have".to_owned());
    }
    (signed.predicate != expected.predicate).then(|| "its provenance is not that of the release".to_owned())
}
