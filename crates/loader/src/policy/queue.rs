// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Requests that wait for a partition: the most urgent first.

use std::time::Duration;

/// A request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// Function.
    pub function: usize,
    /// Higher goes first, whatever the deadlines.
    pub priority: u8,
    /// Time by which it must have begun, on the caller's clock; none: any time.
    pub deadline: Option<Duration>,
}

/// Waiting requests: by priority, then by deadline, then as they came. Of equals, one whose function is loaded goes first:
/// it costs no load.
#[derive(Debug, Clone, Default)]
pub struct Queue {
    waiting: Vec<(u64, Request)>,
    arrivals: u64,
}

impl Queue {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// A request waits.
    pub fn push(&mut self, request: Request) {
        self.arrivals += 1;
        self.waiting.push((self.arrivals, request));
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// True when none waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The next one. `loaded` tells what needs no load.
    pub fn pop(&mut self, loaded: impl Fn(usize) -> bool) -> Option<Request> {
        let key = |(arrival, r): &(u64, Request)| {
            let deadline = r.deadline.unwrap_or(Duration::MAX);
            (u8::MAX - r.priority, deadline, !loaded(r.function), *arrival)
        };
        let place = (0..self.waiting.len()).min_by_key(|n| key(&self.waiting[*n]))?;
        Some(self.waiting.remove(place).1)
    }

    /// Takes out every request that cannot begin in time: at `now`, when a load takes `load` and `loaded` needs none.
    pub fn overdue(
        &mut self,
        now: Duration,
        load: impl Fn(usize) -> Duration,
        loaded: impl Fn(usize) -> bool,
    ) -> Vec<Request> {
        let mut late = Vec::new();
        self.waiting.retain(|(_, r)| {
            let begins = now + if loaded(r.function) { Duration::ZERO } else { load(r.function) };
            let in_time = r.deadline.is_none_or(|d| begins <= d);
            if !in_time {
                late.push(*r);
            }
            in_time
        });
        late
    }
}

#[cfg(test)]
mod tests {
    use super::{Queue, Request};
    use std::time::Duration;

    #[test]
    fn priority_then_deadline_then_what_is_loaded() {
        let mut queue = Queue::new();
        let request = |function, priority, ms: Option<u64>| Request {
            function,
            priority,
            deadline: ms.map(Duration::from_millis),
        };
        for r in [
            request(0, 0, None),
            request(1, 0, Some(9)),
            request(2, 0, Some(5)),
            request(3, 1, None),
            request(4, 0, None),
            request(5, 0, Some(2)),
        ] {
            queue.push(r);
        }
        let late = queue.overdue(Duration::from_millis(1), |_| Duration::from_millis(3), |_| false);
        assert_eq!(late.iter().map(|r| r.function).collect::<Vec<_>>(), [5]);
        let order: Vec<usize> = std::iter::from_fn(|| queue.pop(|f| f == 4).map(|r| r.function)).collect();
        assert_eq!(order, [3, 2, 1, 4, 0]);
        assert!(queue.is_empty());
    }
}
