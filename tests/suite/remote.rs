// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Stores on the network against real servers: push, pull, verify-remote, races, kills, faults, secrets. With the cargo feature `remote`; without it the
//! one thing to test is the message.

#[cfg(feature = "remote")]
mod faults;
#[cfg(feature = "remote")]
mod races;
#[cfg(feature = "remote")]
mod secrets;
#[cfg(feature = "remote")]
mod servers;
#[cfg(feature = "remote")]
mod way;

#[cfg(not(feature = "remote"))]
#[test]
fn a_build_without_the_feature_says_how_to_get_it() {
    let bench = crate::support::Bench::new();
    let store = crate::support::repository().join("golden");
    for place in ["s3://bucket/prefix", "https://server/path"] {
        let run = bench.run(&["golden", "--store", store.as_str(), "push", "conv-1.0.0", place]);
        run.exits(5);
        assert!(run.stderr.contains("--features remote"), "{}", run.stderr);
    }
    eprintln!("SKIPPED: stores on the network: built without the feature `remote`");
}

#[cfg(feature = "remote")]
mod bench {
    //! A small release, and the program run against a server.

    use std::process::{Child, Stdio};

    use dfxkit::golden::Store;
    use dfxkit::golden::manifest::{FileEntry, Manifest, Role};

    use super::servers::Server;
    use crate::support::{Bench, Run, repository};

    pub(super) const RELEASE: &str = "conv-1.0.0";

    /// A bench whose archive holds the repository's release, cut down to its small files, with an update; `tag` tells contents apart.
    pub(super) fn released(tag: &str) -> Bench {
        let bench = Bench::new();
        let from = Store::new(repository().join("golden"));
        let mut manifest: Manifest = from.load(RELEASE).unwrap().manifest;
        manifest.files.retain(|f| f.size < 100_000);
        tag.clone_into(&mut manifest.version);
        let to = Store::new(bench.path().join("golden"));
        for f in &manifest.files {
            to.put_known(&from.object(&f.sha256), &f.sha256, f.size).unwrap();
        }
        write(&bench, &manifest);
        let bytes = vec![7_u8; 30_000];
        let (sha256, size) = to.put_bytes(&bytes, "late.bit".into()).unwrap();
        let blackbox = manifest.file(Role::BlackboxDcp, "").map(|f| f.sha256.clone()).unwrap_or_default();
        // As text, of the first format: what later dfxkits add to it is theirs.
        bench.write(
            &format!("golden/{RELEASE}/updates/late.toml"),
            &format!(
                "format = 1\nwritten-by = \"dfxkit 0.1.0\"\nname = \"late\"\nrelease = \"{RELEASE}\"\nblackbox-sha256 = \"{blackbox}\"\n\
                 version = \"2\"\nsimulated = true\ndrift = []\nmodules = []\ngates = []\n\n\
                 [[files]]\nrole = \"partial-bit\"\nsubject = \"conv/late\"\nname = \"late.bit\"\nsha256 = \"{sha256}\"\nsize = {size}\n"
            ),
        );
        bench
    }

    fn write(bench: &Bench, manifest: &Manifest) {
        bench.write(&format!("golden/{RELEASE}/golden.toml"), &manifest.render());
    }

    /// Adds an object of a size to the release of a bench; gives its hash.
    pub(super) fn add_object(bench: &Bench, size: usize) -> String {
        let store = Store::new(bench.path().join("golden"));
        let mut manifest = store.load(RELEASE).unwrap().manifest;
        let bytes: Vec<u8> = (0..size).map(|i| (i * 31 / 7) as u8).collect();
        let (sha256, size) = store.put_bytes(&bytes, "big.dcp".into()).unwrap();
        let like = manifest.files[0].clone();
        manifest.files.push(FileEntry { name: "big.dcp".into(), sha256: sha256.clone(), size, ..like });
        write(bench, &manifest);
        sha256
    }

    pub(super) fn start(bench: &Bench, server: &Server, args: &[&str], env: &[(&str, &str)]) -> Child {
        let mut command = bench.command(args);
        for name in [
            "HTTP_PROXY",
            "HTTPS_PROXY",
            "ALL_PROXY",
            "http_proxy",
            "https_proxy",
            "all_proxy",
            "AWS_PROFILE",
        ] {
            command.env_remove(name);
        }
        command
            .env("HOME", bench.path())
            .envs(server.env.iter().map(|(k, v)| (k, v)))
            .envs(env.iter().copied());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    pub(super) fn end(child: Child) -> Run {
        let output = child.wait_with_output().unwrap();
        Run {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub(super) fn run(bench: &Bench, server: &Server, args: &[&str]) -> Run {
        end(start(bench, server, args, &[]))
    }

    /// Runs and gives the last object of JSON.
    pub(super) fn json(bench: &Bench, server: &Server, args: &[&str], code: i32) -> serde_json::Value {
        let args: Vec<&str> = args.iter().copied().chain(["--message-format", "json"]).collect();
        let run = run(bench, server, &args);
        run.exits(code);
        run.json().pop().unwrap_or_default()
    }
}
