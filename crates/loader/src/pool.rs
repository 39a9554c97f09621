// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! More functions than partitions, on a device: a policy, a queue and a predictor around what swaps.
//!
//! A *function* is a module that every partition of the pool has an image of (the same name in each). [`Pool::acquire`] brings
//! one in and says where; [`Pool::ahead`] loads what is expected next while the port is idle; [`Pool::prefetch`] reads and
//! checks the images of what is expected into memory, which saves more than any policy where files come from an SD card.
//! Requests that may wait go through [`Pool::push`] and [`Pool::serve`].
//!
//! What it does not know: how long a caller computes, and whether it still does. The caller says so ([`Pool::pin`], the
//! arguments of [`Pool::ahead`]); a lease that is pinned makes a swap fail as busy whatever the pool thinks.

use std::time::{Duration, Instant};

use crate::failure::LoadFailure;
use crate::journal::RegionRecord;
use crate::kit::Kit;
use crate::loader::{Loader, Outcome};
use crate::manager::FpgaManager;
use crate::policy::{Admission, Policy, Queue, Request, Slots};
use crate::registers::Registers;

/// What a pool swaps through: a [`Loader`], or an overlay that also follows with its drivers.
pub trait Swapper {
    /// Why a swap fails.
    type Error: std::error::Error;
    /// The kit.
    fn kit(&self) -> &'static Kit;
    /// The module that a partition holds and that may be used.
    ///
    /// # Errors
    /// The journal's.
    fn held(&self, partition: &str) -> Result<Option<String>, Self::Error>;
    /// Puts a module into a partition.
    ///
    /// # Errors
    /// Why it is not there now.
    fn swap(&mut self, partition: &str, module: &str) -> Result<Outcome, Self::Error>;
    /// Reads and checks an image ahead of a swap.
    ///
    /// # Errors
    /// Why it is not good; nothing is touched.
    fn prefetch(&mut self, partition: &str, module: &str) -> Result<(), Self::Error>;
    /// Lets a prefetched image go.
    fn forget(&mut self, partition: &str, module: &str);
}

impl<M: FpgaManager, R: Registers> Swapper for Loader<M, R> {
    type Error = LoadFailure;
    fn kit(&self) -> &'static Kit {
        self.kit()
    }
    fn held(&self, partition: &str) -> Result<Option<String>, LoadFailure> {
        Ok(match self.region(partition)? {
            Some(RegionRecord::Loaded(module)) => Some(module.name),
            Some(_) => None,
            None => self.kit().partition(partition).and_then(|p| p.power_up).map(str::to_owned),
        })
    }
    fn swap(&mut self, partition: &str, module: &str) -> Result<Outcome, LoadFailure> {
        Loader::swap(self, partition, module)
    }
    fn prefetch(&mut self, partition: &str, module: &str) -> Result<(), LoadFailure> {
        Loader::prefetch(self, partition, module)
    }
    fn forget(&mut self, partition: &str, module: &str) {
        Loader::forget(self, partition, module);
    }
}

impl<S: Swapper + ?Sized> Swapper for &mut S {
    type Error = S::Error;
    fn kit(&self) -> &'static Kit {
        (**self).kit()
    }
    fn held(&self, partition: &str) -> Result<Option<String>, S::Error> {
        (**self).held(partition)
    }
    fn swap(&mut self, partition: &str, module: &str) -> Result<Outcome, S::Error> {
        (**self).swap(partition, module)
    }
    fn prefetch(&mut self, partition: &str, module: &str) -> Result<(), S::Error> {
        (**self).prefetch(partition, module)
    }
    fn forget(&mut self, partition: &str, module: &str) {
        (**self).forget(partition, module);
    }
}

/// Why a function is not there.
#[derive(Debug)]
#[non_exhaustive]
pub enum PoolError<E> {
    /// The partitions have no module in common, or one of them does not exist.
    NothingFits {
        /// Partitions asked for.
        partitions: Vec<String>,
    },
    /// No such function.
    NoSuch {
        /// Asked for.
        function: String,
        /// What there is.
        known: Vec<&'static str>,
    },
    /// Every partition is pinned.
    AllPinned,
    /// The swap failed; what the partition holds is not known to the pool any more.
    Swap(E),
}

impl<E: std::fmt::Display> std::fmt::Display for PoolError<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NothingFits { partitions } => write!(
                f,
                "partitions {}: there is no module that all of them have an image of",
                partitions.join(", ")
            ),
            Self::NoSuch { function, known } => {
                write!(
                    f,
                    "no function \"{function}\" fits every partition; those that do: {}",
                    known.join(", ")
                )
            }
            Self::AllPinned => f.write_str("every partition is pinned: none can take another module"),
            Self::Swap(error) => error.fmt(f),
        }
    }
}

