// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ports of a module and how two sets of them compare.

use serde::{Deserialize, Serialize};

/// Direction of a port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Into the module.
    Input,
    /// Out of it.
    Output,
    /// Both.
    Inout,
    /// Of each signal its own: a port that is an interface.
    PerSignal,
    /// Not read, and why.
    Unknown(String),
}

/// Range of a port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Range {
    /// One bit without an index.
    Scalar,
    /// `[left:right]`
    Vector {
        /// Index of the first bit.
        left: i64,
        /// Index of the last bit.
        right: i64,
    },
    /// A structure, record, interface or array of more dimensions. How Vivado names its bits in a netlist is not documented: it is compared with declarations
    /// of its own kind, and with a netlist's ports only by its width.
    Composite {
        /// Bits in all, where they are known.
        width: Option<u64>,
        /// The whole type, worked out.
        shape: String,
    },
    /// Not read, and why.
    Unknown(String),
}

impl Range {
    /// Bits in all, where they are known.
    pub fn width(&self) -> Option<u64> {
        match self {
            Self::Scalar => Some(1),
            Self::Vector { left, right } => Some(left.abs_diff(*right) + 1),
            Self::Composite { width, .. } => *width,
            Self::Unknown(_) => None,
        }
    }
}

/// One port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Port {
    /// Name, as written.
    pub name: String,
    /// Direction.
    pub direction: Direction,
    /// Range.
    pub range: Range,
    /// Line of its declaration in the file of its module, from 1; 0 when no line declares it.
    pub line: usize,
}

impl Port {
    /// The same declaration, wherever it stands.
    pub fn same(&self, other: &Self) -> bool {
        self.name == other.name && self.direction == other.direction && self.range == other.range
    }
}

impl std::fmt::Display for Port {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.direction {
            Direction::Input => f.write_str("input ")?,
            Direction::Output => f.write_str("output ")?,
            Direction::Inout => f.write_str("inout ")?,
            Direction::PerSignal => {}
            Direction::Unknown(_) => f.write_str("? ")?,
        }
        match &self.range {
            Range::Scalar => {}
            Range::Vector { left, right } => write!(f, "[{left}:{right}] ")?,
            Range::Composite { shape, .. } => write!(f, "{shape} ")?,
            Range::Unknown(_) => f.write_str("[?] ")?,
        }
        f.write_str(&self.name)
    }
}

/// Ports of a module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Interface {
    /// Module or entity.
    pub module: String,
    /// File that declares it, as the user names it.
    pub file: String,
    /// Ports, in order.
    pub ports: Vec<Port>,
    /// True when names are equal whatever their case (VHDL).
    pub any_case: bool,
}

impl Interface {
    /// The same ports in the same order, wherever they are declared.
    pub fn same(&self, other: &Self) -> bool {
        self.ports.len() == other.ports.len() && self.ports.iter().zip(&other.ports).all(|(a, b)| a.same(b))
    }
}

/// One certain difference: the declarations of both sides, where there is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// In the first interface.
    pub first: Option<Port>,
    /// In the second.
    pub second: Option<Port>,
}

/// How two interfaces compare.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Comparison {
    /// The same ports, each with the same direction and range.
    Equal,
    /// Not the same, for certain.
    Different(Vec<Difference>),
    /// Nothing differs for certain, but not everything could be read: why.
    Unknown(Vec<String>),
}

/// Compares two interfaces. `[7:0]` and `[0:7]` differ: Vivado would connect them bit by name, which turns the value round.
pub fn compare(first: &Interface, second: &Interface) -> Comparison {
    let any_case = first.any_case || second.any_case;
    let same_name = |a: &str, b: &str| if any_case { a.eq_ignore_ascii_case(b) } else { a == b };
    let mut differences = Vec::new();
    let mut unknown = Vec::new();
    for a in &first.ports {
        match second.ports.iter().find(|b| same_name(&a.name, &b.name)) {
            Some(b) => match judge(a, b) {
                Judged::Equal if a.name != b.name => {
                    unknown.push(format!("{} and {} differ in case only", a.name, b.name));
                }
                Judged::Equal => {}
                Judged::Different => {
                    differences.push(Difference { first: Some(a.clone()), second: Some(b.clone()) });
                }
                Judged::Unknown(why) => unknown.extend(why),
            },
            None => match spread(a, second, any_case) {
                Some(why) => unknown.push(why),
                None => differences.push(Difference { first: Some(a.clone()), second: None }),
            },
        }
    }
    for b in &second.ports {
        if !first.ports.iter().any(|a| same_name(&a.name, &b.name)) {
            match spread(b, first, any_case) {
                Some(why) => unknown.push(why),
                None => differences.push(Difference { first: None, second: Some(b.clone()) }),
            }
        }
    }
    if !differences.is_empty() {
        Comparison::Different(differences)
    } else if unknown.is_empty() {
        Comparison::Equal
    } else {
        Comparison::Unknown(unknown)
    }
}

