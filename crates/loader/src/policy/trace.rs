// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Traces of calls: read from text, or generated.
//!
//! ```text
//! # function <name> <bytes of its image>
//! function conv3x3 682404
//! function pool 151600
//! # call <name> <microseconds that it computes>
//! call conv3x3 4000
//! call pool 300
//! ```

/// A function of a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Name.
    pub name: String,
    /// Bytes of its partial image.
    pub bytes: u64,
}

/// Calls in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trace {
    /// What can be called.
    pub functions: Vec<Function>,
    /// What is called, and for how many microseconds it computes.
    pub calls: Vec<(usize, u64)>,
}

/// A line that is not of a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceError {
    /// Line, from 1.
    pub line: usize,
    /// Why.
    pub why: String,
}

impl std::fmt::Display for TraceError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

impl std::error::Error for TraceError {}

impl Trace {
    /// Reads a trace.
    ///
    /// # Errors
    /// [`TraceError`], the first line that is wrong.
    pub fn parse(text: &str) -> Result<Self, TraceError> {
        let mut trace = Self::default();
        for (n, line) in text.lines().enumerate() {
            let fail = |why: String| TraceError { line: n + 1, why };
            let line = line.split('#').next().unwrap_or("");
            let words: Vec<&str> = line.split_whitespace().collect();
            let number = |word: &str| {
                word.parse::<u64>().map_err(|_| fail(format!("expected a whole number, actual \"{word}\"")))
            };
            match words.as_slice() {
                [] => {}
                ["function", name, bytes] => {
                    if trace.functions.iter().any(|f| f.name == *name) {
                        return Err(fail(format!("function {name} is there twice")));
                    }
                    trace.functions.push(Function { name: (*name).to_owned(), bytes: number(bytes)? });
                }
                ["call", name, micros] => {
                    let function = trace.functions.iter().position(|f| f.name == *name);
                    let function = function.ok_or_else(|| fail(format!("no function {name} above")))?;
                    trace.calls.push((function, number(micros)?));
                }
                _ => {
                    return Err(fail(
                        "expected `function NAME BYTES` or `call NAME MICROSECONDS`".to_owned(),
                    ));
                }
            }
        }
        Ok(trace)
    }

    /// The layers of a convolutional network, image after image: a cycle of ten kinds of layers with repetitions, as the
    /// accelerators of the field time-multiplex them.
    pub fn cnn(images: usize) -> Self {
        let layers = [
            "conv7", "pool", "conv1", "conv3", "conv1", "add", "conv3", "pool", "conv5", "norm", "fc",
            "softmax",
        ];
        let bytes = [
            ("conv7", 900_000),
            ("conv5", 800_000),
            ("conv3", 682_404),
            ("conv1", 330_116),
            ("pool", 151_600),
            ("add", 151_600),
            ("norm", 200_000),
            ("fc", 716_000),
            ("softmax", 180_000),
        ];
        let functions: Vec<Function> =
            bytes.map(|(name, bytes)| Function { name: name.to_owned(), bytes }).into();
        let find = |name: &str| functions.iter().position(|f| f.name == name).unwrap_or(0);
        let calls = (0..images).flat_map(|_| layers.map(|l| (find(l), 3_000))).collect();
        Self { functions, calls }
    }

    /// Independent calls of 12 functions by Zipf's law with exponent 1.2.
    pub fn zipf(calls: usize, seed: u64) -> Self {
        let mut random = Random(seed);
        let weights: Vec<f64> = (1..=12).map(|k| f64::from(k).powf(-1.2)).collect();
        let total: f64 = weights.iter().sum();
        let calls = (0..calls)
            .map(|_| {
                let mut at = random.unit() * total;
                let found = weights.iter().position(|w| {
                    at -= w;
                    at < 0.0
                });
                (found.unwrap_or(0), 3_000)
            })
            .collect();
        Self { functions: numbered(12), calls }
    }

    /// Phases: for some hundred calls a working set of four or five of 12 functions, walked in a loop with one call in
    /// twelve elsewhere; then another set.
    pub fn phases(phases: usize, seed: u64) -> Self {
        let mut random = Random(seed);
        let mut calls = Vec::new();
        for _ in 0..phases {
            let size = 4 + random.below(2);
            let start = random.below(12);
            let set: Vec<usize> = (0..size).map(|n| (start + n * 5) % 12).collect();
            for n in 0..300 {
                let stray = random.below(12) == 0;
                calls.push((if stray { random.below(12) } else { set[n % size] }, 3_000));
            }
        }
        Self { functions: numbered(12), calls }
    }
}

fn numbered(count: usize) -> Vec<Function> {
    (0..count)
        .map(|n| Function { name: format!("f{n}"), bytes: 150_000 + (n as u64 * 7 % 12) * 60_000 })
        .collect()
}

/// SplitMix64: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::Trace;

    #[test]
    fn text_is_read_and_faults_are_placed() {
        let trace = Trace::parse("# x\nfunction a 100\ncall a 5 # again\n\ncall a 6\n").expect("reads");
        assert_eq!(trace.calls, [(0, 5), (0, 6)]);
        for (text, line) in
            [("call a 1", 1), ("function a 1\nfunction a 2", 2), ("\nwhat", 2), ("function a x", 1)]
        {
            assert_eq!(Trace::parse(text).expect_err("wrong").line, line, "{text}");
        }
        assert_eq!(Trace::zipf(100, 1), Trace::zipf(100, 1));
    }
}
