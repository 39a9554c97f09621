// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Steps, their times, and why one fails.

use std::time::Duration;

use crate::care::{Probe, Reset};
use crate::devicetree::OverlayError;
use crate::journal::JournalError;
use crate::lease::LeaseError;
use crate::manager::ManagerError;
use crate::registers::RegisterError;

/// A step, for logs and timings, in the order of a swap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Leases revoked, other processes found to hold none.
    StopUsers,
    /// The old module's device-tree overlay removed.
    RemoveOverlay,
    /// Shutdown managers drained.
    Drain,
    /// Decouplers closed, read back.
    Decouple,
    /// Reset asserted.
    Reset,
    /// Clearing image loaded.
    Clear,
    /// Image loaded, and the device says that it operates.
    Load,
    /// Reset released.
    Release,
    /// Decouplers opened, then shutdown managers; read back.
    Couple,
    /// Id register looked at.
    Probe,
    /// The new module's device-tree overlay applied.
    InsertOverlay,
    /// Record written.
    Record,
}

impl Step {
    /// Name for machines.
    pub const fn id(self) -> &'static str {
        match self {
            Self::StopUsers => "stop-users",
            Self::RemoveOverlay => "remove-overlay",
            Self::Drain => "drain",
            Self::Decouple => "decouple",
            Self::Reset => "reset",
            Self::Clear => "clear",
            Self::Load => "load",
            Self::Release => "release",
            Self::Couple => "couple",
            Self::Probe => "probe",
            Self::InsertOverlay => "insert-overlay",
            Self::Record => "record",
        }
    }
}

/// A step that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Step.
    pub step: Step,
    /// How long it took.
    pub took: Duration,
}

/// How long, and how, to isolate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manner {
    /// Longest wait for transactions to end.
    pub drain_deadline: Duration,
    /// The caller isolates the region; registers of isolation IP are left alone.
    pub by_caller: bool,
    /// The region's reset.
    pub reset: Option<Reset>,
    /// What the new module must answer once it is coupled.
    pub probe: Option<Probe>,
}

/// Why a step failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum StepError {
    /// Somebody does not let go.
    Users(LeaseError),
    /// Isolation IP without a register, and the caller did not say that it isolates.
    NoRegister {
        /// Path of the IP.
        path: &'static str,
    },
    /// A register cannot be reached.
    Register(RegisterError),
    /// Transactions did not end in time.
    NotDrained {
        /// Path of the shutdown manager.
        path: &'static str,
        /// What it read last; 0xF is drained.
        actual: u32,
        /// How long was waited.
        waited: Duration,
    },
    /// A register does not read as written.
    ReadBack {
        /// Path of the IP.
        path: &'static str,
        /// Expected.
        expected: u32,
        /// Actual.
        actual: u32,
    },
    /// The manager failed.
    Manager(ManagerError),
    /// Another module answers than the one that was loaded.
    Probed {
        /// Register.
        address: u64,
        /// Expected, masked.
        expected: u32,
        /// Actual, masked.
        actual: u32,
    },
    /// The journal could not be written.
    Journal(JournalError),
    /// The overlay could not be removed or applied.
    Overlay(OverlayError),
}

impl std::fmt::Display for StepError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Users(e) => e.fmt(f),
            Self::NoRegister { path } => write!(
                f,
                "{path} has no register: it hangs on a pin (a GPIO, usually). Drive it yourself and set \
                 Options::isolated_by_caller"
            ),
            Self::Register(e) => e.fmt(f),
            Self::NotDrained { path, actual, waited } => write!(
                f,
                "{path} did not drain within {waited:?}: expected 0xf, actual {actual:#x}. Something still uses the region"
            ),
            Self::ReadBack { path, expected, actual } => {
                write!(f, "{path} does not read as written: expected {expected:#x}, actual {actual:#x}")
            }
            Self::Manager(e) => e.fmt(f),
            Self::Probed { address, expected, actual } => write!(
                f,
                "register {address:#x} of the loaded module: expected {expected:#x}, actual {actual:#x}; another module \
                 answers, or none"
            ),
            Self::Journal(e) => e.fmt(f),
            Self::Overlay(e) => e.fmt(f),
        }
    }
}

impl std::error::Error for StepError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Users(e) => Some(e),
            Self::Register(e) => Some(e),
            Self::Manager(e) => Some(e),
            Self::Journal(e) => Some(e),
            Self::Overlay(e) => Some(e),
            _ => None,
        }
    }
}

impl From<RegisterError> for StepError {
    fn from(e: RegisterError) -> Self {
        Self::Register(e)
    }
}

/// A failed step: what is left is only the way out.
#[derive(Debug)]
pub struct Failed {
    /// Why.
    pub error: StepError,
    /// True when the region is as it was before: a coupled one coupled with its old module, a closed one closed with the
    /// content that it had.
    pub undone: bool,
    /// Steps made before.
    pub events: Vec<Event>,
}
