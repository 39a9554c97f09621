// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A predictor that counts: after these functions, which came next?
//!
//! Five models guess at once: how often a function is called at all (over everything, and lately), what followed the last
//! call, what followed the last two, and what followed the call before the last (a stray call between two of a loop does not
//! hide the loop). Each call weighs them anew by how likely each had held it (Bayes), with a small share given back to all,
//! so that a model that was wrong in one phase can be right in the next (Herbster and Warmuth's fixed share). The weights
//! after a call that was a surprise are kept apart from those after one that was expected. Independent calls end with the
//! first model, a network's layers with the third and fourth.
//!
//! It learns from calls alone and knows nothing of the future. Memory: one number for each pair and triple that was seen and
//! not forgotten.

use std::collections::BTreeMap;

const MODELS: usize = 5;
/// What a context keeps of its counts at each visit: the recent tenth outweighs the rest after some visits.
const KEEP_LATELY: f64 = 0.95;
const KEEP_AFTER_ONE: f64 = 0.9;
const KEEP_AFTER_TWO: f64 = 0.8;
/// Part of the weight that goes back to all models with each call.
const SHARE: f64 = 0.001;
/// A call was a surprise when something else was so many times likelier.
const SURPRISE: f64 = 0.3;
/// Ways forward that are followed; what they leave out follows the overall shares.
const PATHS: usize = 6;
/// How much less a use counts when it comes a call later.
const PATIENCE: f64 = 0.6;

/// What followed one context.
#[derive(Debug, Clone, Default)]
struct Counts {
    of: BTreeMap<usize, f64>,
    total: f64,
}

impl Counts {
    fn learn(&mut self, function: usize, keep: f64) {
        if keep < 1.0 {
            self.of.retain(|_, n| {
                *n *= keep;
                *n > 1e-3
            });
            self.total *= keep;
        }
        *self.of.entry(function).or_default() += 1.0;
        self.total += 1.0;
    }

    /// Shares, with the weight of one call given to `base`: what a context has not seen often enough follows the wider one.
    fn over(&self, base: &[f64]) -> Vec<f64> {
        let scale = 1.0 / (self.total + 1.0);
        let mut shares: Vec<f64> = base.iter().map(|b| b * scale).collect();
        for (function, n) in &self.of {
            if let Some(share) = shares.get_mut(*function) {
                *share += n * scale;
            }
        }
        shares
    }
}

/// Where a guess starts from.
#[derive(Debug, Clone, Copy, Default)]
struct Context {
    before: Option<usize>,
    last: Option<usize>,
    surprised: bool,
}

/// Learns from calls, by function number.
#[derive(Debug, Clone)]
pub struct Markov {
    functions: usize,
    now: Context,
    ever: Counts,
    lately: Counts,
    after_one: BTreeMap<usize, Counts>,
    after_two: BTreeMap<(usize, usize), Counts>,
    after_skip: BTreeMap<usize, Counts>,
    /// After an expected call, and after a surprise.
    weights: [[f64; MODELS]; 2],
}

impl Markov {
    /// Knows nothing of `functions` functions.
    pub fn new(functions: usize) -> Self {
        Self {
            functions,
            now: Context::default(),
            ever: Counts::default(),
            lately: Counts::default(),
            after_one: BTreeMap::new(),
            after_two: BTreeMap::new(),
            after_skip: BTreeMap::new(),
            weights: [[1.0 / MODELS as f64; MODELS]; 2],
        }
    }

    fn models(&self, at: Context) -> [Vec<f64>; MODELS] {
        let even = vec![1.0 / self.functions as f64; self.functions];
        let ever = self.ever.over(&even);
        let lately = self.lately.over(&ever);
        let or =
            |counts: Option<&Counts>, base: &[f64]| counts.map_or_else(|| base.to_vec(), |c| c.over(base));
        let one = or(at.last.and_then(|l| self.after_one.get(&l)), &ever);
        let two = or(at.before.zip(at.last).and_then(|k| self.after_two.get(&k)), &one);
        let skip = or(at.before.and_then(|b| self.after_skip.get(&b)), &ever);
        [ever, lately, one, two, skip]
    }

    fn mix(&self, at: Context) -> Vec<f64> {
        let models = self.models(at);
        let weights = &self.weights[usize::from(at.surprised)];
        (0..self.functions).map(|f| models.iter().zip(weights).map(|(m, w)| w * m[f]).sum()).collect()
    }

