// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A release as artifacts again, their paths in the store: so that the same gates that judged the build can judge the archive.
//!
//! Hashes and sizes are the manifest's; whoever uses the paths re-hashes first (see [`super::check`]). Run directories are not restored: what
//! gates look for there is not found.

use camino::Utf8PathBuf;

use super::Golden;
use super::manifest::{FileEntry, Role};
use super::updates::Update;
use crate::artifacts::{
    Artifact, Artifacts, ConfigurationSet, ModuleSet, PartitionSet, RunLog, StaticSet, ToolIdentity,
};
use crate::gates::GateReport;

/// The artifacts of an update on its release: its configurations and modules, with the static of the release and the modules of the release behind its
/// own. Of an update of format 1 the full bitstreams are not known.
pub fn update_artifacts(golden: &Golden, update: &Update) -> Artifacts {
    let mut all = artifacts(golden);
    let of = |f: &FileEntry| Artifact {
        path: golden.store().object(&f.sha256),
        sha256: f.sha256.clone(),
        size: f.size,
    };
    let file = |role: Role, subject: &str| {
        update.files.iter().find(|f| f.role == role && f.subject == subject).map(of)
    };
    let place =
        |run: &str| Utf8PathBuf::from(format!("{}/updates/{}/{run}", golden.manifest.release, update.name));
    all.configurations = update
        .configurations
        .iter()
        .map(|c| ConfigurationSet {
            name: c.name.clone(),
            run: c.run.clone(),
            run_dir: place(&c.run),
            parent: false,
            modules: c.fillings().collect(),
            full_bit: file(Role::FullBit, &c.name),
            routed_dcp: None,
            pr_verify: file(Role::PrVerify, &c.name),
            reports: update
                .files
                .iter()
                .filter(|f| f.role == Role::Report && f.subject == c.name)
                .map(of)
                .collect(),
        })
        .collect();
    for m in &update.modules {
        if !all.configurations.iter().any(|c| c.name == m.configuration) {
            all.configurations.push(ConfigurationSet {
                name: m.configuration.clone(),
                run: m.configuration.clone(),
                run_dir: place(&m.configuration),
                parent: false,
                modules: Vec::new(),
                full_bit: None,
                routed_dcp: None,
                pr_verify: None,
                reports: Vec::new(),
            });
        }
        // Format 1 names the fillings of a configuration by its modules alone.
        if let Some(c) = all.configurations.iter_mut().find(|c| c.name == m.configuration)
            && !c.modules.iter().any(|(p, _)| *p == m.partition)
        {
            c.modules.push((m.partition.clone(), Some(m.name.clone())));
        }
    }
    let own = update.modules.iter().map(|m| {
        let subject = format!("{}/{}", m.partition, m.name);
        ModuleSet {
            name: m.name.clone(),
            vivado_name: m.vivado_name.clone(),
            partition: m.partition.clone(),
            configuration: m.configuration.clone(),
            run: all
                .configurations
                .iter()
                .find(|c| c.name == m.configuration)
                .map(|c| c.run.clone())
                .unwrap_or_default(),
            greybox: m.greybox,
            partial_bit: file(Role::PartialBit, &subject),
            clear_bit: file(Role::ClearBit, &subject),
            bin: None,
            hwh: file(Role::Hwh, &subject),
            ltx: file(Role::Ltx, &subject),
            routed_dcp: file(Role::ModuleDcp, &subject),
            drivers: Vec::new(),
        }
    });
    let mut modules: Vec<ModuleSet> = own.collect();
    modules.append(&mut all.modules);
    all.modules = modules;
    if let Some(release) = &update.vivado {
        let tool = ToolIdentity {
            release: release.clone(),
            build: update.vivado_build.clone(),
            simulated: update.simulated,
        };
        all.static_tool = Some(std::mem::replace(&mut all.tool, tool));
    }
    all.logs = update
        .files
        .iter()
        .filter(|f| f.role == Role::Log)
        .map(|f| RunLog { run: f.subject.clone(), configuration: None, file: of(f) })
        .collect();
    all
}

