// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The SLSA provenance v1 predicate (slsa.dev/provenance/v1), from the facts of a build.
//!
//! | field | holds |
//! |---|---|
//! | `buildDefinition.buildType` | [`BUILD_TYPE`]: its page says how to read the rest |
//! | `externalParameters` | the description by digest, project, version, part, board, release and update, configurations, generics and defines |
//! | `internalParameters` | release, build and patches of Vivado, IP cores, and whether the stand-in took Vivado's place |
//! | `resolvedDependencies` | the commit of the sources, every source file by digest, and for an update the golden checkpoints it was built on |
//! | `runDetails.builder` | who built; [`LOCAL_BUILDER`] unless somebody says otherwise; versions of dfxkit and Vivado |
//! | `runDetails.metadata` | `invocationId`, when it was given; no times, since nothing records when a build began |
//!
//! Vivado itself is no dependency by digest: nobody hashes its installation.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Resource, Statement};
use crate::artifacts::Artifacts;
use crate::vcs::GitState;

/// `predicateType`
pub const PREDICATE_TYPE: &str = "https://slsa.dev/provenance/v1";
/// `buildType`: a build of a description by dfxkit.
pub const BUILD_TYPE: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/docs/provenance.md#build-type-v1");
/// `builder.id` of a build on somebody's machine, of which nothing is claimed.
pub const LOCAL_BUILDER: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/docs/provenance.md#local-builder");

/// A generic, parameter or macro that went in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// `static` or `module NAME`.
    pub scope: String,
    /// `generic` or `define`.
    pub kind: String,
    /// Name.
    pub name: String,
    /// Value, as text.
    pub value: String,
}

/// Who built, as the user or a CI system says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Builder {
    /// URI of the build platform; [`LOCAL_BUILDER`] when none.
    pub id: Option<String>,
    /// URI or id of the call on that platform.
    pub invocation_id: Option<String>,
}

/// What is known of a build. Empty and none mean unknown, and are absent from the statement.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// Project.
    pub project: String,
    /// Version of the product.
    pub version: String,
    /// Part.
    pub part: String,
    /// Board.
    pub board: Option<String>,
    /// Golden release that it is, or belongs to.
    pub release: Option<String>,
    /// Update of that release that it is.
    pub update: Option<String>,
    /// True when the stand-in took Vivado's place.
    pub simulated: bool,
    /// Release of Vivado.
    pub vivado: String,
    /// Its build.
    pub vivado_build: Option<String>,
    /// Its patches.
    pub patches: Vec<String>,
    /// Version of dfxkit that built and wrote.
    pub dfxkit: String,
    /// Configurations: name, `partition=module`.
    pub configurations: Vec<(String, Vec<String>)>,
    /// Generics and defines.
    pub parameters: Vec<Parameter>,
    /// IP cores, as VLNV.
    pub ip: Vec<String>,
    /// The description.
    pub description: Option<Resource>,
    /// Source files.
    pub sources: Vec<Resource>,
    /// Golden checkpoints that an update was built on.
    pub golden: Vec<Resource>,
    /// Commit of the sources.
    pub git: Option<GitState>,
    /// Who built.
    pub builder: Builder,
}

impl Facts {
    /// Facts of a finished build. What artifacts do not tell (board, parameters, IP, description, builder) is left to the caller.
    pub fn of_artifacts(a: &Artifacts, git: Option<GitState>) -> Self {
        Self {
            project: a.project.clone(),
            version: a.version.clone(),
            part: a.part.clone(),
            release: a.golden.clone(),
            simulated: a.tool.simulated,
            vivado: a.tool.release.clone(),
            vivado_build: a.tool.build.clone(),
            dfxkit: env!("CARGO_PKG_VERSION").to_owned(),
            configurations: a
                .configurations
                .iter()
                .map(|c| {
                    let pair = |(p, m): &(String, Option<String>)| {
                        format!("{p}={}", m.as_deref().unwrap_or_default())
                    };
                    (c.name.clone(), c.modules.iter().map(pair).collect())
                })
                .collect(),
            sources: a
                .sources
                .iter()
                .map(|(name, sha256)| Resource::file(name.as_str(), sha256.as_str()))
                .collect(),
            git,
            ..Self::default()
        }
    }

    /// The statement about `subject`.
    pub fn statement(&self, subject: Vec<Resource>) -> Statement {
        Statement::new(subject, self.predicate())
    }

    /// The predicate.
    pub fn predicate(&self) -> Value {
        let mut metadata = Map::new();
        put(&mut metadata, "invocationId", self.builder.invocation_id.clone());
        let mut details = Map::new();
        details.insert("builder".into(), self.builder_value());
        put_map(&mut details, "metadata", metadata);
        json!({"buildDefinition": self.definition(), "runDetails": details})
    }

