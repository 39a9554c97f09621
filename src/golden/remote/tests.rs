// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Push, pull and verify against a store in memory, without the network.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use camino::Utf8Path;

use super::{Created, ObjectState, Read, RemoteError, Result, Sink, Write, pull, push, verify};
use crate::gates::Verdict;
use crate::golden::Store;
use crate::golden::tests::World;

/// Objects in memory; every call is counted, and the calls after a number fail.
#[derive(Default)]
struct Memory {
    objects: Mutex<BTreeMap<String, Vec<u8>>>,
    order: Mutex<Vec<String>>,
    calls: AtomicUsize,
    ends_after: Option<usize>,
    lists: bool,
    name: String,
}

impl Memory {
    fn call(&self, key: &str) -> Result<()> {
        let number = self.calls.fetch_add(1, Ordering::SeqCst);
        if self.ends_after.is_some_and(|n| number >= n) {
            let (place, key, answer) = ("memory".into(), key.to_owned(), "it is gone".into());
            return Err(RemoteError::Failed { place, what: "reach", key, answer });
        }
        Ok(())
    }

    fn put(&self, key: &str, bytes: Vec<u8>) {
        self.objects.lock().unwrap().insert(key.to_owned(), bytes);
        self.order.lock().unwrap().push(key.to_owned());
    }
}

impl Read for Memory {
    fn name(&self) -> &str {
        &self.name
    }
    fn stat(&self, key: &str) -> Result<Option<u64>> {
        self.call(key)?;
        Ok(self.objects.lock().unwrap().get(key).map(|b| b.len() as u64))
    }
    fn read(&self, key: &str) -> Result<Option<Vec<u8>>> {
        self.call(key)?;
        Ok(self.objects.lock().unwrap().get(key).cloned())
    }
    fn list(&self, key: &str) -> Result<Option<Vec<String>>> {
        self.call(key)?;
        let objects = self.objects.lock().unwrap();
        let below =
            |k: &String| k.strip_prefix(key)?.trim_start_matches('/').split('/').next().map(str::to_owned);
        let mut names: Vec<String> = objects.keys().filter_map(below).collect();
        names.dedup();
        Ok(self.lists.then_some(names))
    }
    fn fetch(&self, key: &str, from: u64, sink: &mut dyn Sink) -> Result<bool> {
        self.call(key)?;
        let Some(bytes) = self.objects.lock().unwrap().get(key).cloned() else { return Ok(false) };
        sink.begin(from).unwrap();
        sink.piece(&bytes[usize::try_from(from).unwrap()..]).unwrap();
        Ok(true)
    }
}

impl Write for Memory {
    fn ready(&self) -> Result<()> {
        self.call("")
    }
    fn send(&self, key: &str, file: &Utf8Path, _: u64) -> Result<()> {
        self.call(key)?;
        self.put(key, fs_err::read(file).unwrap());
        Ok(())
    }
    fn create(&self, key: &str, bytes: &[u8]) -> Result<Created> {
        self.call(key)?;
        if let Some(there) = self.objects.lock().unwrap().get(key) {
            return Ok(Created::There(there.clone()));
        }
        self.put(key, bytes.to_vec());
        Ok(Created::New)
    }
}

fn empty() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::new(camino::Utf8PathBuf::from_path_buf(dir.path().join("golden")).unwrap());
    (dir, store)
}

#[test]
fn a_push_that_ends_anywhere_leaves_nothing_or_everything_and_the_next_completes() {
    let world = World::new();
    let golden = world.archived();
    let whole = Memory { lists: true, ..Memory::default() };
    push(&golden, &whole).unwrap();
    let calls = whole.calls.load(Ordering::SeqCst);
    assert_eq!(whole.order.lock().unwrap().last().unwrap(), "1.0/golden.toml", "the manifest goes last");
    for n in 0..calls {
        let mut cut = Memory { lists: true, ends_after: Some(n), ..Memory::default() };
        push(&golden, &cut).unwrap_err();
        cut.ends_after = None;
        let (_dir, local) = empty();
        let found = verify(&cut, "1.0", &local).unwrap();
        let there = cut.objects.lock().unwrap().contains_key("1.0/golden.toml");
        let expected = if there { ObjectState::Passed } else { ObjectState::Missing };
        assert_eq!(found.manifest, expected);
        assert_eq!(found.verdict == Verdict::Passed, there, "after {n} calls: {found:?}");
        let sent = cut.order.lock().unwrap().len();
        push(&golden, &cut).unwrap();
        assert_eq!(verify(&cut, "1.0", golden.store()).unwrap().verdict, Verdict::Passed);
        let order = cut.order.lock().unwrap();
        let mut again: Vec<&String> = order[..sent].iter().filter(|k| order[sent..].contains(k)).collect();
        again.dedup();
        assert!(again.is_empty(), "sent twice: {again:?}");
    }
}

#[test]
fn a_pull_that_ends_anywhere_leaves_nothing_or_everything_and_the_next_completes() {
    let world = World::new();
    let golden = world.archived();
    let whole = Memory { lists: true, ..Memory::default() };
    push(&golden, &whole).unwrap();
    let before = whole.calls.load(Ordering::SeqCst);
    let (_dir, to) = empty();
    pull(&whole, "1.0", &to).unwrap();
    let calls = whole.calls.load(Ordering::SeqCst) - before;
    let mut from = whole;
    for n in 0..calls {
        let (_dir, to) = empty();
        from.calls = AtomicUsize::new(0);
        from.ends_after = Some(n);
        pull(&from, "1.0", &to).unwrap_err();
        from.ends_after = None;
        let there = to.releases().unwrap();
        assert!(there.is_empty() || there == ["1.0"]);
        if let Ok(here) = to.load("1.0") {
            assert_eq!(crate::golden::check::check(&here).verdict, Verdict::Passed);
        }
        let done = pull(&from, "1.0", &to).unwrap();
        assert!(done.listed);
        assert_eq!(to.load("1.0").unwrap().text(), golden.text());
        assert!(pull(&from, "1.0", &to).unwrap().unchanged);
    }
    from.lists = false;
    let (_dir, to) = empty();
    assert!(!pull(&from, "1.0", &to).unwrap().listed);
    assert_eq!(verify(&from, "1.0", &to).unwrap().verdict, Verdict::Unknown);
}

