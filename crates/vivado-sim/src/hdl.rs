// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ports as the model of a design keeps them. HDL itself is read and elaborated by [`dfxkit_hdl`].
//!
//! A port whose range is not known is one bit here; a structure or an array of more dimensions is a plain vector of its width: how Vivado names its bits is not
//! documented, and this is the plainest.

use dfxkit_hdl::{Direction, Range};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Dir {
    In,
    Out,
    Inout,
}

impl Dir {
    /// Vivado's DIRECTION value.
    pub(crate) fn property(self) -> &'static str {
        match self {
            Self::In => "IN",
            Self::Out => "OUT",
            Self::Inout => "INOUT",
        }
    }

    pub(crate) fn verilog(self) -> &'static str {
        match self {
            Self::In => "input",
            Self::Out => "output",
            Self::Inout => "inout",
        }
    }
}

/// A port with its width worked out; `range` is `None` for a scalar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Port {
    pub(crate) name: String,
    pub(crate) dir: Dir,
    pub(crate) range: Option<(i64, i64)>,
}

impl Port {
    pub(crate) fn width(&self) -> u64 {
        self.range.map_or(1, |(l, r)| l.abs_diff(r) + 1)
    }

    /// The bits' names: `a`, or `a[3]`, `a[2]`, ... from left to right.
    pub(crate) fn bits(&self) -> Vec<String> {
        match self.range {
            None => vec![self.name.clone()],
            Some((l, r)) => {
                let (low, high) = (l.min(r), l.max(r));
                // A width beyond any device is a misread parameter, not a port to expand.
                let high = high.min(low + 4095);
                (low..=high).map(|i| format!("{}[{i}]", self.name)).collect()
            }
        }
    }

    /// The port as the reader of HDL has it.
    pub(crate) fn declared(&self) -> dfxkit_hdl::Port {
        dfxkit_hdl::Port {
            name: self.name.clone(),
            direction: match self.dir {
                Dir::In => Direction::Input,
                Dir::Out => Direction::Output,
                Dir::Inout => Direction::Inout,
            },
            range: self.range.map_or(Range::Scalar, |(left, right)| Range::Vector { left, right }),
            line: 0,
        }
    }
}

impl From<&dfxkit_hdl::Port> for Port {
    fn from(port: &dfxkit_hdl::Port) -> Self {
        let dir = match port.direction {
            Direction::Output => Dir::Out,
            Direction::Inout => Dir::Inout,
            Direction::Input | Direction::PerSignal | Direction::Unknown(_) => Dir::In,
        };
        let range = match &port.range {
            Range::Vector { left, right } => Some((*left, *right)),
            Range::Composite { width: Some(width), .. } => i64::try_from(*width).ok().map(|w| (w - 1, 0)),
            Range::Composite { width: None, .. } | Range::Scalar | Range::Unknown(_) => None,
        };
        Self { name: port.name.clone(), dir, range }
    }
}

/// Ports of a module that was read.
pub(crate) fn ports(of: &[dfxkit_hdl::Port]) -> Vec<Port> {
    of.iter().map(Port::from).collect()
}
