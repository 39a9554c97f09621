// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Credentials: from the environment and the usual files, and in no output, whatever goes wrong.

use super::bench::{RELEASE, end, released, start};
use super::servers::Server;
use crate::support::{Bench, Run};

const SECRET: &str = "hunter2-Sentinel/of+the=Tests";

/// The secret in any of the forms in which it goes over the line.
fn silent(run: &Run) {
    let basic = "bWU6aHVudGVyMi1TZW50aW5lbC9vZit0aGU9VGVzdHM=";
    for form in [SECRET, "hunter2", basic, "hunter2-Sentinel%2Fof%2Bthe%3DTests"] {
        for text in [&run.stdout, &run.stderr] {
            assert!(!text.contains(form), "{form} shows in: {text}");
        }
    }
}

fn all(bench: &Bench, server: &Server, place: &str, env: &[(&str, &str)]) -> Vec<i32> {
    let mut codes = Vec::new();
    let commands: [&[&str]; 3] = [
        &["golden", "push", RELEASE, place],
        &["golden", "verify-remote", place],
        &["golden", "pull", RELEASE, place],
    ];
    for args in commands {
        for format in ["human", "json"] {
            let args: Vec<&str> = args.iter().copied().chain(["--message-format", format]).collect();
            let run = end(start(bench, server, &args, env));
            silent(&run);
            codes.push(run.code);
        }
    }
    codes
}

#[test]
fn http() {
    let user = format!("me:{SECRET}");
    let Some(server) = Server::own(&["--dav", "--user", &user]) else { return };
    let bench = released("1");
    let place = server.store("secret");
    // None, wrong ones, half a pair.
    assert_eq!(all(&bench, &server, &place, &[]), [5; 6]);
    assert_eq!(all(&bench, &server, &place, &[("DFXKIT_HTTP_TOKEN", SECRET)]), [5; 6]);
    assert_eq!(all(&bench, &server, &place, &[("DFXKIT_HTTP_PASSWORD", SECRET)]), [5; 6]);
    let other = [("DFXKIT_HTTP_USER", "you"), ("DFXKIT_HTTP_PASSWORD", SECRET)];
    assert_eq!(all(&bench, &server, &place, &other), [5; 6]);
    // The right ones, from the environment, and from ~/.netrc.
    let right = [("DFXKIT_HTTP_USER", "me"), ("DFXKIT_HTTP_PASSWORD", SECRET)];
    assert_eq!(all(&bench, &server, &place, &right), [0; 6]);
    bench.write(
        ".netrc",
        &format!("machine elsewhere login a password b\nmachine 127.0.0.1 login me password {SECRET}\n"),
    );
    assert_eq!(all(&bench, &server, &place, &[]), [0; 6]);
    // Not over plain http to another machine.
    let far = end(start(&bench, &server, &["golden", "push", RELEASE, "http://far.invalid/x"], &right));
    far.exits(5);
    silent(&far);
    assert!(far.stderr.contains("plain http"), "{}", far.stderr);
    // Faults with credentials at hand.
    for kind in ["500", "403", "cut"] {
        server.fault("GET", "failing/", kind, 12);
        let codes = all(&bench, &server, &server.store("failing"), &right);
        assert!(codes.contains(&5), "{kind}: {codes:?}");
    }
    let Some(server) = Server::own(&["--conditional", "--token", SECRET]) else { return };
    let codes = all(&bench, &server, &server.store("secret"), &[("DFXKIT_HTTP_TOKEN", SECRET)]);
    // This server lists nothing: to verify, releases have to be named.
    assert_eq!(codes, [0, 0, 5, 5, 0, 0]);
}

#[test]
fn addresses_with_secrets_are_refused_and_not_shown() {
    let Some(server) = Server::own(&["--dav"]) else { return };
    let bench = released("1");
    for place in [
        format!("http://me:{SECRET}@127.0.0.1:{}/x", server.port),
        format!("https://{SECRET}@server/x"),
        format!("s3://AKIA:{SECRET}@bucket/x"),
        format!("http://127.0.0.1:{}/x?token={SECRET}", server.port),
    ] {
        assert_eq!(all(&bench, &server, &place, &[]), [2; 6], "{place}");
    }
    assert_eq!(server.log(), Vec::<String>::new());
    // Nor in the address of a proxy, or of an S3 endpoint.
    let proxy = format!("http://me:{SECRET}@127.0.0.1:9/");
    let good = "http://me:hunter2@127.0.0.1:9/";
    for proxy in [&proxy, good] {
        let codes = all(&bench, &server, "http://server.invalid/x", &[("HTTP_PROXY", proxy)]);
        assert_eq!(codes, [5; 6]);
    }
    let endpoint =
        [("AWS_ENDPOINT_URL", &proxy[..]), ("AWS_ACCESS_KEY_ID", "A"), ("AWS_SECRET_ACCESS_KEY", SECRET)];
    assert_eq!(all(&bench, &server, "s3://bucket/x", &endpoint), [5; 6]);
}

#[test]
fn s3() {
    let Some(server) = Server::moto() else { return };
    let bench = released("1");
    let place = server.store("secret");
    let none = [("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")];
    let run = end(start(&bench, &server, &["golden", "push", RELEASE, &place], &none));
    run.exits(5);
    assert!(run.stderr.contains(".aws/credentials is not there"), "{}", run.stderr);
    // From the file, by profile.
    bench.write(
        ".aws/credentials",
        &format!("[other]\naws_access_key_id = AKIAFILE\naws_secret_access_key = {SECRET}\naws_session_token = {SECRET}x\n"),
    );
    assert_eq!(all(&bench, &server, &place, &none)[0], 5);
    let profile = [none[0], none[1], ("AWS_PROFILE", "other")];
    assert_eq!(all(&bench, &server, &place, &profile), [0; 6]);
    // A bucket that is not there, a server that is none.
    let keys = [("AWS_SECRET_ACCESS_KEY", SECRET)];
    assert!(!all(&bench, &server, "s3://no-such-bucket/x", &keys).contains(&0));
    let gone = [("AWS_SECRET_ACCESS_KEY", SECRET), ("AWS_ENDPOINT_URL", "http://127.0.0.1:9")];
    assert_eq!(all(&bench, &server, &place, &gone), [5; 6]);
}
