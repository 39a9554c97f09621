// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Two pushers at once, and pushers that are killed.

use std::time::{Duration, Instant};

use super::bench::{RELEASE, add_object, end, json, released, run, start};
use super::servers::Server;
use crate::support::{Bench, Run};

/// Two with different contents under one name: one wins, the other hears what is there; two with the same content both succeed.
fn race(server: &Server) {
    let manifest = format!("{RELEASE}/golden.toml");
    let both = [released("1"), released("2")];
    for round in 0..3 {
        let name = format!("race-{round}");
        let place = server.store(&name);
        let args = ["golden", "push", RELEASE, &place];
        let started: Vec<_> = both.iter().map(|bench| start(bench, server, &args, &[])).collect();
        let ends: Vec<Run> = started.into_iter().map(end).collect();
        let mut codes: Vec<i32> = ends.iter().map(|r| r.code).collect();
        codes.sort_unstable();
        assert_eq!(codes, [0, 1], "{ends:?}");
        let winner = ends.iter().position(|r| r.code == 0).unwrap();
        let text = both[winner].read(&format!("golden/{manifest}"));
        assert_eq!(server.stored(&name, &manifest).unwrap(), text.as_bytes(), "the winner's is not there");
        let loser = &ends[1 - winner];
        assert!(loser.stderr.contains(&format!("actual conv {} for", winner + 1)), "{}", loser.stderr);
        let verify = ["golden", "verify-remote", &place, RELEASE];
        assert_ne!(json(&both[winner], server, &verify, 0)["verdict"], "refused");
    }
    let place = server.store("same");
    let args = ["golden", "push", RELEASE, &place];
    let twin = released("1");
    let ends: Vec<Run> =
        [start(&both[0], server, &args, &[]), start(&twin, server, &args, &[])].map(end).into();
    assert_eq!((ends[0].code, ends[1].code), (0, 0), "{ends:?}");
    // One release, and two updates of one name.
    let entry = format!("{RELEASE}/updates/late.toml");
    let text = twin.read(&format!("golden/{entry}"));
    twin.write(&format!("golden/{entry}"), &text.replace("version = \"2\"", "version = \"3\""));
    let pair = [&both[0], &twin];
    for round in 0..3 {
        let name = format!("update-{round}");
        let place = server.store(&name);
        let args = ["golden", "push", RELEASE, &place];
        let ends: Vec<Run> = pair.map(|bench| start(bench, server, &args, &[])).map(end).into();
        let winner = ends.iter().position(|r| r.code == 0).unwrap();
        assert_eq!(ends[1 - winner].code, 1, "{ends:?}");
        assert!(ends[1 - winner].stderr.contains("update late of release"), "{ends:?}");
        let there = server.stored(&name, &entry).unwrap();
        assert_eq!(there, pair[winner].read(&format!("golden/{entry}")).as_bytes());
    }
}

#[test]
fn on_s3() {
    let Some(server) = Server::moto() else { return };
    race(&server);
}

#[test]
fn on_a_server_that_honours_conditions() {
    let Some(server) = Server::own(&["--conditional"]) else { return };
    race(&server);
}

/// It pauses between its look and its rename, so that both pushers pass the look.
#[test]
fn on_a_webdav_server_that_looks_first_and_renames_then() {
    let Some(server) = Server::own(&["--dav"]) else { return };
    race(&server);
}

#[test]
fn on_wsgidav() {
    let Some(server) = Server::wsgidav() else { return };
    race(&server);
}

#[test]
fn on_nginx() {
    let Some(server) = Server::nginx() else { return };
    race(&server);
}

#[test]
fn on_apache() {
    let Some(server) = Server::apache() else { return };
    race(&server);
}

/// An S3 server that ignores conditions is found and refused.
#[test]
fn an_s3_server_without_conditions_is_refused() {
    let Some(server) = Server::own(&[]) else { return };
    let bench = released("1");
    let endpoint = format!("http://127.0.0.1:{}/repository", server.port);
    let env =
        [("AWS_ENDPOINT_URL", &endpoint[..]), ("AWS_ACCESS_KEY_ID", "A"), ("AWS_SECRET_ACCESS_KEY", "B")];
    let refused = end(start(&bench, &server, &["golden", "push", RELEASE, "s3://bucket/x"], &env));
    refused.exits(5);
    assert!(refused.stderr.contains("PUT with If-None-Match: * succeeds twice"), "{}", refused.stderr);
    assert!(!server.log().iter().any(|l| l.contains("objects/") && l.starts_with("PUT")));
}

/// A server on which two could overwrite each other is refused before anything is sent.
#[test]
fn a_server_without_any_guard_is_refused() {
    for flags in [&[][..], &["--dav", "--overwrite-anyway"]] {
        let Some(server) = Server::own(flags) else { return };
        let bench = released("1");
        let run = run(&bench, &server, &["golden", "push", RELEASE, &server.store("none")]);
        run.exits(5);
        assert!(run.stderr.contains("two pushes could overwrite each other"), "{}", run.stderr);
        assert!(run.stderr.contains("If-None-Match"), "{}", run.stderr);
        assert!(!server.log().iter().any(|l| l.contains("objects/") && l.starts_with("PUT")), "{flags:?}");
    }
}

/// How many kills; `DFXKIT_CRASH_POINTS` takes more.
fn kills() -> u32 {
    #[expect(clippy::disallowed_methods, reason = "a test is told by the environment how much to do")]
    match std::env::var("DFXKIT_CRASH_POINTS").as_deref() {
        Ok("all") => 200,
        Ok(n) => n.parse::<u32>().expect("DFXKIT_CRASH_POINTS is a number or `all`").div_ceil(10),
        Err(_) => 8,
    }
}

