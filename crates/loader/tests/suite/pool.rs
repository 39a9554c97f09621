// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A pool on a loader: two partitions, four functions, the recording fake.

use std::time::Duration;

use crate::support::{Bench, bench, image, partial};
use dfxkit_fabric::codec::Order;
use dfxkit_loader::fake::{Bank, Recorder, Trace};
use dfxkit_loader::policy::{Answer, Hybrid, Policy};
use dfxkit_loader::{ImageKind, Loader, Module, Options, Outcome, Pool, PoolError, Served};

const PART: &str = "xc7z010clg400-1";

/// The usual kit with partition `q` beside `p` and the functions `a` to `d` in both.
fn kit() -> Bench {
    let mut bench = bench(false, "passed", false);
    let mut kit = bench.kit.clone();
    let mut partitions = Vec::new();
    for name in ["p", "q"] {
        let mut partition = kit.partitions[0].clone();
        partition.name = name;
        partition.isolation = &[];
        let modules: Vec<Module> = ["a", "b", "c", "d"]
            .map(|m| {
                let seed = u32::from(m.as_bytes()[0]) * 7 + u32::from(name.as_bytes()[0]);
                let bytes = partial(PART, seed, Order::ByteSwapped);
                let file = format!("modules/{name}/{m}.bin");
                Module {
                    name: m,
                    greybox: false,
                    image: image(bench.dir.path(), &file, ImageKind::Partial, &bytes, [7; 32]),
                    clear: None,
                    id: None,
                    overlay: None,
                }
            })
            .into();
        partition.power_up = Some(if name == "p" { "a" } else { "b" });
        partition.modules = Vec::leak(modules);
        partitions.push(partition);
    }
    kit.partitions = Vec::leak(partitions);
    bench.kit = Box::leak(Box::new(kit));
    bench
}

fn loader(bench: &Bench, manager: &Recorder) -> Loader<Recorder, Bank> {
    let options = Options { static_is_running: true, ..Options::default() };
    let bank = Bank::new(Trace::new());
    Loader::new(bench.kit, &bench.kit_dir(), &bench.root(), manager.clone(), bank, options)
}

fn pool(loader: &mut Loader<Recorder, Bank>, policy: Policy) -> Pool<&mut Loader<Recorder, Bank>> {
    Pool::new(loader, &["p", "q"], policy, 145e6).expect("four functions fit")
}

#[test]
fn the_policy_says_where_and_the_loader_puts_it_there() {
    let bench = kit();
    let trace = Trace::new();
    let mut loader = loader(&bench, &Recorder::new(trace.clone()));
    let mut pool = pool(&mut loader, Policy::Lru);
    assert_eq!(pool.functions(), ["a", "b", "c", "d"]);
    assert_eq!(pool.held().collect::<Vec<_>>(), [("p", Some("a")), ("q", Some("b"))], "what powered up");
    let b = pool.acquire("b").expect("is there");
    assert_eq!((b.partition, b.outcome), ("q", Outcome::AlreadyLoaded));
    let c = pool.acquire("c").expect("loads");
    assert_eq!((c.partition, c.evicted), ("p", Some("a")));
    assert!(matches!(c.outcome, Outcome::Loaded { .. }));
    assert!(pool.pin("q", true) && !pool.pin("r", true));
    assert_eq!(pool.acquire("d").expect("loads").partition, "p", "q is pinned");
    pool.pin("p", true);
    assert!(matches!(pool.acquire("a"), Err(PoolError::AllPinned)));
    assert!(matches!(pool.acquire("z"), Err(PoolError::NoSuch { .. })));
    assert_eq!(trace.lines().len(), 2, "{:?}", trace.lines());
    assert!(matches!(
        Pool::new(&mut loader, &["p", "nowhere"], Policy::Lru, 145e6),
        Err(PoolError::NothingFits { .. })
    ));
}

#[test]
fn what_comes_next_is_loaded_while_the_port_is_idle() {
    let bench = kit();
    let mut loader = loader(&bench, &Recorder::new(Trace::new()));
    let mut pool = pool(&mut loader, Policy::CostAware);
    let (mut waited, mut ahead) = (0, 0);
    for n in 0..60 {
        let got = pool.acquire(["a", "b", "c"][n % 3]).expect("loads");
        waited += usize::from(got.outcome != Outcome::AlreadyLoaded);
        let computing = [got.partition];
        ahead += usize::from(pool.ahead(Duration::from_secs(1), &computing).expect("loads").is_some());
    }
    assert!(
        waited < 20 && ahead > 30,
        "a loop of three in two partitions: {waited} waited for, {ahead} ahead"
    );
    // Images of what is likely are kept in memory; a budget of nothing lets them go.
    let likely = pool.prefetch(usize::MAX).expect("reads");
    assert_eq!(likely.len(), 4);
    assert!(pool.swapper().prefetched_bytes() > 0);
    assert!(pool.prefetch(0).expect("nothing to read").is_empty());
    assert_eq!(pool.swapper().prefetched_bytes(), 0);
    pool.hint("d").expect("reads");
    fs_err::remove_dir_all(bench.kit_dir().join("modules")).expect("removed");
    pool.acquire("d").expect("from memory");
}

#[test]
fn requests_are_served_by_urgency_and_late_ones_are_said_to_be_late() {
    let bench = kit();
    let mut loader = loader(&bench, &Recorder::new(Trace::new()));
    let mut pool = pool(&mut loader, Policy::Lru);
    pool.push("c", 0, None).expect("known");
    pool.push("a", 0, None).expect("known");
    pool.push("d", 9, None).expect("known");
    // A load takes longer than that.
    pool.push("c", 9, Some(Duration::ZERO)).expect("known");
    assert!(pool.push("z", 0, None).is_err());
    let mut order = Vec::new();
    while let Some(served) = pool.serve() {
        order.push(match served {
            Served::Late(r) => format!("late {}", pool.functions()[r.function]),
            Served::Ready(_, got) => got.function.to_owned(),
            Served::Failed(_, e) => panic!("{e}"),
        });
    }
    assert_eq!(order[..2], ["late c", "d"], "{order:?}");
    assert_eq!((order.len(), pool.waiting()), (4, 0));
}

#[test]
fn a_failed_load_is_not_taken_for_the_function_and_the_fallback_answers() {
    let bench = kit();
    let manager = Recorder::new(Trace::new());
    let mut loader = loader(&bench, &manager);
    let mut pool = pool(&mut loader, Policy::Lru);
    manager.then([Err("no".to_owned()), Err("no".to_owned())]);
    assert!(matches!(pool.acquire("c"), Err(PoolError::Swap(_))));
    assert!(!pool.held().any(|(_, f)| f == Some("c")));
    let double = |n: &u32| n * 2;
    let mut hybrid =
        Hybrid::new(|n: &u32| pool.acquire("d").map(|_| Some(double(n))).map_err(|e| e.to_string()), double);
    manager.then([Err("no".to_owned()), Err("no".to_owned())]);
    let (answer, error) = hybrid.call(&21);
    assert_eq!(answer, Answer::Software(42));
    assert!(error.is_some());
    assert_eq!(hybrid.call(&21), (Answer::Hardware(42), None));
}
