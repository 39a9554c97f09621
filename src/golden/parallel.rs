// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Work on many files on all cores: a queue, the largest first, so that no core is left with the largest at the end. One file is one core's:
//! SHA-256 cannot be split.

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Does `work` on every index below `count`, on all cores; the results are in order.
pub(super) fn on_all_cores<T: Send + Default>(
    count: usize,
    size: impl Fn(usize) -> u64,
    work: impl Fn(usize) -> T + Sync,
) -> Vec<T> {
    let results: Mutex<Vec<T>> = Mutex::new((0..count).map(|_| T::default()).collect());
    let next = AtomicUsize::new(0);
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|&i| std::cmp::Reverse(size(i)));
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get).min(count.max(1));
    let run = || {
        while let Some(&i) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            let result = work(i);
            results.lock().unwrap_or_else(std::sync::PoisonError::into_inner)[i] = result;
        }
    };
    std::thread::scope(|scope| {
        // This thread works too.
        for _ in 1..threads {
            scope.spawn(run);
        }
        run();
    });
    results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}
