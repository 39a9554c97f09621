// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A server that fails: 500s, cut connections, short and changed bodies, silence, no ranges. What passes is got over; what stays is refused.

use super::bench::{RELEASE, add_object, end, json, released, run, start};
use super::servers::Server;
use crate::support::Bench;

#[test]
fn faults_that_pass_are_got_over() {
    for flags in ["--conditional", "--dav"] {
        let Some(server) = Server::own(&[flags]) else { return };
        let bench = released("1");
        let big = add_object(&bench, 2 << 20);
        for (i, (method, kind)) in [
            ("PUT", "500"),
            ("PUT", "cut"),
            ("PUT", "corrupt"),
            ("GET", "500"),
            ("GET", "cut"),
            ("GET", "short"),
            ("GET", "corrupt"),
            ("GET", "norange"),
        ]
        .into_iter()
        .enumerate()
        {
            let name = format!("push-{i}");
            server.fault(method, &format!("{name}/objects/"), kind, 2);
            let args = ["golden", "push", RELEASE, &server.store(&name)];
            json(&bench, &server, &args, 0);
            let found = json(&bench, &server, &["golden", "verify-remote", &server.store(&name), RELEASE], 0);
            assert_ne!(found["verdict"], "refused", "{method} {kind}: {found}");
        }
        // The same on the way back; a cut download goes on, with or without ranges.
        for kind in ["500", "cut", "short", "corrupt", "norange"] {
            let desk = Bench::new();
            server.fault("GET", &format!("push-0/objects/sha256/{}/{big}", &big[..2]), "cut", 1);
            server.fault("GET", &format!("push-0/objects/sha256/{}/{big}", &big[..2]), kind, 2);
            json(&desk, &server, &["golden", "pull", RELEASE, &server.store("push-0")], 0);
            assert_eq!(
                desk.read(&format!("golden/{RELEASE}/golden.toml")),
                bench.read(&format!("golden/{RELEASE}/golden.toml"))
            );
        }
        assert!(server.log().iter().any(|l| l.contains(&big) && l.contains("bytes=") && l.ends_with("206")));
    }
}

#[test]
fn faults_that_stay_leave_no_release() {
    let Some(server) = Server::own(&["--conditional"]) else { return };
    let bench = released("1");
    for (i, (method, kind, code, says)) in [
        ("PUT", "500", 5, "500"),
        ("PUT", "403", 5, "refuses access"),
        ("PUT", "corrupt", 4, "did not arrive whole"),
        ("GET", "500", 5, "500"),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("stays-{i}");
        server.fault(method, &format!("{name}/objects/"), kind, 1000);
        let args = ["golden", "push", RELEASE, &server.store(&name)];
        let failed = run(&bench, &server, &args);
        failed.exits(code);
        assert!(failed.stderr.contains(says), "{kind}: {}", failed.stderr);
        assert!(server.stored(&name, &format!("{RELEASE}/golden.toml")).is_none(), "{kind}");
    }
    // A pull of what a server changes on the way is refused with both hashes.
    run(&bench, &server, &["golden", "push", RELEASE, &server.store("good")]).exits(0);
    server.fault("GET", "good/objects/", "corrupt", 1000);
    let desk = Bench::new();
    let refused = run(&desk, &server, &["golden", "pull", RELEASE, &server.store("good")]);
    refused.exits(4);
    assert!(
        refused.stderr.contains("expected sha256:") && refused.stderr.contains("actual sha256:"),
        "{}",
        refused.stderr
    );
    assert!(!desk.path().join(format!("golden/{RELEASE}")).exists());
}

#[test]
fn a_silent_server_is_not_waited_for_for_ever() {
    let Some(server) = Server::own(&["--conditional"]) else { return };
    let bench = released("1");
    server.fault("GET", "silent/", "slow", 1000);
    let args = ["golden", "push", RELEASE, &server.store("silent")];
    let failed = end(start(&bench, &server, &args, &[("DFXKIT_HTTP_TIMEOUT", "1")]));
    failed.exits(5);
    assert!(failed.stderr.contains("silent"), "{}", failed.stderr);
}

/// https, with a certificate of somebody that this machine does not know, and does.
#[test]
fn certificates_are_looked_at() {
    let bench = released("1");
    let script = "openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 9 -subj /CN=test-ca -addext basicConstraints=critical,CA:TRUE && \
         openssl req -newkey rsa:2048 -nodes -keyout tls.key -out tls.csr -subj /CN=127.0.0.1 && \
         printf 'subjectAltName=IP:127.0.0.1\\nbasicConstraints=CA:FALSE\\n' > ext && \
         openssl x509 -req -in tls.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 9 -extfile ext -out tls.pem && cat tls.key >> tls.pem";
    let made = std::process::Command::new("sh").args(["-c", script]).current_dir(bench.path()).output();
    if !made.is_ok_and(|o| o.status.success()) {
        eprintln!("SKIPPED: openssl is not installed");
        return;
    }
    let pem = bench.path().join("tls.pem");
    let Some(server) = Server::own(&["--dav", "--tls", pem.as_str()]) else { return };
    let place = format!("https://127.0.0.1:{}/golden", server.port);
    let args = ["golden", "push", RELEASE, &place];
    let unknown = end(start(&bench, &server, &args, &[]));
    unknown.exits(5);
    assert!(unknown.stderr.to_lowercase().contains("certificate"), "{}", unknown.stderr);
    let ca = bench.path().join("ca.pem");
    end(start(&bench, &server, &args, &[("SSL_CERT_FILE", ca.as_str())])).exits(0);
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let Some(server) = Server::own(&[]) else { return };
    let bench = released("1");
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let place = format!("http://127.0.0.1:{port}/golden");
    let failed = run(&bench, &server, &["golden", "push", RELEASE, &place]);
    failed.exits(5);
    assert!(failed.stderr.contains(&place), "{}", failed.stderr);
}
