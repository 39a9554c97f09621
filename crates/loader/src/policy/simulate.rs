// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Replays a trace: misses, stall time, makespan.
//!
//! Time: calls run one after the other; a call whose module is not loaded stalls for the load. With prediction, the port is
//! used while a call computes: what is worth it ([`Slots::preload`]) goes into a partition that does not compute, and a call
//! that comes before its load has ended stalls for the rest. How long a call computes is taken as known when it begins; what
//! is called next is not. A load that was begun is never broken off. Belady replaces what is
//! needed latest and loads on demand: the fewest misses that any policy without preloading can have. A policy that
//! preloads can stall less than Belady, because it hides loads behind computation; [`Figures::misses`] then counts calls
//! that had to wait at all.

use super::trace::Trace;
use super::{Admission, Policy, Slots};

/// The machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Setup {
    /// Partitions.
    pub slots: usize,
    /// Bytes a second of the configuration port (145e6: PCAP of a Zynq-7000).
    pub bytes_per_second: f64,
    /// Load ahead what the predictor expects.
    pub predict: bool,
}

/// What came out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// Calls.
    pub calls: usize,
    /// Calls that waited for a load.
    pub misses: usize,
    /// Loads, also those ahead of calls.
    pub loads: usize,
    /// Seconds that calls waited.
    pub stall: f64,
    /// Seconds from the first call to the end of the last.
    pub makespan: f64,
}

/// Replays `trace` under `policy`.
pub fn simulate(trace: &Trace, policy: Policy, setup: &Setup) -> Figures {
    let costs: Vec<f64> = trace.functions.iter().map(|f| f.bytes as f64 / setup.bytes_per_second).collect();
    let mut slots = Slots::new(policy, setup.slots, costs.clone());
    let mut figures = Figures { calls: trace.calls.len(), misses: 0, loads: 0, stall: 0.0, makespan: 0.0 };
    let next = next_uses(trace);
    let mut ready = vec![0.0_f64; setup.slots];
    let mut port_free = 0.0_f64;
    let mut now = 0.0_f64;
    for (n, (function, micros)) in trace.calls.iter().enumerate() {
        let future = |f: usize| {
            next[f][next[f].partition_point(|use_| *use_ <= n)..].first().copied().unwrap_or(usize::MAX)
        };
        let slot = match slots.request(*function, Some(&future)) {
            Admission::Loaded { slot } => slot,
            Admission::Load { slot, .. } => {
                figures.loads += 1;
                port_free = port_free.max(now) + costs[*function];
                ready[slot] = port_free;
                slot
            }
            // Nothing is pinned here.
            Admission::AllPinned => continue,
        };
        if ready[slot] > now {
            figures.misses += 1;
            figures.stall += ready[slot] - now;
            now = ready[slot];
        }
        let end = now + *micros as f64 / 1e6;
        // While it computes the port may be free: what is loaded ahead is not waited for later.
        let begins = port_free.max(now);
        if setup.predict
            && begins < end
            && let Some(ahead) = slots.preload(end - begins, &|n| n == slot)
        {
            figures.loads += 1;
            port_free = begins + costs[ahead.function];
            ready[ahead.slot] = port_free;
        }
        now = end;
    }
    figures.makespan = now;
    figures
}

/// For each function, the calls that name it.
fn next_uses(trace: &Trace) -> Vec<Vec<usize>> {
    let mut uses = vec![Vec::new(); trace.functions.len()];
    for (n, (function, _)) in trace.calls.iter().enumerate() {
        uses[*function].push(n);
    }
    uses
}

#[cfg(test)]
mod tests {
    use super::{Figures, Policy, Setup, Trace, simulate};

    fn figures(trace: &Trace, policy: Policy, predict: bool) -> Figures {
        simulate(trace, policy, &Setup { slots: 4, bytes_per_second: 145e6, predict })
    }

    #[test]
    fn times_add_up_and_belady_misses_least() {
        for trace in [Trace::cnn(40), Trace::zipf(600, 3), Trace::phases(3, 3)] {
            let compute: f64 = trace.calls.iter().map(|(_, micros)| *micros as f64 / 1e6).sum();
            let bound = figures(&trace, Policy::Belady, false);
            for policy in Policy::ALL {
                let f = figures(&trace, policy, false);
                assert!((f.makespan - compute - f.stall).abs() < 1e-6, "{policy:?} {f:?}");
                assert_eq!(f.misses, f.loads, "on demand, every load is waited for");
                assert!(f.misses >= bound.misses, "{policy:?}");
            }
        }
    }

    /// Within 15 % of Belady's stall time, better than LRU and FIFO, for ten seeds in a row of each trace. (Of thirty, four
    /// Zipf traces end between 1.16 and 1.20: with the law's own probabilities instead of learned ones three of them still
    /// do, because Belady knows the calls and no law does.)
    #[test]
    fn cost_aware_with_the_predictor_is_near_belady_and_beats_lru_and_fifo() {
        let mut traces = vec![("cnn", 0, Trace::cnn(100))];
        for seed in 1..=10 {
            traces.push(("zipf", seed, Trace::zipf(2_000, seed)));
            traces.push(("phases", seed, Trace::phases(8, seed)));
        }
        for (name, seed, trace) in traces {
            let stall = |policy, predict| figures(&trace, policy, predict).stall;
            let ours = stall(Policy::CostAware, true);
            assert!(ours < stall(Policy::Lru, false) && ours < stall(Policy::Fifo, false), "{name} {seed}");
            let ratio = ours / stall(Policy::Belady, false);
            assert!(ratio <= 1.15, "{name} {seed}: {ratio:.3}");
        }
    }
}
