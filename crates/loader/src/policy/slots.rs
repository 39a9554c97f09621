// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is loaded where, and what goes for something else.

use super::Policy;
use super::markov::Markov;

/// How far the predictor looks, in calls.
const HORIZON: usize = 8;

#[derive(Debug, Clone, Copy)]
struct Slot {
    function: Option<usize>,
    pinned: bool,
    loaded: u64,
    used: u64,
}

/// What a request needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It is loaded there: nothing to do.
    Loaded {
        /// Slot.
        slot: usize,
    },
    /// It must be loaded there.
    Load {
        /// Slot.
        slot: usize,
        /// What goes.
        evicted: Option<usize>,
    },
    /// Every slot is pinned.
    AllPinned,
}

/// A load that is worth making before anybody asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preload {
    /// What.
    pub function: usize,
    /// Where.
    pub slot: usize,
    /// What goes.
    pub evicted: Option<usize>,
}

/// Partitions of one kind, under one policy.
#[derive(Debug, Clone)]
pub struct Slots {
    policy: Policy,
    places: Vec<Slot>,
    /// Seconds to load each function.
    costs: Vec<f64>,
    /// Learns from every request, whatever the policy.
    pub markov: Markov,
    clock: u64,
}

impl Slots {
    /// `count` empty slots; `costs`: seconds to load each function.
    pub fn new(policy: Policy, count: usize, costs: Vec<f64>) -> Self {
        let empty = Slot { function: None, pinned: false, loaded: 0, used: 0 };
        Self { policy, places: vec![empty; count], markov: Markov::new(costs.len()), costs, clock: 0 }
    }

    /// What each slot holds.
    pub fn held(&self) -> impl Iterator<Item = Option<usize>> {
        self.places.iter().map(|s| s.function)
    }

    /// The slot that holds a function.
    pub fn find(&self, function: usize) -> Option<usize> {
        self.places.iter().position(|s| s.function == Some(function))
    }

    /// Keeps what a slot holds, or lets it go.
    pub fn pin(&mut self, slot: usize, pinned: bool) {
        if let Some(slot) = self.places.get_mut(slot) {
            slot.pinned = pinned;
        }
    }

    /// What is in a slot is not what was loaded (a failure).
    pub fn lose(&mut self, slot: usize) {
        if let Some(slot) = self.places.get_mut(slot) {
            slot.function = None;
        }
    }

    /// A slot was found to hold a function that nobody asked for here (what an earlier process left).
    pub fn found(&mut self, slot: usize, function: usize) {
        if slot < self.places.len() {
            self.put(slot, function);
        }
    }

    /// A call of `function`. `future`: calls until each function is next called (Belady); without it Belady is LRU.
    pub fn request(&mut self, function: usize, future: Option<&dyn Fn(usize) -> usize>) -> Admission {
        self.clock += 1;
        self.markov.learn(function);
        if let Some(slot) = self.find(function) {
            self.places[slot].used = self.clock;
            return Admission::Loaded { slot };
        }
        match self.victim(future, &|_| false) {
            Some(slot) => Admission::Load { slot, evicted: self.put(slot, function) },
            None => Admission::AllPinned,
        }
    }

    /// What to load ahead of any call, while the port has nothing to do and the slots that are `busy` compute. `idle`:
    /// seconds until the next call is expected. None: nothing is worth it.
    ///
    /// Worth it is what saves more expected load time than it loses: by what goes, and by calls of something else that wait
    /// until a load is through that takes longer than `idle` (a load is never broken off).
    pub fn preload(&mut self, idle: f64, busy: &dyn Fn(usize) -> bool) -> Option<Preload> {
        let uses = self.markov.expected_uses(HORIZON);
        let next = self.markov.probabilities();
        let worth = |f: usize| uses[f] * self.costs[f];
        let free = (0..self.places.len()).filter(|n| !self.places[*n].pinned && !busy(*n));
        let value = |n: usize| self.places[n].function.map_or(0.0, worth);
        let slot = free.min_by(|a, b| value(*a).total_cmp(&value(*b)))?;
        let goes = self.places[slot].function;
        let missing: f64 = (0..self.costs.len())
            .filter(|f| goes == Some(*f) || self.find(*f).is_none())
            .map(|f| next[f])
            .sum();
        let gain = |f: usize| worth(f) - value(slot) - missing * (self.costs[f] - idle).max(0.0);
        let absent = (0..self.costs.len()).filter(|f| self.find(*f).is_none());
        let function = absent.max_by(|a, b| gain(*a).total_cmp(&gain(*b)).then(b.cmp(a)))?;
        (gain(function) > 0.0).then(|| Preload { function, slot, evicted: self.put(slot, function) })
    }