impl<E: std::error::Error + 'static> std::error::Error for PoolError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Swap(error) => Some(error),
            _ => None,
        }
    }
}

/// A function that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acquired {
    /// Its name.
    pub function: &'static str,
    /// Where.
    pub partition: &'static str,
    /// What went for it.
    pub evicted: Option<&'static str>,
    /// What the swap did.
    pub outcome: Outcome,
}

/// The end of a request.
#[derive(Debug)]
pub enum Served<E> {
    /// Its function is there.
    Ready(Request, Acquired),
    /// It could not have begun in time, so nothing was loaded.
    Late(Request),
    /// Its function is not there.
    Failed(Request, PoolError<E>),
}

/// Partitions of one kind.
#[derive(Debug)]
pub struct Pool<S> {
    swapper: S,
    partitions: Vec<&'static str>,
    functions: Vec<&'static str>,
    bytes: Vec<u64>,
    slots: Slots,
    queue: Queue,
    began: Instant,
    bytes_per_second: f64,
    in_memory: Vec<usize>,
}

impl<S: Swapper> Pool<S> {
    /// A pool of `partitions` under `policy`; `bytes_per_second` is the port's speed (145e6: PCAP of a Zynq-7000), by which
    /// loads are weighed.
    ///
    /// # Errors
    /// [`PoolError::NothingFits`]; the journal's.
    pub fn new(
        swapper: S,
        partitions: &[&str],
        policy: Policy,
        bytes_per_second: f64,
    ) -> Result<Self, PoolError<S::Error>> {
        let kit = swapper.kit();
        let nothing =
            || PoolError::NothingFits { partitions: partitions.iter().map(|p| (*p).to_owned()).collect() };
        let found: Option<Vec<_>> = partitions.iter().map(|p| kit.partition(p)).collect();
        let found = found.filter(|p| !p.is_empty()).ok_or_else(nothing)?;
        let common = found[0]
            .modules
            .iter()
            .filter(|m| !m.greybox && found.iter().all(|p| p.module(m.name).is_some()));
        let (functions, bytes): (Vec<_>, Vec<_>) = common.map(|m| (m.name, m.image.size)).unzip();
        if functions.is_empty() {
            return Err(nothing());
        }
        let costs = bytes.iter().map(|b| *b as f64 / bytes_per_second).collect();
        let mut slots = Slots::new(policy, found.len(), costs);
        for (n, partition) in found.iter().enumerate() {
            let held = swapper.held(partition.name).map_err(PoolError::Swap)?;
            if let Some(f) = held.and_then(|name| functions.iter().position(|f| **f == name)) {
                slots.found(n, f);
            }
        }
        Ok(Self {
            swapper,
            partitions: found.iter().map(|p| p.name).collect(),
            functions,
            bytes,
            slots,
            queue: Queue::new(),
            began: Instant::now(),
            bytes_per_second,
            in_memory: Vec::new(),
        })
    }

    /// Names of the functions.
    pub fn functions(&self) -> &[&'static str] {
        &self.functions
    }

    /// What it swaps through.
    pub fn swapper(&mut self) -> &mut S {
        &mut self.swapper
    }

    /// What each partition holds, as far as the pool knows.
    pub fn held(&self) -> impl Iterator<Item = (&'static str, Option<&'static str>)> {
        let names = self.slots.held().map(|f| f.map(|f| self.functions[f]));
        self.partitions.iter().copied().zip(names)
    }

    fn number(&self, function: &str) -> Result<usize, PoolError<S::Error>> {
        self.functions
            .iter()
            .position(|f| *f == function)
            .ok_or_else(|| PoolError::NoSuch { function: function.to_owned(), known: self.functions.clone() })
    }

    /// Brings a function in, where the policy wants it, and says where.
    ///
    /// # Errors
    /// [`PoolError`].
    pub fn acquire(&mut self, function: &str) -> Result<Acquired, PoolError<S::Error>> {
        let number = self.number(function)?;
        self.acquire_number(number)
    }

    fn acquire_number(&mut self, number: usize) -> Result<Acquired, PoolError<S::Error>> {
        let (slot, evicted) = match self.slots.request(number, None) {
            Admission::Loaded { slot } => (slot, None),
            Admission::Load { slot, evicted } => (slot, evicted),
            Admission::AllPinned => return Err(PoolError::AllPinned),
        };
        self.put(slot, number, evicted)
    }

