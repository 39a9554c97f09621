// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};

use super::lease::{Lease, STALE};
use super::*;

fn dir() -> (tempfile::TempDir, Utf8PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(dir.path().to_path_buf()).unwrap();
    (dir, path)
}

fn write(path: &Utf8Path, holder: &Holder, age: Duration) {
    fs_err::write(path, serde_json::to_vec(holder).unwrap()).unwrap();
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - age).unwrap();
}

fn names(dir: &Utf8Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs_err::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn the_second_hears_who_is_first() {
    for kind in [Kind::Advisory, Kind::Lease] {
        let (_keep, dir) = dir();
        let me = Holder::me("dfxkit build");
        let first = take(&dir, kind, &me).unwrap();
        match take(&dir, kind, &me) {
            Err(LockError::Held { holder, .. }) => assert_eq!(holder.as_deref(), Some(&me)),
            other => panic!("{kind:?}: {other:?}"),
        }
        drop(first);
        take(&dir, kind, &me).unwrap();
    }
}

#[test]
fn the_message_says_command_process_machine_and_since_when() {
    let (_keep, dir) = dir();
    let me = Holder { since: 1_795_132_799, ..Holder::me("dfxkit golden push 1.0") };
    let place = Place::store(&dir).with_kind(Some(Kind::Lease));
    let _first = acquire(&place, &me, Wait::No, &Interrupt::manual(), &mut |_| ()).unwrap();
    let error = acquire(&place, &me, Wait::No, &Interrupt::manual(), &mut |_| ()).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "another command works in the archive {dir}: `dfxkit golden push 1.0`, process {} on {}, since 2026-11-19 23:59:59 UTC",
            me.pid, me.host
        )
    );
    assert!(error.help()[1].contains(".lease"), "{:?}", error.help());
}

#[test]
fn nothing_stays_in_an_archive_and_a_lock_that_was_removed_under_us_is_none() {
    for kind in [Kind::Advisory, Kind::Lease] {
        let (_keep, dir) = dir();
        let place = Place::store(&dir).with_kind(Some(kind));
        let counter = AtomicUsize::new(0);
        let most = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        let me = Holder::me("dfxkit golden archive");
                        let lock = loop {
                            match once(&place, &me) {
                                Ok(lock) => break lock,
                                Err(LockError::Held { .. }) => std::thread::yield_now(),
                                Err(e) => panic!("{e}"),
                            }
                        };
                        most.fetch_max(counter.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        counter.fetch_sub(1, Ordering::SeqCst);
                        drop(lock);
                    }
                });
            }
        });
        assert_eq!(most.into_inner(), 1, "{kind:?}: two held it at once");
        assert_eq!(names(&dir), Vec::<String>::new(), "{kind:?}");
    }
}

#[test]
fn a_dead_lease_is_taken_over_and_a_foreign_one_is_not() {
    let (_keep, dir) = dir();
    let me = Holder::me("dfxkit build");
    let path = dir.join("lease");
    // Same process id, but started at another time: somebody before us.
    let dead = Holder { start_ticks: me.start_ticks + 1, ..me.clone() };
    write(&path, &dead, Duration::ZERO);
    drop(take(&dir, Kind::Lease, &me).unwrap());
    let foreign = Holder { host: "another-machine".into(), ..me.clone() };
    // Another boot of a machine of this name may be another machine; another space of process ids is another container.
    let boot = Holder { boot: "another".into(), ..dead.clone() };
    let container = Holder { pid_space: "pid:[1]".into(), ..dead.clone() };
    for holder in [&foreign, &boot, &container] {
        write(&path, holder, STALE / 2);
        match take(&dir, Kind::Lease, &me) {
            Err(LockError::Held { holder: Some(found), .. }) => assert_eq!(*found, *holder),
            other => panic!("{other:?}"),
        }
        // Not renewed for long: dead.
        write(&path, holder, STALE + Duration::from_mins(1));
        drop(take(&dir, Kind::Lease, &me).unwrap());
        assert_eq!(names(&dir), Vec::<String>::new());
    }
    // One of a dfxkit that renews nothing is never dead by its age.
    write(&path, &Holder { since: 0, ..foreign }, STALE * 10);
    assert!(matches!(take(&dir, Kind::Lease, &me), Err(LockError::Held { .. })));
    fs_err::write(&path, "garbage").unwrap();
    assert!(matches!(take(&dir, Kind::Lease, &me), Err(LockError::Held { holder: None, .. })));
}