    fn put(&mut self, slot: usize, function: usize) -> Option<usize> {
        let entry = &mut self.places[slot];
        entry.loaded = self.clock;
        entry.used = self.clock;
        entry.function.replace(function)
    }

    fn victim(&self, future: Option<&dyn Fn(usize) -> usize>, busy: &dyn Fn(usize) -> bool) -> Option<usize> {
        let free = |n: &usize| !self.places[*n].pinned && !busy(*n);
        let candidates: Vec<usize> = (0..self.places.len()).filter(free).collect();
        if let Some(empty) = candidates.iter().find(|n| self.places[**n].function.is_none()) {
            return Some(*empty);
        }
        let oldest = |key: fn(&Slot) -> u64| candidates.iter().copied().min_by_key(|n| key(&self.places[*n]));
        match (self.policy, future) {
            (Policy::Fifo, _) => oldest(|s| s.loaded),
            (Policy::Belady, Some(next)) => {
                candidates.into_iter().max_by_key(|n| self.places[*n].function.map_or(usize::MAX, next))
            }
            (Policy::Lru | Policy::Belady, _) => oldest(|s| s.used),
            (Policy::CostAware, _) => {
                let uses = self.markov.expected_uses(HORIZON);
                let worth = |n: &usize| self.places[*n].function.map_or(0.0, |f| uses[f] * self.costs[f]);
                candidates.into_iter().min_by(|a, b| {
                    worth(a).total_cmp(&worth(b)).then(self.places[*a].used.cmp(&self.places[*b].used))
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Admission, Policy, Preload, Slots};

    fn run(policy: Policy, calls: &[usize]) -> usize {
        let mut slots = Slots::new(policy, 2, vec![1.0; 8]);
        calls.iter().filter(|f| matches!(slots.request(**f, None), Admission::Load { .. })).count()
    }

    #[test]
    fn each_policy_evicts_its_own_way() {
        // a b a c: LRU drops b, FIFO drops a.
        assert_eq!(run(Policy::Lru, &[0, 1, 0, 2, 0]), 3);
        assert_eq!(run(Policy::Fifo, &[0, 1, 0, 2, 0]), 4);
        // A cycle of three in two slots: LRU never hits, the predictor learns it.
        let cycle: Vec<usize> = (0..300).map(|n| n % 3).collect();
        assert_eq!(run(Policy::Lru, &cycle), 300);
        assert!(run(Policy::CostAware, &cycle) < 170);
    }

    #[test]
    fn pinned_slots_stay() {
        let mut slots = Slots::new(Policy::Lru, 2, vec![1.0; 4]);
        assert_eq!(slots.request(0, None), Admission::Load { slot: 0, evicted: None });
        slots.pin(0, true);
        slots.request(1, None);
        assert_eq!(slots.request(2, None), Admission::Load { slot: 1, evicted: Some(1) });
        slots.pin(1, true);
        assert_eq!(slots.request(3, None), Admission::AllPinned);
        assert_eq!(slots.request(0, None), Admission::Loaded { slot: 0 });
        assert_eq!(slots.preload(10.0, &|_| false), None, "pinned slots take nothing ahead of a call either");
    }

    #[test]
    fn what_is_expected_is_loaded_into_a_slot_that_does_not_compute() {
        let mut slots = Slots::new(Policy::CostAware, 2, vec![1.0; 4]);
        for n in 0..60 {
            slots.request(n % 3, None);
        }
        // 2 was last, 0 is next: were it not there, it would be loaded, and never over what computes.
        let computing = slots.find(2).expect("was called");
        let other = 1 - computing;
        slots.found(other, 3);
        let ahead = slots.preload(2.0, &|n| n == computing);
        assert_eq!(ahead, Some(Preload { function: 0, slot: other, evicted: Some(3) }));
        assert_eq!(slots.preload(2.0, &|_| true), None, "everything computes");
    }
}