/// The artifacts of a release.
pub fn artifacts(golden: &Golden) -> Artifacts {
    let m = &golden.manifest;
    let of = |f: &FileEntry| Artifact {
        path: golden.store().object(&f.sha256),
        sha256: f.sha256.clone(),
        size: f.size,
    };
    let file = |role: Role, subject: &str| m.file(role, subject).map(of);
    let all = |role: Role, subject: &str| {
        m.files.iter().filter(|f| f.role == role && f.subject == subject).map(of).collect()
    };
    let configurations = m
        .configurations
        .iter()
        .map(|c| ConfigurationSet {
            name: c.name.clone(),
            run: c.run.clone(),
            run_dir: Utf8PathBuf::from(format!("{}/{}", m.release, c.run)),
            parent: c.parent,
            modules: c.fillings().collect(),
            full_bit: file(Role::FullBit, &c.name),
            routed_dcp: if c.parent { file(Role::RoutedDcp, "") } else { None },
            pr_verify: file(Role::PrVerify, &c.name),
            reports: all(Role::Report, &c.name),
        })
        .collect();
    let modules = m
        .modules
        .iter()
        .map(|x| {
            let subject = format!("{}/{}", x.partition, x.name);
            ModuleSet {
                name: x.name.clone(),
                vivado_name: x.vivado_name.clone(),
                partition: x.partition.clone(),
                configuration: x.configuration.clone(),
                run: m
                    .configurations
                    .iter()
                    .find(|c| c.name == x.configuration)
                    .map(|c| c.run.clone())
                    .unwrap_or_default(),
                greybox: x.greybox,
                partial_bit: file(Role::PartialBit, &subject),
                clear_bit: file(Role::ClearBit, &subject),
                bin: file(Role::Bin, &subject),
                hwh: file(Role::Hwh, &subject),
                ltx: file(Role::Ltx, &subject),
                routed_dcp: file(Role::ModuleDcp, &subject),
                drivers: Vec::new(),
            }
        })
        .collect();
    Artifacts {
        project: m.project.clone(),
        version: m.version.clone(),
        part: m.part.clone(),
        tool: ToolIdentity {
            release: m.vivado.clone(),
            build: m.vivado_build.clone(),
            simulated: m.simulated,
        },
        static_set: StaticSet {
            top: m.static_design.top.clone(),
            configuration: m.static_design.configuration.clone(),
            run: m.static_design.run.clone(),
            full_bit: file(Role::FullBit, m.parent_name()),
            routed_dcp: file(Role::RoutedDcp, ""),
            blackbox_dcp: file(Role::BlackboxDcp, ""),
            hwh: file(Role::Hwh, ""),
            ltx: file(Role::Ltx, ""),
        },
        partitions: m
            .partitions
            .iter()
            .map(|p| PartitionSet {
                abstract_shell: file(Role::AbstractShell, &p.name),
                name: p.name.clone(),
                cell: p.cell.clone(),
                module: p.module.clone(),
                port_stub: p.ports.clone(),
                decoupler: p.decoupler,
                pblock_ranges: p.pblock_ranges.clone(),
            })
            .collect(),
        modules,
        configurations,
        sources: Vec::new(),
        golden: Some(m.release.clone()),
        on_shells: Vec::new(),
        static_tool: None,
        adopted: false,
        logs: m
            .files
            .iter()
            .filter(|f| f.role == Role::Log)
            .map(|f| RunLog {
                run: f.subject.clone(),
                configuration: m.configurations.iter().find(|c| c.run == f.subject).map(|c| c.name.clone()),
                file: of(f),
            })
            .collect(),
        missing: Vec::new(),
        notes: Vec::new(),
        gates: GateReport::new(Vec::new()),
    }
}