    /// Also for what is said to be there already: the loader knows better, and it costs no load.
    fn put(
        &mut self,
        slot: usize,
        number: usize,
        evicted: Option<usize>,
    ) -> Result<Acquired, PoolError<S::Error>> {
        let (partition, function) = (self.partitions[slot], self.functions[number]);
        match self.swapper.swap(partition, function) {
            Ok(outcome) => {
                let evicted = evicted.map(|f| self.functions[f]);
                Ok(Acquired { function, partition, evicted, outcome })
            }
            Err(error) => {
                self.slots.lose(slot);
                // A swap that was refused left the old module where it was.
                if let Ok(Some(held)) = self.swapper.held(partition)
                    && let Some(f) = self.functions.iter().position(|f| **f == held)
                {
                    self.slots.found(slot, f);
                }
                Err(PoolError::Swap(error))
            }
        }
    }

    /// Keeps what a partition holds, or lets it go. False: it is none of the pool's.
    pub fn pin(&mut self, partition: &str, pinned: bool) -> bool {
        let found = self.partitions.iter().position(|p| *p == partition);
        found.map(|slot| self.slots.pin(slot, pinned)).is_some()
    }

    /// Loads what is expected next, if that is worth it, into a partition that is not in `computing`. `idle`: until the next
    /// call is expected.
    ///
    /// # Errors
    /// [`PoolError::Swap`].
    pub fn ahead(
        &mut self,
        idle: Duration,
        computing: &[&str],
    ) -> Result<Option<Acquired>, PoolError<S::Error>> {
        let partitions = &self.partitions;
        let busy = |slot: usize| computing.contains(&partitions[slot]);
        match self.slots.preload(idle.as_secs_f64(), &busy) {
            None => Ok(None),
            Some(ahead) => self.put(ahead.slot, ahead.function, ahead.evicted).map(Some),
        }
    }

    /// Keeps the images of the likeliest functions in memory, as far as `bytes` reach, and lets others go. Names of those
    /// that are there now, the likeliest first.
    ///
    /// # Errors
    /// [`PoolError::Swap`] when an image is not good.
    pub fn prefetch(&mut self, bytes: usize) -> Result<Vec<&'static str>, PoolError<S::Error>> {
        let mut left = bytes as u64;
        let mut wanted = Vec::new();
        for (function, _) in self.slots.markov.next() {
            // An image for each partition: they differ.
            let needed = self.bytes[function].saturating_mul(self.partitions.len() as u64);
            if needed <= left {
                left -= needed;
                wanted.push(function);
            }
        }
        for gone in self.in_memory.iter().filter(|f| !wanted.contains(f)) {
            for partition in &self.partitions {
                self.swapper.forget(partition, self.functions[*gone]);
            }
        }
        self.in_memory.retain(|f| wanted.contains(f));
        for function in &wanted {
            if !self.in_memory.contains(function) {
                self.hint_number(*function)?;
            }
        }
        Ok(wanted.into_iter().map(|f| self.functions[f]).collect())
    }

    /// Reads and checks a function's images into memory: the caller knows that it comes.
    ///
    /// # Errors
    /// [`PoolError`].
    pub fn hint(&mut self, function: &str) -> Result<(), PoolError<S::Error>> {
        let number = self.number(function)?;
        self.hint_number(number)
    }

    fn hint_number(&mut self, number: usize) -> Result<(), PoolError<S::Error>> {
        for partition in &self.partitions {
            self.swapper.prefetch(partition, self.functions[number]).map_err(PoolError::Swap)?;
        }
        if !self.in_memory.contains(&number) {
            self.in_memory.push(number);
        }
        Ok(())
    }

    /// A request waits. `deadline`: by when it must have begun, from now on.
    ///
    /// # Errors
    /// [`PoolError::NoSuch`].
    pub fn push(
        &mut self,
        function: &str,
        priority: u8,
        deadline: Option<Duration>,
    ) -> Result<(), PoolError<S::Error>> {
        let function = self.number(function)?;
        let deadline = deadline.map(|d| self.began.elapsed() + d);
        self.queue.push(Request { function, priority, deadline });
        Ok(())
    }

    /// Requests that wait.
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// Serves the most urgent request; before it, reports one that can no longer begin in time. None: nobody waits.
    pub fn serve(&mut self) -> Option<Served<S::Error>> {
        let now = self.began.elapsed();
        let (slots, bytes, speed) = (&self.slots, &self.bytes, self.bytes_per_second);
        let load = |f: usize| Duration::from_secs_f64(bytes[f] as f64 / speed);
        let late = self.queue.overdue(now, load, |f| slots.find(f).is_some());
        let mut late = late.into_iter();
        if let Some(first) = late.next() {
            for request in late {
                // One at a time: the others are as late at the next call.
                self.queue.push(request);
            }
            return Some(Served::Late(first));
        }
        let request = self.queue.pop(|f| slots.find(f).is_some())?;
        Some(match self.acquire_number(request.function) {
            Ok(acquired) => Served::Ready(request, acquired),
            Err(error) => Served::Failed(request, error),
        })
    }
}