/// What a user sees, for every kind of error: expected, actual, what to do next.
#[test]
fn messages() {
    let place = || "https://server/golden".to_owned();
    let key = || "objects/sha256/ab/abcd".to_owned();
    let hashes = || ["aaaa".to_owned(), "bbbb".to_owned()];
    let summary = |sha256: &str, says: Option<&str>| {
        Box::new(super::Summary { sha256: sha256.to_owned(), says: says.map(str::to_owned) })
    };
    let [expected, actual] = hashes();
    let errors = [
        RemoteError::Address { shown: "https://..".into(), why: "it has a query or fragment".into() },
        RemoteError::Variable { name: "HTTP_PROXY".into(), why: "it is no address of a proxy".into() },
        RemoteError::NotBuilt { place: "s3://bucket".into() },
        RemoteError::Credentials { place: "s3://bucket".into(), why: "AWS_ACCESS_KEY_ID is not set".into() },
        RemoteError::Denied { place: place(), key: key(), answer: "the server answers 403".into() },
        RemoteError::Failed {
            place: place(),
            what: "send",
            key: key(),
            answer: "the server answers 500".into(),
        },
        RemoteError::NoCreate {
            place: place(),
            tried: "no WebDAV: MKCOL and PUT: the server answers 405".into(),
        },
        RemoteError::Exists {
            release: "1.0".into(),
            place: place(),
            ours: summary("aaaa", Some("conv 1 for xc7z020clg400-1, commit 12ab, written by dfxkit 0.1.0")),
            theirs: summary("bbbb", None),
        },
        RemoteError::Taken {
            release: "1.0".into(),
            place: place(),
            what: "update",
            name: "late".into(),
            hashes: Box::new(hashes()),
        },
        RemoteError::NotFound { release: "9.9".into(), place: place(), known: "1.0, 1.1".into() },
        RemoteError::Arrived {
            name: "routed checkpoint (top_routed.dcp)".into(),
            which: "did not arrive whole in",
            place: place(),
            found: Box::new(super::Found { expected, expected_size: 10, actual, actual_size: 9 }),
            tries: 3,
        },
        RemoteError::Missing {
            name: "routed checkpoint (top_routed.dcp)".into(),
            place: place(),
            expected: "aaaa".into(),
        },
    ];
    let mut text = String::new();
    for error in errors {
        text += &format!("{error}\n");
        for help in error.help() {
            text += &format!("  help: {help}\n");
        }
    }
    snapbox::Assert::new().action_env("SNAPSHOTS").eq(text, snapbox::str![[r"
https://.. cannot be a store: it has a query or fragment
  help: a store is a directory, s3://BUCKET/PREFIX, or https://SERVER/PATH; credentials come from the environment or the usual files
HTTP_PROXY cannot be used: it is no address of a proxy
  help: give it as scheme://server:port; user name and password are allowed for proxies alone
this dfxkit was built without stores on the network, which s3://bucket needs
  help: build it with them: `cargo install --path . --features remote` in a checkout of dfxkit
no credentials for s3://bucket: AWS_ACCESS_KEY_ID is not set
  help: for s3://: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile of ~/.aws/credentials (AWS_PROFILE)
  help: for http(s)://: DFXKIT_HTTP_TOKEN, or DFXKIT_HTTP_USER and DFXKIT_HTTP_PASSWORD, or an entry of ~/.netrc
https://server/golden refuses access to objects/sha256/ab/abcd: the server answers 403
  help: look at the rights of these credentials: reading and creating are needed, and on WebDAV moving and removing folders of its own (.push-..)
https://server/golden: cannot send objects/sha256/ab/abcd: the server answers 500
  help: what has arrived stays: the same command goes on from there
https://server/golden offers no safe way to create a file only when none is there: two pushes could overwrite each other (no WebDAV: MKCOL and PUT: the server answers 405)
  help: use a server with WebDAV (MKCOL and MOVE with Overwrite: F) or one that honours If-None-Match on PUT; or S3; or a directory
release 1.0 is already in https://server/golden, with another content: expected conv 1 for xc7z020clg400-1, commit 12ab, written by dfxkit 0.1.0 (manifest sha256:aaaa), actual a manifest that this dfxkit does not read (manifest sha256:bbbb); a golden is never overwritten
  help: push under another name, or look at what is there: `dfxkit golden verify-remote`
update late of release 1.0 is already in https://server/golden, with another content: expected sha256:aaaa, actual sha256:bbbb; what is there is never overwritten
  help: keep it under another name
release 9.9 is not in https://server/golden; there: 1.0, 1.1
routed checkpoint (top_routed.dcp) did not arrive whole in https://server/golden: expected sha256:aaaa of 10 bytes, actual sha256:bbbb of 9 bytes, tried 3 times
  help: something between here and the disk of the server changes bytes; nothing of it is used. Try again, then look at proxies and at the server
routed checkpoint (top_routed.dcp) is missing from https://server/golden: expected object sha256:aaaa
  help: push the release again from an archive that has it: only what is missing is sent

"]]);
}
