// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! There and back, on every kind of server: what is damaged, cut or gone is named, never used, and sent again.

use super::bench::{RELEASE, add_object, json, released, run};
use super::servers::Server;
use crate::support::Bench;

fn object(server: &Server, sha256: &str) -> (String, Vec<u8>) {
    let key = format!("objects/sha256/{}/{sha256}", &sha256[..2]);
    let bytes = server.stored("way", &key).unwrap();
    (key, bytes)
}

fn there_and_back(server: &Server, lists: bool) {
    let bench = released("1");
    let big = add_object(&bench, 20 << 20);
    let place = &server.store("way");
    let pushed = json(&bench, server, &["golden", "push", RELEASE, place], 0);
    assert_eq!((&pushed["unchanged"], &pushed["already"]), (&false.into(), &0.into()), "{pushed}");
    let objects = pushed["copied"].as_u64().unwrap();
    assert!(objects > 20, "{pushed}");
    let local = bench.read(&format!("golden/{RELEASE}/golden.toml"));
    assert_eq!(server.stored("way", &format!("{RELEASE}/golden.toml")).unwrap(), local.as_bytes());

    // The same again: nothing is sent.
    let again = json(&bench, server, &["golden", "push", RELEASE, place], 0);
    assert_eq!(
        (&again["unchanged"], &again["copied"], &again["bytes"]),
        (&true.into(), &0.into(), &0.into())
    );
    assert_eq!(again["already"], objects);

    // Another content under the same name is refused with what is there, and changes nothing.
    let other = released("2");
    let refused = run(&other, server, &["golden", "push", RELEASE, place]);
    refused.exits(1);
    for part in ["conv 1 for", "conv 2 for", "never overwritten"] {
        assert!(refused.stderr.contains(part), "{part}: {}", refused.stderr);
    }
    assert_eq!(server.stored("way", &format!("{RELEASE}/golden.toml")).unwrap(), local.as_bytes());

    let verify = ["golden", "verify-remote", place, RELEASE];
    let good = json(&bench, server, &verify, 0);
    assert_eq!(good["verdict"], if lists { "passed" } else { "unknown" }, "{good}");
    assert_eq!(good["releases"][0]["objects"].as_array().unwrap().len() as u64, objects - u64::from(!lists));
    if lists {
        // Without a name all that are there.
        assert_eq!(json(&bench, server, &verify[..3], 0)["releases"][0]["release"], RELEASE);
    }

    // Elsewhere: nothing there yet.
    let desk = Bench::new();
    let pulled = json(&desk, server, &["golden", "pull", RELEASE, place], 0);
    assert_eq!(pulled["copied"].as_u64().unwrap(), objects - u64::from(!lists), "{pulled}");
    assert_eq!(desk.read(&format!("golden/{RELEASE}/golden.toml")), local);
    assert_eq!(desk.path().join(format!("golden/{RELEASE}/updates/late.toml")).exists(), lists);
    assert!(!desk.path().join("golden/.getting").exists());
    let check = desk.run(&["golden", "check", "--message-format", "json"]);
    let check = check.json().pop().unwrap();
    assert_eq!(check["parts"][0]["verdict"], "passed", "{check}");
    assert_eq!(json(&desk, server, &["golden", "pull", RELEASE, place], 0)["unchanged"], true);
    let conflict = run(&other, server, &["golden", "pull", RELEASE, place]);
    conflict.exits(1);
    assert!(conflict.stderr.contains("never overwritten"), "{}", conflict.stderr);

    // Damaged, cut, gone.
    let (key, bytes) = object(server, &big);
    let mut damaged = bytes.clone();
    damaged[1_000_000] ^= 0x10;
    for (content, word) in
        [(Some(&damaged[..]), "refused"), (Some(&bytes[..5000]), "refused"), (None, "missing")]
    {
        server.change("way", &key, content);
        let found = json(&bench, server, &verify, 4);
        assert_eq!(found["verdict"], "refused");
        let objects = found["releases"][0]["objects"].as_array().unwrap();
        let bad: Vec<_> = objects.iter().filter(|o| o["state"] != "passed").collect();
        assert_eq!(bad.len(), 1, "{word}: {found}");
        assert_eq!((&bad[0]["state"], &bad[0]["expected"]), (&word.into(), &big.as_str().into()));
        let desk = Bench::new();
        let refused = run(&desk, server, &["golden", "pull", RELEASE, place]);
        refused.exits(4);
        assert!(refused.stderr.contains("big.dcp") && refused.stderr.contains(&big), "{}", refused.stderr);
        assert!(!desk.path().join(format!("golden/{RELEASE}")).exists(), "a release came from damage");
    }
    // What is gone is sent again, and nothing else.
    let mended = json(&bench, server, &["golden", "push", RELEASE, place], 0);
    assert_eq!(mended["copied"], 1, "{mended}");
    assert_eq!(json(&bench, server, &verify, 0)["releases"][0]["manifest"], "passed");
    // An archive here that differs is told.
    let differs = json(&other, server, &verify, 4);
    assert_eq!(differs["releases"][0]["manifest"], "refused", "{differs}");

    let none = run(&desk, server, &["golden", "pull", "9.9", place]);
    none.exits(1);
    assert!(none.stderr.contains("9.9 is not in"), "{}", none.stderr);
    assert_eq!(
        json(&desk, server, &["golden", "verify-remote", place, "9.9"], 4)["releases"][0]["manifest"],
        "missing"
    );
}

#[test]
fn s3() {
    let Some(server) = Server::moto() else { return };
    there_and_back(&server, true);
}

#[test]
fn a_repository_server_that_honours_conditions() {
    let Some(server) = Server::own(&["--conditional"]) else { return };
    there_and_back(&server, false);
}

#[test]
fn a_webdav_server_of_ours() {
    let Some(server) = Server::own(&["--dav"]) else { return };
    there_and_back(&server, true);
}

#[test]
fn wsgidav() {
    let Some(server) = Server::wsgidav() else { return };
    there_and_back(&server, true);
}

#[test]
fn nginx() {
    let Some(server) = Server::nginx() else { return };
    there_and_back(&server, false);
}

#[test]
fn apache() {
    let Some(server) = Server::apache() else { return };
    there_and_back(&server, true);
}

#[test]
fn a_directory_is_verified_in_the_same_words() {
    let Some(server) = Server::own(&[]) else { return };
    let bench = released("1");
    bench.run(&["golden", "push", RELEASE, "nfs"]).exits(0);
    let good = json(&bench, &server, &["golden", "verify-remote", "nfs"], 0);
    assert_eq!(good["verdict"], "passed", "{good}");
    assert_eq!(
        json(&bench, &server, &["golden", "verify-remote", "nfs", "2.0"], 4)["releases"][0]["manifest"],
        "missing"
    );
}
