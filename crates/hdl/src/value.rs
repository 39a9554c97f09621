// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Values of constants: whole numbers of up to 120 bits with their width and sign, and texts.

/// A constant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Int(Int),
    Text(String),
}

/// A whole number as Verilog knows it; VHDL's integers are signed ones of 32 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Int {
    /// Within the width, sign-extended when signed.
    pub(crate) value: i128,
    pub(crate) width: u32,
    pub(crate) signed: bool,
}

/// Wider numbers are not evaluated.
pub(crate) const MOST_BITS: u32 = 120;

impl Int {
    /// A plain number of 32 bits, with a sign.
    pub(crate) fn integer(value: i128) -> Self {
        Self { value, width: 32, signed: true }
    }

    /// One bit, without a sign.
    pub(crate) fn bit(value: bool) -> Self {
        Self { value: value.into(), width: 1, signed: false }
    }

    /// Cuts to the width, as assignment does.
    pub(crate) fn wrapped(value: i128, width: u32, signed: bool) -> Result<Self, String> {
        if width == 0 || width > MOST_BITS {
            return Err(format!("numbers of {width} bits are not evaluated"));
        }
        let mask = (1_i128 << width) - 1;
        let mut cut = value & mask;
        if signed && cut >> (width - 1) != 0 {
            cut -= 1_i128 << width;
        }
        Ok(Self { value: cut, width, signed })
    }

    /// Takes a computed value: a signed one must fit. What leaves 32 signed bits is left open by the language ("at least 32 bits").
    pub(crate) fn computed(value: Option<i128>, width: u32, signed: bool) -> Result<Self, String> {
        let value = value.ok_or("a value is too large")?;
        let wrapped = Self::wrapped(value, width, signed)?;
        if signed && wrapped.value != value {
            return Err(format!("a value leaves {width} bits"));
        }
        Ok(wrapped)
    }

    /// The bits, without sign.
    pub(crate) fn bits(self) -> i128 {
        self.value & ((1_i128 << self.width) - 1)
    }

    /// A literal of Verilog: `12`, `8'hff`, `'sd3`.
    pub(crate) fn verilog(text: &str) -> Result<Self, String> {
        let not = || format!("`{text}` is no whole number");
        let Some((size, based)) = text.split_once('\'') else {
            let digits: String = text.chars().filter(|c| *c != '_').collect();
            let value: i128 = digits.parse().map_err(|_| not())?;
            return Self::computed(Some(value), 32, true);
        };
        let signed = based.starts_with(['s', 'S']);
        let based = based.trim_start_matches(['s', 'S']);
        let base = match based.chars().next().map(|c| c.to_ascii_lowercase()) {
            Some('b') => 2,
            Some('o') => 8,
            Some('d') => 10,
            Some('h') => 16,
            _ => return Err(not()),
        };
        let digits: String = based[1..].chars().filter(|c| *c != '_').collect();
        let value = i128::from_str_radix(&digits, base).map_err(|_| not())?;
        let width = match size.replace('_', "") {
            s if s.is_empty() => 32,
            s => s.parse().map_err(|_| not())?,
        };
        let out = Self::wrapped(value, width, signed)?;
        // A number that does not fit its size is cut by the language; who writes it means something else.
        if out.bits() != value {
            return Err(format!("`{text}` does not fit its size"));
        }
        Ok(out)
    }

    /// A literal of VHDL: `12`, `1e3`, `16#ff#`.
    pub(crate) fn vhdl(text: &str) -> Result<Self, String> {
        let not = || format!("`{text}` is no whole number");
        let plain: String = text.chars().filter(|c| *c != '_').collect();
        let value = if let Some((base, digits)) = plain.split_once('#') {
            let base: u32 = base.parse().ok().filter(|b| (2..=16).contains(b)).ok_or_else(not)?;
            i128::from_str_radix(digits.trim_end_matches('#'), base).map_err(|_| not())?
        } else if let Some((digits, power)) = plain.split_once(['e', 'E']) {
            let digits: i128 = digits.parse().map_err(|_| not())?;
            let power: u32 =
                power.trim_start_matches('+').parse().ok().filter(|p| *p < 20).ok_or_else(not)?;
            digits.checked_mul(10_i128.pow(power)).ok_or_else(not)?
        } else {
            plain.parse().map_err(|_| not())?
        };
        Self::computed(Some(value), 32, true)
    }
}

impl Value {
    /// The number; a text is none.
    pub(crate) fn int(&self) -> Result<Int, String> {
        match self {
            Self::Int(int) => Ok(*int),
            Self::Text(text) => Err(format!("the text {text:?} is no number")),
        }
    }

    pub(crate) fn truth(&self) -> Result<bool, String> {
        Ok(self.int()?.value != 0)
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Int(int) => write!(f, "{}", int.value),
            Self::Text(text) => write!(f, "{text:?}"),
        }
    }
}
