// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! More functions than partitions: which module goes when another must come.
//!
//! - [`Policy`] names a replacement policy; [`Slots`] applies it and knows what is loaded where.
//! - [`Markov`] learns what follows what, for prefetching and for the cost-aware policy.
//! - [`simulate`](simulate::simulate) replays a trace of calls, so that a policy is chosen on the desk; Belady's choice,
//!   which knows the future, is the bound.
//! - [`Queue`] orders requests by priority and deadline.
//! - [`Hybrid`] is a function that answers from hardware when its module is loaded, and from software otherwise.
//!
//! The model: a function fits every partition (a kit has an image of it for each), a load occupies the port for its bytes,
//! and one port is all there is. What it leaves out: drains, resets and driver probes, which are a constant on top.

mod hybrid;
mod markov;
mod queue;
pub mod simulate;
mod slots;
pub mod trace;

pub use hybrid::{Answer, Hybrid};
pub use markov::Markov;
pub use queue::{Queue, Request};
pub use slots::{Admission, Preload, Slots};

/// Which module is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// The one that was not used for longest.
    Lru,
    /// The one that was loaded first.
    Fifo,
    /// The one whose loss costs least: seconds to load it again, times the uses that the predictor expects soon.
    CostAware,
    /// The one that is needed latest. Knows the future: only in a simulation.
    Belady,
}

impl Policy {
    /// All, in the order of reports.
    pub const ALL: [Self; 4] = [Self::Lru, Self::Fifo, Self::CostAware, Self::Belady];

    /// Name for machines.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Lru => "lru",
            Self::Fifo => "fifo",
            Self::CostAware => "cost-aware",
            Self::Belady => "belady",
        }
    }

    /// By name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.id() == name)
    }
}
