// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A load that failed: why, and what is left behind.

use std::path::PathBuf;

use crate::check::CheckError;
use crate::journal::JournalError;
use crate::lease::LeaseError;
use crate::sha256::hex;
use crate::swap::{Event, StepError};

/// Why nothing was loaded.
#[derive(Debug)]
#[non_exhaustive]
pub enum Reason {
    /// The kit has no such partition or module.
    NoSuch {
        /// `partition` or `module`.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// A kit of the stand-in, on a device.
    Simulated,
    /// The kit's gates did not all pass.
    Unproven {
        /// The kit's verdict.
        verdict: &'static str,
    },
    /// A file of the kit cannot be read.
    File {
        /// File.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The image was refused.
    Refused {
        /// Its path in the kit.
        path: String,
        /// Why.
        error: CheckError,
    },
    /// The manager does not take this byte order.
    Order {
        /// The image's.
        order: &'static str,
        /// The manager.
        manager: String,
    },
    /// Somebody else loads images here.
    Rival(String),
    /// The journal's static does not answer: somebody loaded another full image.
    StaticSilent {
        /// Register.
        address: u64,
        /// Expected, masked.
        expected: u32,
        /// Actual, masked.
        actual: u32,
    },
    /// A load failed that was not ours: somebody else loads images, and any region may be hit.
    Foreign {
        /// What the manager says.
        state: String,
    },
    /// A region cannot be used.
    Lease(LeaseError),
    /// Nobody knows which static runs.
    StaticUnknown,
    /// Another static runs.
    StaticDiffers {
        /// The kit's.
        expected: [u8; 32],
        /// The one that was loaded.
        actual: [u8; 32],
    },
    /// UltraScale: the clearing image of what is in the region is not known.
    ClearUnknown {
        /// Why.
        why: String,
    },
    /// The journal cannot be used.
    Journal(JournalError),
    /// A step failed.
    Step(StepError),
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoSuch { what, name } => write!(f, "the kit has no {what} \"{name}\""),
            Self::Simulated => f.write_str(
                "this kit is SIMULATED: its images were made by the stand-in, not by Vivado, and configure no device",
            ),
            Self::Unproven { verdict } => write!(
                f,
                "the gates of this kit say \"{verdict}\", expected \"passed\"; see its README.txt, or set \
                 Options::accept_unproven"
            ),
            Self::File { path, error } => write!(f, "{}: {error}", path.display()),
            Self::Refused { path, error } => write!(f, "{path} is refused: {error}"),
            Self::Order { order, manager } => write!(
                f,
                "the image is in {order} order, which {manager} does not take (a Zynq-7000 would accept it in silence \
                 and change nothing); load the .bin of the kit"
            ),
            Self::Rival(who) => {
                write!(f, "{who} loads images on this machine too: stop it first, or set Options::accept_rivals")
            }
            Self::StaticSilent { address, expected, actual } => write!(
                f,
                "the static's register {address:#x}: expected {expected:#x}, actual {actual:#x}. Somebody loaded another \
                 full image; every region is unknown now. Load the full image of this kit"
            ),
            Self::Foreign { state } => write!(
                f,
                "the FPGA manager says \"{state}\", and the load that failed so was not one of ours: somebody else loads \
                 images here. Every region is unknown now. Stop it, then load the full image of this kit"
            ),
            Self::Lease(e) => e.fmt(f),
            Self::StaticUnknown => f.write_str(
                "it is not known which static runs: load the full image of this kit first, or, if the boot loader did, \
                 set Options::static_is_running",
            ),
            Self::StaticDiffers { expected, actual } => write!(
                f,
                "another static runs: expected {}, actual {}",
                hex(expected),
                hex(actual)
            ),
            Self::ClearUnknown { why } => write!(
                f,
                "the module in the region must be cleared first, and its clearing image is not known: {why}. Load the \
                 full image of the kit"
            ),
            Self::Journal(e) => e.fmt(f),
            Self::Step(e) => e.fmt(f),
        }
    }
}

/// What a failure leaves in the region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Left {
    /// What was there before, as it was.
    AsBefore,
    /// Nobody knows; decoupled, and recorded as unknown.
    Unknown,
    /// A module that is known, decoupled: the blank that was loaded instead, or one that could not be used.
    Parked(String),
    /// The power-up module: the caller allowed to load the full image again.
    Reloaded,
}

/// A load that failed, and what is left behind.
#[derive(Debug)]
pub struct LoadFailure {
    /// Why.
    pub reason: Box<Reason>,
    /// False: the region is as it was. True: it is not, and closed; see [`LoadFailure::left`].
    pub touched: bool,
    /// What is left behind.
    pub left: Left,
    /// Steps made before the failure.
    pub events: Vec<Event>,
}

impl std::fmt::Display for LoadFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let left = match &self.left {
            Left::AsBefore if matches!(*self.reason, Reason::Step(_)) => "the region is as it was".to_owned(),
            Left::AsBefore => "nothing was touched".to_owned(),
            Left::Unknown => "the region is left decoupled and recorded as unknown".to_owned(),
            Left::Parked(module) => format!("the region holds {module} and is left decoupled"),
            Left::Reloaded => {
                "the full image was loaded again; every region holds its power-up module".to_owned()
            }
        };
        write!(f, "{} ({left})", self.reason)
    }
}

impl std::error::Error for LoadFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &*self.reason {
            Reason::Refused { error, .. } => Some(error),
            Reason::Journal(error) => Some(error),
            Reason::Step(error) => Some(error),
            _ => None,
        }
    }
}

impl From<Reason> for LoadFailure {
    fn from(reason: Reason) -> Self {
        Self { reason: Box::new(reason), touched: false, left: Left::AsBefore, events: Vec::new() }
    }
}

impl From<LeaseError> for LoadFailure {
    fn from(error: LeaseError) -> Self {
        Reason::Lease(error).into()
    }
}

impl From<JournalError> for LoadFailure {
    fn from(error: JournalError) -> Self {
        Reason::Journal(error).into()
    }
}
