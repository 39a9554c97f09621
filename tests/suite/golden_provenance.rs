// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an archived release says of itself: facts, provenance, signatures, and what fits where.

use std::process::{Command, Stdio};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use crate::support::{Bench, Run};

fn released(bench: &Bench) {
    bench.run(&["build", "--vivado", "sim"]).exits(0);
    bench.run(&["golden", "archive", "1.0", "--allow-simulated"]).exits(0);
}

fn last(run: &Run) -> Value {
    run.json().pop().unwrap()
}

fn shown(bench: &Bench, release: &str) -> Value {
    last(bench.run(&["golden", "show", release, "--message-format", "json"]).exits(0))
}

#[test]
fn a_release_holds_the_facts_that_only_its_files_tell() {
    let bench = Bench::example("pr-block-kc705");
    let description = bench.read("dfx.toml").replacen(
        "[static]\n",
        "[static]\ngenerics = { DEPTH = 4 }\ndefines = { FAST = \"1\" }\n",
        1,
    );
    bench.write("dfx.toml", &description);
    bench.run(&["build", "--vivado", "sim"]).exits(0);
    bench.write("board.xsa", "a hardware platform");
    let args = ["golden", "archive", "1.0", "--allow-simulated", "--xsa", "board.xsa", "--archive-project"];
    bench.run(&[&args[..], &["--vivado", "sim"]].concat()).exits(0);
    let m = shown(&bench, "1.0");
    assert_eq!(m["format"], 2);
    let p = &m["partitions"][0];
    let derived: Vec<&str> =
        p["derived-ranges"].as_array().unwrap().iter().map(|r| r.as_str().unwrap()).collect();
    assert!(derived.contains(&"SLICE_X100Y50:SLICE_X123Y149"), "{derived:?}");
    assert!(p["frames"]["count"].as_u64().unwrap() > 100, "{p}");
    let fingerprint = &m["static"]["fingerprint"];
    assert!(fingerprint["count"].as_u64().unwrap() > 10_000, "{fingerprint}");
    let parameters = m["parameters"].to_string();
    assert!(parameters.contains(r#""kind":"generic","name":"DEPTH","value":"4""#), "{parameters}");
    assert!(parameters.contains(r#""kind":"define","name":"FAST""#), "{parameters}");
    let roles: Vec<&str> =
        m["files"].as_array().unwrap().iter().map(|f| f["role"].as_str().unwrap()).collect();
    for role in
        ["source-tar", "xsa", "project-archive", "provenance", "description", "description-text", "run-state"]
    {
        assert!(roles.contains(&role), "{role}: {roles:?}");
    }
    // What archive_project packed is the project, and the build is as it was.
    let object = |role: &str| -> Utf8PathBuf {
        let file = m["files"].as_array().unwrap().iter().find(|f| f["role"] == role).unwrap();
        let sha256 = file["sha256"].as_str().unwrap();
        bench.path().join("golden/objects/sha256").join(&sha256[..2]).join(sha256)
    };
    let zip = zip::ZipArchive::new(fs_err::File::open(object("project-archive")).unwrap()).unwrap();
    let names: Vec<String> = zip.file_names().map(|n| n.unwrap().into_owned()).collect();
    assert!(names.iter().any(|n| n.ends_with("pr_block/pr_block.xpr")), "{names:?}");
    let plan = bench.run(&["plan", "--vivado", "sim", "--message-format", "json"]);
    let steps = last(&plan)["steps"].as_array().unwrap().clone();
    assert!(steps.iter().all(|s| s["stale"] == false), "{steps:?}");
    // The tar holds the sources under their names; the expanded description is one.
    let mut tar = tar::Archive::new(fs_err::File::open(object("source-tar")).unwrap());
    let packed: Vec<String> =
        tar.entries().unwrap().map(|e| e.unwrap().path().unwrap().to_string_lossy().into_owned()).collect();
    assert!(
        packed.contains(&"dfx.toml".to_owned()) && packed.contains(&"rtl/static/top.v".to_owned()),
        "{packed:?}"
    );
    let other = Bench::example("pr-block-kc705");
    other.write("dfx.toml", &fs_err::read_to_string(object("description")).unwrap());
    other.run(&["check"]).exits(0);
    bench.run(&["golden", "check", "--strict"]).exits(0);
}

#[test]
fn the_same_build_gives_the_same_objects() {
    let bench = Bench::example("pr-block-kc705");
    released(&bench);
    bench.run(&["golden", "archive", "1.1", "--allow-simulated"]).exits(0);
    let (a, b) = (shown(&bench, "1.0"), shown(&bench, "1.1"));
    let of = |m: &Value| -> Vec<(String, String)> {
        let files = m["files"].as_array().unwrap().iter().filter(|f| f["role"] != "provenance");
        files.map(|f| (f["name"].to_string(), f["sha256"].to_string())).collect()
    };
    assert_eq!(of(&a), of(&b));
    assert_eq!(a["static"], b["static"]);
}

#[test]
fn the_provenance_is_an_in_toto_statement_over_every_object() {
    let bench = Bench::example("pr-block-kc705");
    bench.run(&["build", "--vivado", "sim"]).exits(0);
    let args =
        ["golden", "archive", "1.0", "--allow-simulated", "--builder-id", "https://ci.example.invalid/"];
    bench.run(&[&args[..], &["--invocation-id", "run-7"]].concat()).exits(0);
    let statement = last(&bench.run(&["golden", "show", "1.0", "--provenance", "--message-format", "json"]));
    assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
    assert_eq!(statement["predicateType"], "https://slsa.dev/provenance/v1");
    let m = shown(&bench, "1.0");
    let subjects = statement["subject"].as_array().unwrap();
    let files = m["files"].as_array().unwrap();
    assert_eq!(subjects.len(), files.len() + 1);
    for file in files {
        assert!(subjects.iter().any(|s| s["digest"]["sha256"] == file["sha256"]), "{file}");
    }
    assert_eq!(subjects[0]["name"], "golden.toml");
    let predicate = &statement["predicate"];
    assert_eq!(predicate["runDetails"]["builder"]["id"], "https://ci.example.invalid/");
    assert_eq!(predicate["runDetails"]["metadata"]["invocationId"], "run-7");
    let definition = &predicate["buildDefinition"];
    assert_eq!(definition["internalParameters"]["simulated"], true);
    assert_eq!(definition["internalParameters"]["vivado"]["build"], "5239630");
    let sources = definition["resolvedDependencies"].as_array().unwrap();
    assert!(sources.iter().any(|s| s["name"] == "rtl/static/top.v"), "{sources:?}");
    // Nothing of the machine.
    let text = statement.to_string();
    assert!(!text.contains(bench.path().as_str()) && !text.contains("null"), "{text}");
}

/// Two pairs of keys of a program; none, said on stderr, when it is not there.
fn keys(bench: &Bench, program: &str) -> bool {
    for name in ["ours", "theirs"] {
        let (secret, public) = (format!("{program}-{name}"), format!("{program}-{name}.pub"));
        let args: Vec<&str> = if program == "minisign" {
            vec!["-G", "-W", "-f", "-p", &public, "-s", &secret]
        } else {
            vec!["-q", "-t", "ed25519", "-N", "", "-C", "t", "-f", &secret]
        };
        let mut command = Command::new(program);
        command.args(args).current_dir(bench.path()).stdin(Stdio::null()).stdout(Stdio::null());
        if !command.status().is_ok_and(|s| s.success()) {
            eprintln!("SKIPPED: {program} makes no keys here");
            return false;
        }
    }
    true
}

#[test]
fn what_is_unsigned_foreign_or_altered_is_refused() {
    let bench = Bench::example("pr-block-kc705");
    released(&bench);
    bench.run(&["update", "--golden", "1.0", "--vivado", "sim", "--archive", "u1", "prbs"]).exits(0);
    for program in ["minisign", "ssh-keygen"] {
        if !keys(&bench, program) {
            continue;
        }
        let (secret, public) = (format!("{program}-ours"), format!("{program}-ours.pub"));
        let check = |key: &str| bench.run(&["golden", "check", "1.0", "--public-key", key]);
        let sign =
            |more: &[&str]| bench.run(&[&["golden", "sign", "1.0", "--key", &secret][..], more].concat());
        let refused = |key: &str, why: &str| {
            let run = check(key);
            run.exits(4);
            assert!(run.stdout.contains(why), "{program}: expected {why:?} in {}", run.stdout);
        };
        let run = check(&public);
        run.exits(4);
        assert!(run.stdout.contains("golden.toml: expected a signature"), "{}", run.stdout);
        // What the stand-in made is signed only when that is said.
        let run = sign(&[]);
        run.exits(4);
        assert!(run.stderr.contains("SIMULATED"), "{}", run.stderr);
        sign(&["--allow-simulated"]).exits(0);
        sign(&["--allow-simulated"]).exits(1);
        refused(&public, "updates/u1.toml: expected a signature");
        sign(&["--allow-simulated", "--update", "u1"]).exits(0);
        check(&public).exits(0);
        refused(&format!("{program}-theirs.pub"), "it was made by another key");
        bench.run(&["golden", "check", "1.0", "--public-key", "dfx.toml"]).exits(1);
        // A signature that travels to a release that is another one is none there.
        bench.run(&["golden", "push", "1.0", &format!("nfs-{program}")]).exits(0);
        let store = format!("nfs-{program}");
        let there = ["golden", "check", "1.0", "--public-key", &public, "--store", &store];
        bench.run(&there).exits(0);
        let entry = format!("{store}/1.0/updates/u1.toml");
        reseal(&bench.path().join(&entry), "version = \"1.0.0\"", "version = \"6.6.6\"");
        let run = bench.run(&there);
        run.exits(4);
        assert!(run.stdout.contains("updates/u1.toml was changed since"), "{}", run.stdout);
        // An altered signature file.
        let dir = bench.path().join(&store).join("1.0/signatures");
        for file in fs_err::read_dir(&dir).unwrap() {
            let path = file.unwrap().path();
            let text = fs_err::read_to_string(&path).unwrap().replacen("eyJ", "eyK", 1);
            fs_err::remove_file(&path).unwrap();
            fs_err::write(&path, text).unwrap();
        }
        let run = bench.run(&there);
        run.exits(4);
        assert!(run.stdout.contains("it is not over these bytes"), "{}", run.stdout);
    }
    // A damaged release is not signed.
    let manifest = shown(&bench, "1.0");
    let sha256 = manifest["files"][0]["sha256"].as_str().unwrap();
    fs_err::remove_file(bench.path().join("golden/objects/sha256").join(&sha256[..2]).join(sha256)).unwrap();
    let run = bench.run(&["golden", "sign", "1.0", "--key", "minisign-ours", "--allow-simulated"]);
    run.exits(4);
    assert!(run.stderr.contains("is not what it was"), "{}", run.stderr);
}

/// Edits an entry and seals it again.
fn reseal(path: &Utf8Path, from: &str, to: &str) {
    let text = fs_err::read_to_string(path).unwrap();
    let body = text.rsplit_once("# sha256").unwrap().0.replacen(from, to, 1);
    assert!(body.contains(to), "{path} has no {from}");
    fs_err::remove_file(path).unwrap();
    let seal = dfxkit::hash::sha256(body.as_bytes());
    fs_err::write(path, format!("{body}# sha256 of all lines above: {seal}\n")).unwrap();
}

/// Names say nothing: everything is renamed, and the matrix stays; what is of another static stays so under the same names.
#[test]
fn the_matrix_does_not_believe_names() {
    let bench = Bench::example("pr-block-kc705");
    released(&bench);
    let cells = |release: &str| -> Vec<Value> {
        let run = bench.run(&["golden", "show", release, "--matrix", "--message-format", "json"]);
        last(run.exits(0))["cells"].as_array().unwrap().clone()
    };
    // Another static, every name as before.
    let top = bench.read("rtl/static/top.v");
    bench.write("rtl/static/top.v", &top.replacen("endmodule", "wire another = 1'b0;\nendmodule", 1));
    bench.run(&["build", "--vivado", "sim"]).exits(0);
    bench.run(&["golden", "archive", "2.0", "--allow-simulated"]).exits(0);
    assert!(cells("1.0").iter().all(|c| (c["verdict"] == "passed") == (c["of_release"] == "1.0")));
    // Each module's partial under the name of the other: only the bits can tell.
    let store = dfxkit::golden::Store::new(bench.path().join("golden"));
    let one = store.load("1.0").unwrap().manifest;
    let mut forged = one.clone();
    "1.0-forged".clone_into(&mut forged.release);
    let mut renamed = one.clone();
    "renamed".clone_into(&mut renamed.release);
    let bits: Vec<usize> = (0..one.files.len())
        .filter(|n| one.files[*n].role == dfxkit::golden::manifest::Role::PartialBit)
        .collect();
    assert!(bits.len() > 1);
    for (n, at) in bits.iter().enumerate() {
        forged.files[*at].sha256.clone_from(&one.files[bits[(n + 1) % bits.len()]].sha256);
    }
    // The same static and partials, and no name as it was.
    for (n, module) in renamed.modules.iter_mut().enumerate() {
        let old = format!("{}/{}", module.partition, module.name);
        for c in &mut renamed.configurations {
            let (from, to) = (format!("={}", module.name), format!("=x{n}"));
            c.modules.iter_mut().for_each(|pair| *pair = pair.replace(&from, &to));
        }
        module.name = format!("x{n}");
        module.vivado_name = format!("y{n}");
        for file in renamed.files.iter_mut().filter(|f| f.subject == old) {
            file.subject = format!("{}/x{n}", module.partition);
            file.name = format!("z{n}.{}", file.name.extension().unwrap_or_default()).into();
        }
    }
    for m in [&forged, &renamed] {
        let dir = bench.path().join("golden").join(&m.release);
        fs_err::create_dir_all(&dir).unwrap();
        fs_err::write(dir.join("golden.toml"), m.render()).unwrap();
    }
    for cell in cells("1.0") {
        let good = matches!(cell["of_release"].as_str().unwrap(), "1.0" | "renamed");
        assert_eq!(cell["verdict"] == "passed", good, "{cell}");
        if cell["of_release"] == "1.0-forged" {
            assert_eq!(cell["verdict"], "refused", "{cell}");
            assert!(cell["reason"].as_str().unwrap().contains("its bits refuse it"), "{cell}");
        }
    }
    // A damaged partial is not to be loaded, whatever was recorded.
    let partial =
        one.files.iter().find(|f| f.subject == "block/blink" && f.name.extension() == Some("bit")).unwrap();
    fs_err::remove_file(store.object(&partial.sha256)).unwrap();
    let blink =
        cells("1.0").into_iter().find(|c| c["of_release"] == "1.0" && c["module"] == "block/blink").unwrap();
    assert_eq!(blink["verdict"], "refused", "{blink}");
}

/// How many bytes a command reads of each file, by `strace`; none, said on stderr, where that cannot be run.
fn bytes_read(bench: &Bench, args: &[&str]) -> Option<std::collections::BTreeMap<String, u64>> {
    let log = bench.path().join("reads.log");
    let program = bench.command(args);
    let mut command = Command::new("strace");
    command.args(["-f", "-y", "-e", "trace=read,pread64,copy_file_range", "-o", log.as_str()]);
    command.arg(program.get_program()).args(args).current_dir(bench.path());
    match command.output() {
        Ok(output) if output.status.success() => {}
        other => {
            eprintln!("SKIPPED: strace: {other:?}");
            return None;
        }
    }
    let mut sums = std::collections::BTreeMap::new();
    for line in fs_err::read_to_string(&log).unwrap().lines() {
        let Some(file) = line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(f, _)| f)
        else {
            continue;
        };
        let read =
            line.rsplit_once(" = ").and_then(|(_, n)| n.split_whitespace().next()?.parse::<u64>().ok());
        *sums.entry(file.to_owned()).or_default() += read.unwrap_or(0);
    }
    Some(sums)
}

#[test]
fn archiving_an_unchanged_release_again_reads_nothing_twice() {
    let bench = Bench::example("pr-block-kc705");
    released(&bench);
    // The cache of hashes trusts no file that is younger than two seconds when it is hashed.
    std::thread::sleep(std::time::Duration::from_millis(2100));
    bench.run(&["golden", "archive", "1.1", "--allow-simulated"]).exits(0);
    let Some(read) = bytes_read(&bench, &["golden", "archive", "1.2", "--allow-simulated"]) else { return };
    let base = bench.path();
    let mut large = 0;
    for (path, bytes) in read.iter().filter(|(p, _)| p.starts_with(base.as_str())) {
        let size = fs_err::metadata(path).map_or(0, |m| m.len());
        if size < 64 << 10 {
            continue;
        }
        large += 1;
        assert!(*bytes <= size, "{path}: {bytes} bytes read of {size}");
    }
    assert!(large >= 6, "only {large} large files were read: {read:?}");
    // Bitstreams are judged anew and their objects hashed; no other artifact's content is read but as an object.
    let bits = |p: &&String| p.contains("/build/") && Utf8Path::new(p).extension() == Some("bit");
    assert!(read.keys().filter(bits).count() >= 3, "{read:?}");
}
