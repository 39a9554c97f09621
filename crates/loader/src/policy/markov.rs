// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A predictor that counts: after these functions, which came next?
//!
//! The last two functions are the context, smoothed by the last one alone and by what is called at all. Counts are halved now and then, so that a new phase outweighs the old one after some hundred calls. Memory: one counter
//! for each pair and triple that was seen.

use std::collections::BTreeMap;

/// Calls after which all counts are halved.
const HALVE_AFTER: u32 = 256;

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

    /// Probabilities of what follows `last` (and `before` before it), for the first `functions`.
    ///
    /// Second order, smoothed by the first, smoothed by the overall shares (Witten and Bell's method: a context that was
    /// followed by many different functions is trusted less than one that was always followed by the same).
    fn after(&self, before: Option<usize>, last: usize, functions: usize) -> Vec<f64> {
        let mut p: Vec<f64> = (0..functions).map(|f| self.share(f)).collect();
        let second = before.and_then(|b| self.second.get(&(b, last)));
        for counts in [self.first.get(&last), second].into_iter().flatten() {
            let total: u32 = counts.values().sum();
            let doubt = 2.0 * counts.len() as f64;
            let scale = 1.0 / (f64::from(total) + doubt);
            for (f, p) in p.iter_mut().enumerate() {
                *p = (f64::from(*counts.get(&f).unwrap_or(&0)) + doubt * *p) * scale;
            }
        }
        p
    }

    /// What comes next, the likeliest first, with its probability.
    pub fn next(&self) -> Vec<(usize, f64)> {
        let Some(last) = self.last else { return Vec::new() };
        let functions = self.overall.keys().next_back().map_or(0, |f| f + 1);
        let mut list: Vec<(usize, f64)> = self
            .after(self.before, last, functions)
            .into_iter()
            .enumerate()
            .filter(|(_, p)| *p > 0.0)
            .collect();
        list.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        list
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

    /// How soon each function is expected, as a weight: the probability that it is first called in `n` calls, over `n`,
    /// summed over the next `horizon` calls. The way forward follows the few likeliest paths; what they leave out follows
    /// the overall shares.
    pub fn urgency(&self, functions: usize, horizon: usize) -> Vec<f64> {
        const PATHS: usize = 6;
        let shares: Vec<f64> = (0..functions).map(|f| self.share(f)).collect();
        let mut weight = vec![0.0; functions];
        let mut unmet = vec![1.0_f64; functions];
        let mut paths: Vec<(Option<usize>, usize, f64)> =
            self.last.map(|last| (self.before, last, 1.0)).into_iter().collect();
        for step in 1..=horizon {
            let followed: f64 = paths.iter().map(|p| p.2).sum();
            let mut arrival: Vec<f64> = shares.iter().map(|s| s * (1.0 - followed).max(0.0)).collect();
            let mut next = Vec::new();
            for (before, last, probability) in paths {
                for (f, p) in self.after(before, last, functions).into_iter().enumerate() {
                    arrival[f] += probability * p;
                    if probability * p > 1e-3 {
                        next.push((Some(last), f, probability * p));
                    }
                }
            }
            for (f, a) in arrival.into_iter().enumerate() {
                let a = a.min(1.0);
                weight[f] += unmet[f] * a / step as f64;
                unmet[f] *= 1.0 - a;
            }
            next.sort_by(|a, b| b.2.total_cmp(&a.2));
            next.truncate(PATHS);
            paths = next;
        }
        weight
    }
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