#[test]
fn one_inherits_a_dead_lease_of_many_that_come_at_once_and_a_dead_heir_has_an_heir() {
    for dead_heir in [false, true] {
        let (_keep, dir) = dir();
        let me = Holder::me("dfxkit build");
        let path = dir.join("lease");
        let dead = Holder { start_ticks: me.start_ticks + 1, ..me.clone() };
        write(&path, &dead, Duration::ZERO);
        if dead_heir {
            let will = crate::hash::sha256(&fs_err::read(&path).unwrap());
            let heir = Holder { start_ticks: me.start_ticks + 2, ..me.clone() };
            write(&dir.join(format!("lease.heir-{}", &will[..16])), &heir, Duration::ZERO);
        }
        let barrier = std::sync::Barrier::new(8);
        let held: Vec<Lock> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        barrier.wait();
                        take(&dir, Kind::Lease, &me).ok()
                    })
                })
                .collect();
            all.into_iter().filter_map(|t| t.join().unwrap()).collect()
        });
        assert_eq!(held.len(), 1);
        assert_eq!(names(&dir), ["lease"]);
    }
}

#[test]
fn a_holder_renews_its_lease_and_hears_when_it_is_lost() {
    let (_keep, dir) = dir();
    let me = Holder::me("dfxkit build");
    let path = dir.join("lease");
    let lease = Lease::take_beating(&path, &me, Duration::from_millis(5)).unwrap().unwrap();
    let interrupt = Interrupt::manual();
    lease.guard(&interrupt);
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(SystemTime::now() - STALE * 2).unwrap();
    // The next beat brings the time stamp back to the present.
    while file.metadata().unwrap().modified().unwrap() < SystemTime::now() - STALE {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(!interrupt.is_raised());
    // Another took it over.
    fs_err::remove_file(&path).unwrap();
    write(&path, &Holder { host: "another-machine".into(), ..me }, Duration::ZERO);
    while !interrupt.is_raised() {
        std::thread::sleep(Duration::from_millis(1));
    }
    drop(lease);
    assert!(path.exists(), "the lease of another was removed");
}

#[test]
fn a_lock_file_of_a_dead_process_is_no_lock() {
    let (_keep, dir) = dir();
    let me = Holder::me("dfxkit build");
    for name in ["lock", ".lock"] {
        fs_err::write(dir.join(name), serde_json::to_vec(&me).unwrap()).unwrap();
    }
    take(&dir, Kind::Advisory, &me).unwrap();
    once(&Place::store(&dir).with_kind(Some(Kind::Advisory)), &me).unwrap();
}

#[test]
fn who_waits_is_told_once_and_gets_the_lock_or_gives_up() {
    let (_keep, dir) = dir();
    let me = Holder::me("dfxkit golden pull 1.0");
    let place = Place::store(&dir);
    let interrupt = Interrupt::manual();
    let first = once(&place, &me).unwrap();
    let told = AtomicUsize::new(0);
    let error = acquire(&place, &me, Wait::For(Duration::from_millis(300)), &interrupt, &mut |_| {
        told.fetch_add(1, Ordering::SeqCst);
    });
    assert!(matches!(error, Err(LockError::Held { .. })), "{error:?}");
    assert_eq!(told.load(Ordering::SeqCst), 1);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            acquire(&place, &me, Wait::Forever, &interrupt, &mut |_| {
                told.fetch_add(1, Ordering::SeqCst);
            })
        });
        while told.load(Ordering::SeqCst) < 2 {
            std::thread::sleep(Duration::from_millis(1));
        }
        drop(first);
        waiting.join().unwrap().unwrap();
    });
    let _again = once(&place, &me).unwrap();
    interrupt.raise();
    let error = acquire(&place, &me, Wait::Forever, &interrupt, &mut |_| ());
    assert!(matches!(error, Err(LockError::Interrupted)), "{error:?}");
}

#[test]
fn network_file_systems_get_leases() {
    for magic in [0x6969, 0xff53_4d42, 0xfe53_4d42, 0x0bd0_0bd0, 0x6573_5546, 0x0102_1997] {
        assert_eq!(kind_of(magic), Kind::Lease, "{magic:#x}");
    }
    // As some machines give it: with the sign extended.
    assert_eq!(kind_of(i64::from(0xff53_4d42_u32.cast_signed())), Kind::Lease);
    // ext, XFS, Btrfs, tmpfs, overlay.
    for magic in [0xef53, 0x5846_5342, 0x9123_683e, 0x0102_1994, 0x794c_7630] {
        assert_eq!(kind_of(magic), Kind::Advisory, "{magic:#x}");
    }
}