    /// `function` was called. One that was not announced is not learned.
    pub fn learn(&mut self, function: usize) {
        if function >= self.functions {
            return;
        }
        let Context { before, last, surprised } = self.now;
        let guess = self.mix(self.now);
        if last.is_some() {
            let models = self.models(self.now);
            let weights = &mut self.weights[usize::from(surprised)];
            for (weight, model) in weights.iter_mut().zip(&models) {
                *weight *= model[function];
            }
            let total: f64 = weights.iter().sum();
            for weight in weights {
                *weight = *weight / total * (1.0 - SHARE) + SHARE / MODELS as f64;
            }
        }
        self.ever.learn(function, 1.0);
        self.lately.learn(function, KEEP_LATELY);
        if let Some(last) = last {
            self.after_one.entry(last).or_default().learn(function, KEEP_AFTER_ONE);
            if let Some(before) = before {
                self.after_two.entry((before, last)).or_default().learn(function, KEEP_AFTER_TWO);
                self.after_skip.entry(before).or_default().learn(function, KEEP_AFTER_ONE);
            }
        }
        self.now = Context { before: last, last: Some(function), surprised: is_surprise(&guess, function) };
    }

    /// How likely each function is called next.
    pub fn probabilities(&self) -> Vec<f64> {
        self.mix(self.now)
    }

    /// What comes next, the likeliest first, with its probability.
    pub fn next(&self) -> Vec<(usize, f64)> {
        if self.now.last.is_none() {
            return Vec::new();
        }
        let mut list: Vec<(usize, f64)> = self.probabilities().into_iter().enumerate().collect();
        list.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        list
    }

    /// Uses of each function that are expected in the next `horizon` calls, later ones counting less.
    pub fn expected_uses(&self, horizon: usize) -> Vec<f64> {
        let mut uses = vec![0.0; self.functions];
        let overall = {
            let [ever, lately, ..] = self.models(Context::default());
            let [e, l, ..] = self.weights[0];
            let share = |n: usize| (e * ever[n] + l * lately[n]) / (e + l);
            (0..self.functions).map(share).collect::<Vec<f64>>()
        };
        let mut paths = vec![(self.now, 1.0)];
        let mut discount = 1.0;
        for _ in 0..horizon {
            let followed: f64 = paths.iter().map(|p| p.1).sum();
            let left_out = (1.0 - followed).max(0.0);
            for (uses, share) in uses.iter_mut().zip(&overall) {
                *uses += discount * left_out * share;
            }
            let mut next = Vec::new();
            for (at, probability) in paths {
                let guess = self.mix(at);
                for (f, p) in guess.iter().enumerate() {
                    uses[f] += discount * probability * p;
                    if probability * p > 1e-3 {
                        let surprised = is_surprise(&guess, f);
                        let there = Context { before: at.last, last: Some(f), surprised };
                        next.push((there, probability * p));
                    }
                }
            }
            next.sort_by(|a, b| b.1.total_cmp(&a.1));
            next.truncate(PATHS);
            paths = next;
            discount *= PATIENCE;
        }
        uses
    }
}

fn is_surprise(guess: &[f64], function: usize) -> bool {
    let likeliest = guess.iter().copied().fold(0.0, f64::max);
    guess[function] < SURPRISE * likeliest
}

#[cfg(test)]
mod tests {
    use super::Markov;

    #[test]
    fn a_cycle_is_learned_and_a_new_phase_too() {
        let mut markov = Markov::new(6);
        assert!(markov.next().is_empty());
        for n in 0..40 {
            markov.learn(n % 4);
        }
        assert_eq!(markov.next()[0].0, 0);
        let uses = markov.expected_uses(8);
        assert!(uses[0] > uses[1] && uses[1] > uses[2] && uses[2] > uses[3], "{uses:?}");
        assert!(uses[5] < 0.2, "{uses:?}");
        for n in 0..40 {
            markov.learn([5, 4][n % 2]);
        }
        assert_eq!(markov.next()[0].0, 5);
        markov.learn(99);
        assert_eq!(markov.next()[0].0, 5, "not one of its functions");
    }

    #[test]
    fn a_stray_call_does_not_hide_the_loop() {
        let mut markov = Markov::new(6);
        for n in 0..120 {
            markov.learn(if n % 11 == 10 { 5 } else { n % 4 });
        }
        // ... 0 1 2 3, then 5 where a 0 was due: 1 is next all the same.
        for f in [0, 1, 2, 3, 5] {
            markov.learn(f);
        }
        let likeliest = markov.next();
        assert_eq!(likeliest[0].0, 1, "{likeliest:?}");
        let sum: f64 = likeliest.iter().map(|(_, p)| p).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{sum}");
    }
}