/// Kills pushes (`kill -9`) at points spread over the time that a whole one takes: afterwards the release is missing or whole, and the next push completes.
fn killed(server: &Server, lists: bool) {
    let bench = released("1");
    add_object(&bench, 3 << 20);
    let begun = Instant::now();
    run(&bench, server, &["golden", "push", RELEASE, &server.store("whole")]).exits(0);
    let whole = begun.elapsed();
    let (mut old, mut new) = (0, 0);
    for i in 0..kills() {
        let name = format!("killed-{i}");
        let place = server.store(&name);
        let args = ["golden", "push", RELEASE, &place];
        let mut child = start(&bench, server, &args, &[]);
        std::thread::sleep(whole * (i + 1) / (kills() + 1) + Duration::from_millis(1));
        child.kill().unwrap();
        child.wait().unwrap();
        let verify = ["golden", "verify-remote", &place, RELEASE, "--message-format", "json"];
        let found = run(&bench, server, &verify);
        let one = found.json().pop().unwrap()["releases"][0].clone();
        let objects = one["objects"].as_array().unwrap();
        let update = |o: &&serde_json::Value| o["name"].as_str().unwrap().starts_with("update");
        if one["manifest"] == "missing" {
            old += 1;
            assert_eq!(found.code, 4);
        } else {
            new += 1;
            assert_eq!(one["manifest"], "passed");
            // The manifest came last: every object of it is whole.
            assert!(objects.iter().filter(|o| !update(o)).all(|o| o["state"] == "passed"), "{one}");
            assert_eq!(found.code, 0, "{one}");
        }
        run(&bench, server, &args).exits(0);
        let after = json(&bench, server, &verify[..4], 0);
        assert_eq!(after["verdict"], if lists { "passed" } else { "unknown" }, "{after}");
    }
    eprintln!("killed {} pushes: {old} left the old state, {new} the new one", old + new);
    assert!(old > 0, "no kill hit a push at work");
}

#[test]
fn killed_pushes_to_s3_are_completed_by_the_next() {
    let Some(server) = Server::moto() else { return };
    killed(&server, true);
}

#[test]
fn killed_pushes_to_http_are_completed_by_the_next() {
    for (flags, lists) in [("--dav", true), ("--conditional", false)] {
        let Some(server) = Server::own(&[flags]) else { return };
        killed(&server, lists);
    }
}

/// Pulls killed (`kill -9`) anywhere leave no release or a whole one, and the next completes.
#[test]
fn killed_pulls_are_completed_by_the_next() {
    let Some(server) = Server::own(&["--dav"]) else { return };
    let bench = released("1");
    add_object(&bench, 3 << 20);
    let place = server.store("killed");
    let args = ["golden", "pull", RELEASE, &place];
    run(&bench, &server, &["golden", "push", RELEASE, &place]).exits(0);
    let begun = Instant::now();
    run(&Bench::new(), &server, &args).exits(0);
    let whole = begun.elapsed();
    let mut old = 0;
    for i in 0..kills() {
        let desk = Bench::new();
        let mut child = start(&desk, &server, &args, &[]);
        std::thread::sleep(whole * (i + 1) / (kills() + 1) + Duration::from_millis(1));
        child.kill().unwrap();
        child.wait().unwrap();
        let manifest = format!("golden/{RELEASE}/golden.toml");
        if desk.path().join(&manifest).exists() {
            let check = run(&desk, &server, &["golden", "check", RELEASE, "--message-format", "json"]);
            assert_eq!(check.json().pop().unwrap()["parts"][0]["verdict"], "passed", "{check:?}");
        } else {
            old += 1;
            run(&desk, &server, &["golden", "check", RELEASE]).exits(1);
        }
        run(&desk, &server, &args).exits(0);
        assert_eq!(desk.read(&manifest), bench.read(&manifest));
        let hidden = fs_err::read_dir(desk.path().join("golden")).unwrap();
        let left: Vec<_> = hidden
            .map(|e| e.unwrap().file_name())
            .filter(|n| n.to_string_lossy().starts_with(".get"))
            .collect();
        assert!(left.is_empty(), "{left:?}");
    }
    assert!(old > 0, "no kill hit a pull at work");
}

/// A pull that is killed goes on where it stopped.
#[test]
fn a_killed_pull_goes_on_by_range() {
    let Some(server) = Server::own(&["--dav"]) else { return };
    let bench = released("1");
    let big = add_object(&bench, 8 << 20);
    let place = server.store("pull");
    run(&bench, &server, &["golden", "push", RELEASE, &place]).exits(0);
    let desk = Bench::new();
    // What a killed pull leaves: a part of an object.
    let whole = server.stored("pull", &format!("objects/sha256/{}/{big}", &big[..2])).unwrap();
    let part = desk.path().join("golden/.getting").join(&big);
    fs_err::create_dir_all(part.parent().unwrap()).unwrap();
    fs_err::write(&part, &whole[..5_000_000]).unwrap();
    let pulled = json(&desk, &server, &["golden", "pull", RELEASE, &place], 0);
    assert_eq!(pulled["resumed"], 5_000_000, "{pulled}");
    assert!(
        server.log().iter().any(|l| l.contains(&big) && l.contains("bytes=5000000-") && l.ends_with("206"))
    );
    // A part that is wrong is found by the hash, and all of it fetched again.
    let other = Bench::new();
    let part = other.path().join("golden/.getting").join(&big);
    fs_err::create_dir_all(part.parent().unwrap()).unwrap();
    fs_err::write(&part, vec![0_u8; 1000]).unwrap();
    let pulled = json(&other, &server, &["golden", "pull", RELEASE, &place], 0);
    assert_eq!(pulled["resumed"], 0, "{pulled}");
    other.run(&["golden", "check", RELEASE]);
    assert!(!other.path().join("golden/.getting").exists());
}