enum Judged {
    Equal,
    Different,
    Unknown(Vec<String>),
}

fn judge(a: &Port, b: &Port) -> Judged {
    let mut unknown = Vec::new();
    let mut differs = false;
    match (&a.direction, &b.direction) {
        (Direction::Unknown(why), _) | (_, Direction::Unknown(why)) => {
            unknown.push(format!("direction of {}: {why}", a.name));
        }
        (Direction::PerSignal, y) | (y, Direction::PerSignal) if *y != Direction::PerSignal => {
            unknown.push(format!("direction of {}: an interface on one side only", a.name));
        }
        (x, y) => differs |= x != y,
    }
    match (&a.range, &b.range) {
        (Range::Unknown(why), _) | (_, Range::Unknown(why)) => {
            unknown.push(format!("range of {}: {why}", a.name));
        }
        (x @ Range::Composite { shape, .. }, y) | (y, x @ Range::Composite { shape, .. }) if x != y => {
            match (x.width(), y.width()) {
                (Some(x), Some(y)) if x != y => differs = true,
                _ => unknown.push(format!("range of {}: how the bits of {shape} are named", a.name)),
            }
        }
        (x, y) => differs |= x != y,
    }
    if differs {
        Judged::Different
    } else if unknown.is_empty() {
        Judged::Equal
    } else {
        Judged::Unknown(unknown)
    }
}

/// Whether a port that the other side has not may be there in parts: a netlist has one port for each member of a structure (`p[member]`, `p.member`, `p_member`).
fn spread(port: &Port, other: &Interface, any_case: bool) -> Option<String> {
    let fold = |name: &str| if any_case { name.to_ascii_lowercase() } else { name.to_owned() };
    let may_spread = |p: &Port| matches!(p.range, Range::Composite { .. } | Range::Unknown(_));
    let part_of = |part: &str, whole: &str| {
        fold(part)
            .strip_prefix(&fold(whole))
            .is_some_and(|rest| rest.starts_with(['[', '.', '_', '(', ' ', '\\']))
    };
    if may_spread(port)
        && let Some(part) = other.ports.iter().find(|p| part_of(&p.name, &port.name))
    {
        return Some(format!("{} may be {} and others", port.name, part.name));
    }
    let whole = other.ports.iter().find(|p| may_spread(p) && part_of(&port.name, &p.name))?;
    Some(format!("{} may be a part of {}", port.name, whole.name))
}

/// Differences as a table of two columns, each declaration with its line: what to print under a message.
pub fn side_by_side(
    first: (&str, &Interface),
    second: (&str, &Interface),
    differences: &[Difference],
) -> Vec<String> {
    let head = |(name, interface): (&str, &Interface)| {
        if interface.file == name { name.to_owned() } else { format!("{name} ({})", interface.file) }
    };
    let cell = |port: &Option<Port>| match port {
        Some(port) if port.line > 0 => format!("{:>4}: {port}", port.line),
        Some(port) => format!("      {port}"),
        None => "      (no such port)".to_owned(),
    };
    let left: Vec<String> =
        std::iter::once(head(first)).chain(differences.iter().map(|d| cell(&d.first))).collect();
    let right: Vec<String> =
        std::iter::once(head(second)).chain(differences.iter().map(|d| cell(&d.second))).collect();
    let width = left.iter().map(|l| l.chars().count()).max().unwrap_or(0);
    left.iter()
        .zip(&right)
        .map(|(l, r)| {
            let pad = " ".repeat(width - l.chars().count());
            format!("{l}{pad} | {r}").trim_end().to_owned()
        })
        .collect()
}
