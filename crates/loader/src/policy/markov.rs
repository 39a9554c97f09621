// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A predictor that counts: after these functions, which came next?
//!
//! Second order with the first as fallback: the last two functions are the context, or the last one where the pair is new.
//! Counts are halved now and then, so that a new phase outweighs the old one after some hundred calls. Memory: one counter
//! for each pair and triple that was seen.

use std::collections::BTreeMap;

/// Calls after which all counts are halved.
const HALVE_AFTER: u32 = 512;

type Counts = BTreeMap<usize, u32>;

/// Learns from calls, by function number.
#[derive(Debug, Clone, Default)]
pub struct Markov {
    last: Option<usize>,
    before: Option<usize>,
    first: BTreeMap<usize, Counts>,
    second: BTreeMap<(usize, usize), Counts>,
    overall: Counts,
    seen: u32,
}

impl Markov {
    /// Knows nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// `function` was called.
    pub fn learn(&mut self, function: usize) {
        if let Some(last) = self.last {
            *self.first.entry(last).or_default().entry(function).or_default() += 2;
            if let Some(before) = self.before {
                *self.second.entry((before, last)).or_default().entry(function).or_default() += 2;
            }
        }
        *self.overall.entry(function).or_default() += 2;
        self.before = self.last.replace(function);
        self.seen += 1;
        if self.seen.is_multiple_of(HALVE_AFTER) {
            let halve = |counts: &mut Counts| {
                counts.retain(|_, n| {
                    *n /= 2;
                    *n > 0
                });
            };
            self.first.values_mut().for_each(halve);
            self.second.values_mut().for_each(halve);
            halve(&mut self.overall);
        }
    }

    fn counts(&self, before: Option<usize>, last: usize) -> Option<&Counts> {
        before
            .and_then(|b| self.second.get(&(b, last)))
            .filter(|c| c.values().sum::<u32>() >= 4)
            .or_else(|| self.first.get(&last))
            .filter(|c| !c.is_empty())
    }

    /// What comes next, the likeliest first, with its probability.
    pub fn next(&self) -> Vec<(usize, f64)> {
        let Some(counts) = self.last.and_then(|last| self.counts(self.before, last)) else {
            return Vec::new();
        };
        shares(counts)
    }

    /// How likely a function is at all, from what was seen lately.
    pub fn share(&self, function: usize) -> f64 {
        let total: u32 = self.overall.values().sum();
        if total == 0 {
            0.0
        } else {
            f64::from(*self.overall.get(&function).unwrap_or(&0)) / f64::from(total)
        }
    }

    /// How soon each function is expected, as a weight: the probability that it comes in `n` calls, over `n`, summed over
    /// the next `horizon` calls. The way forward follows the few likeliest paths; behind the horizon counts the overall
    /// share.
    pub fn urgency(&self, functions: usize, horizon: usize) -> Vec<f64> {
        const PATHS: usize = 6;
        let mut weight = vec![0.0; functions];
        // Probability that a function was met already on the way: only the first time counts.
        let mut unmet = vec![1.0; functions];
        let mut paths = match self.last {
            Some(last) => vec![(self.before, last, 1.0_f64)],
            None => Vec::new(),
        };
        for step in 1..=horizon {
            let mut next: BTreeMap<(usize, usize), f64> = BTreeMap::new();
            let mut arrival = vec![0.0; functions];
            for (before, last, probability) in paths {
                let Some(counts) = self.counts(before, last) else { continue };
                for (function, share) in shares(counts) {
                    *next.entry((last, function)).or_default() += probability * share;
                    if let Some(a) = arrival.get_mut(function) {
                        *a += probability * share;
                    }
                }
            }
            for (n, a) in arrival.into_iter().enumerate() {
                weight[n] += unmet[n] * a / step as f64;
                unmet[n] *= 1.0 - a.min(1.0);
            }
            let mut list: Vec<_> = next.into_iter().map(|((l, f), p)| (Some(l), f, p)).collect();
            list.sort_by(|a, b| b.2.total_cmp(&a.2));
            list.truncate(PATHS);
            paths = list;
        }
        for (n, w) in weight.iter_mut().enumerate() {
            *w += unmet[n] * self.share(n) / horizon.max(1) as f64;
        }
        weight
    }
}

fn shares(counts: &Counts) -> Vec<(usize, f64)> {
    let total: u32 = counts.values().sum();
    let mut list: Vec<(usize, f64)> =
        counts.iter().map(|(f, n)| (*f, f64::from(*n) / f64::from(total))).collect();
    list.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    list
}

#[cfg(test)]
mod tests {
    use super::Markov;

    #[test]
    fn a_cycle_is_learned_and_a_new_phase_too() {
        let mut markov = Markov::new();
        assert!(markov.next().is_empty());
        for n in 0..40 {
            markov.learn(n % 4);
        }
        assert_eq!(markov.next()[0].0, 0);
        let urgency = markov.urgency(6, 8);
        assert!(urgency[0] > urgency[1] && urgency[1] > urgency[2] && urgency[2] > urgency[3], "{urgency:?}");
        assert!(urgency[5] < 1e-9);
        for n in 0..40 {
            markov.learn([5, 4][n % 2]);
        }
        assert_eq!(markov.next()[0].0, 5);
    }
}