    fn definition(&self) -> Value {
        let mut external = Map::new();
        put(&mut external, "description", self.description.as_ref().map(|d| json!(d)));
        for (key, value) in [("project", &self.project), ("version", &self.version), ("part", &self.part)] {
            external.insert(key.into(), value.as_str().into());
        }
        put(&mut external, "board", self.board.clone());
        put(&mut external, "release", self.release.clone());
        put(&mut external, "update", self.update.clone());
        let configurations: Map<String, Value> =
            self.configurations.iter().map(|(name, modules)| (name.clone(), json!(modules))).collect();
        put_map(&mut external, "configurations", configurations);
        put_list(
            &mut external,
            "parameters",
            self.parameters
                .iter()
                .map(|p| json!({"scope": p.scope, "kind": p.kind, "name": p.name, "value": p.value}))
                .collect(),
        );

        let mut vivado = Map::new();
        vivado.insert("release".into(), self.vivado.as_str().into());
        put(&mut vivado, "build", self.vivado_build.clone());
        put_list(&mut vivado, "patches", self.patches.iter().map(|p| json!(p)).collect());
        let mut internal = Map::new();
        internal.insert("simulated".into(), self.simulated.into());
        internal.insert("vivado".into(), vivado.into());
        put_list(&mut internal, "ipCores", self.ip.iter().map(|v| json!(v)).collect());

        let mut dependencies: Vec<Value> = Vec::new();
        if let Some(git) = &self.git {
            let commit = Resource {
                name: Some("sources".into()),
                digest: BTreeMap::from([("gitCommit".to_owned(), git.commit.clone())]),
                annotations: BTreeMap::from([("uncommittedChanges".to_owned(), git.dirty.into())]),
            };
            dependencies.push(json!(commit));
        }
        dependencies.extend(self.golden.iter().chain(&self.sources).map(|r| json!(r)));

        let mut definition = Map::new();
        definition.insert("buildType".into(), BUILD_TYPE.into());
        definition.insert("externalParameters".into(), external.into());
        definition.insert("internalParameters".into(), internal.into());
        put_list(&mut definition, "resolvedDependencies", dependencies);
        definition.into()
    }

    fn builder_value(&self) -> Value {
        let build = self.vivado_build.as_ref().map_or_else(String::new, |b| format!(" build {b}"));
        let maker = if self.simulated { " SIMULATED" } else { "" };
        json!({
            "id": self.builder.id.as_deref().unwrap_or(LOCAL_BUILDER),
            "version": {"dfxkit": self.dfxkit, "vivado": format!("{}{build}{maker}", self.vivado)},
        })
    }
}

fn put(map: &mut Map<String, Value>, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        map.insert(key.to_owned(), value.into());
    }
}

fn put_list(map: &mut Map<String, Value>, key: &str, list: Vec<Value>) {
    put(map, key, Some(list).filter(|l| !l.is_empty()));
}

fn put_map(map: &mut Map<String, Value>, key: &str, inner: Map<String, Value>) {
    put(map, key, Some(inner).filter(|m| !m.is_empty()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts {
            project: "conv".into(),
            version: "1.0".into(),
            part: "xc7z020clg400-1".into(),
            vivado: "2024.2".into(),
            dfxkit: "0.1.0".into(),
            ..Facts::default()
        }
    }

    #[test]
    fn what_slsa_requires_is_there_and_what_is_unknown_is_absent() {
        let p = facts().predicate();
        // Required by the specification: buildType, externalParameters, builder.id.
        assert_eq!(p["buildDefinition"]["buildType"], BUILD_TYPE);
        assert!(p["buildDefinition"]["externalParameters"].is_object());
        assert_eq!(p["runDetails"]["builder"]["id"], LOCAL_BUILDER);
        let text = p.to_string();
        for absent in ["null", "\"\"", "[]", "{}", "metadata", "startedOn", "board", "build\"", "patches"] {
            assert!(!text.contains(absent), "{absent}: {text}");
        }
    }

    #[test]
    fn what_is_known_is_in_its_field() {
        let p = Facts {
            git: Some(GitState { commit: "c".repeat(40), dirty: true }),
            sources: vec![Resource::file("rtl/top.v", "a".repeat(64))],
            golden: vec![Resource::file("top_routed_bb.dcp", "b".repeat(64))],
            patches: vec!["AR71898".into()],
            builder: Builder {
                id: Some("https://ci.example.invalid/".into()),
                invocation_id: Some("42".into()),
            },
            simulated: true,
            ..facts()
        }
        .predicate();
        let d = &p["buildDefinition"];
        assert_eq!(d["resolvedDependencies"][0]["digest"]["gitCommit"], "c".repeat(40));
        assert_eq!(d["resolvedDependencies"][0]["annotations"]["uncommittedChanges"], true);
        assert_eq!(d["resolvedDependencies"][1]["name"], "top_routed_bb.dcp");
        assert_eq!(d["resolvedDependencies"][2]["name"], "rtl/top.v");
        assert_eq!(d["internalParameters"]["vivado"]["patches"][0], "AR71898");
        assert_eq!(d["internalParameters"]["simulated"], true);
        assert_eq!(p["runDetails"]["builder"]["id"], "https://ci.example.invalid/");
        assert_eq!(p["runDetails"]["builder"]["version"]["vivado"], "2024.2 SIMULATED");
        assert_eq!(p["runDetails"]["metadata"]["invocationId"], "42");
    }
}
