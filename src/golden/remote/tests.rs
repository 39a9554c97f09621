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
