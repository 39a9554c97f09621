// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Values of constant expressions of Verilog, with the widths and signs that the language gives every operand (IEEE 1800-2017, 11.6 to 11.8).
//!
//! What is not certain is an error with its reason: numbers of more than 120 bits, `x` and `z`, reals, signed results that leave their
//! width (32 bits are the least that the language asks of a tool), functions that do more than this reader follows.

use crate::Language;
use crate::expr::{Cast, Expr};
use crate::function;
pub(crate) use crate::resolve::resolve;
use crate::scope::{Entry, Packages, Param, Scope};
use crate::types::{Resolved, TypeExpr};
use crate::value::{Int, Value};
use crate::vhdl::eval as vhdl;

/// Evaluates an expression on its own.
pub(crate) fn value(expr: &Expr, scope: &Scope<'_>, packages: &Packages) -> Result<Value, String> {
    assigned(expr, 0, scope, packages)
}

/// Evaluates an expression that is assigned to something of `width` bits, which widens its operands.
pub(crate) fn assigned(
    expr: &Expr,
    width: u32,
    scope: &Scope<'_>,
    packages: &Packages,
) -> Result<Value, String> {
    let outermost = packages.depth.get() == 0;
    if outermost {
        packages.steps.set(0);
    }
    if packages.depth.get() > 40 {
        return Err("functions call each other too deeply".into());
    }
    packages.depth.set(packages.depth.get() + 1);
    let env = Env { scope, packages };
    let found = match scope.language {
        Language::Verilog => env.value(expr, width),
        Language::Vhdl => vhdl::value(expr, scope, packages),
    };
    packages.depth.set(packages.depth.get() - 1);
    found
}

/// Which arm of a `case` is taken: all its expressions are compared in the width of the widest, as signed ones when all are (IEEE 1800-2017, 12.5).
pub(crate) fn arm<'e>(
    of: &'e Expr,
    arms: impl Iterator<Item = &'e [Expr]> + Clone,
    scope: &Scope<'_>,
    packages: &Packages,
) -> Result<Option<usize>, String> {
    let first = value(of, scope, packages)?;
    let by_value = scope.language == Language::Vhdl || matches!(first, Value::Text(_));
    let env = Env { scope, packages };
    let (mut width, mut signed) = (0, true);
    if !by_value {
        for expr in std::iter::once(of).chain(arms.clone().flatten()) {
            let size = env.size(expr)?;
            (width, signed) = (width.max(size.0), signed && size.1);
        }
    }
    for (i, values) in arms.enumerate() {
        for expr in values {
            let equal = if by_value {
                value(expr, scope, packages)? == first
            } else {
                env.within(expr, width, signed)?.value == env.within(of, width, signed)?.value
            };
            if equal {
                return Ok(Some(i));
            }
        }
    }
    Ok(None)
}

/// The whole number that an expression stands for.
pub(crate) fn number(expr: &Expr, scope: &Scope<'_>, packages: &Packages) -> Result<i64, String> {
    let value = value(expr, scope, packages)?.int()?.value;
    i32::try_from(value).map(i64::from).map_err(|_| "a value leaves 32 bits".into())
}

/// The value of a parameter: its default or `over`, in its declared type.
pub(crate) fn parameter(
    param: &Param,
    over: Option<&Result<Value, String>>,
    scope: &Scope<'_>,
    packages: &Packages,
) -> Result<Value, String> {
    let of = param.of.as_ref().filter(|_| scope.language == Language::Verilog);
    if let Some(TypeExpr::Sign(signed)) = of {
        let plain = Param { of: None, ..param.clone() };
        let int = parameter(&plain, over, scope, packages)?.int()?;
        return Int::wrapped(int.value, int.width, *signed).map(Value::Int);
    }
    let of = of.map(|of| resolve(of, scope, packages));
    let width = of.as_ref().and_then(|of| of.width().ok()).and_then(|w| u32::try_from(w).ok()).unwrap_or(0);
    let found = match (over, &param.value) {
        (Some(given), _) => given.clone(),
        (None, Some(expr)) => assigned(expr, width, scope, packages),
        (None, None) => Err("a parameter without a value".into()),
    };
    let Some(of) = of else { return found };
    match (of, found?) {
        (Resolved::Text, Value::Text(text)) => Ok(Value::Text(text)),
        (Resolved::Unknown(why), _) => Err(why),
        (of, Value::Text(text)) => {
            // A vector that holds a text: it is compared as a text.
            if of.width()? >= 8 * text.len() as u64 {
                Ok(Value::Text(text))
            } else {
                Err("a text does not fit".into())
            }
        }
        (of, Value::Int(int)) => {
            let width = u32::try_from(of.width()?).map_err(|_| "too wide")?;
            let cut = Int::wrapped(int.value, width, of.signed())?;
            if cut.value == int.value {
                Ok(Value::Int(cut))
            } else {
                Err("its value does not fit its declared range".into())
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Env<'a> {
    scope: &'a Scope<'a>,
    packages: &'a Packages,
}

/// What one evaluation may cost, in operations.
const MOST_STEPS: u32 = 400_000;

impl Env<'_> {
    fn spend(&self) -> Result<(), String> {
        let steps = self.packages.steps.get() + 1;
        self.packages.steps.set(steps);
        if steps > MOST_STEPS { Err("the expression takes too long to work out".into()) } else { Ok(()) }
    }

    fn value(&self, expr: &Expr, width: u32) -> Result<Value, String> {
        match expr {
            Expr::Value(Value::Text(text)) => Ok(Value::Text(text.clone())),
            Expr::Name(_) | Expr::Scoped(..) | Expr::Call(..) => self.leaf(expr),
            Expr::Cond(condition, yes, no) => {
                if let Ok(value @ Value::Text(_)) =
                    self.value(if self.truth(condition)? { yes } else { no }, 0)
                {
                    return Ok(value);
                }
                self.wide(expr, width)
            }
            _ => self.wide(expr, width),
        }
    }

    fn wide(&self, expr: &Expr, least: u32) -> Result<Value, String> {
        let (width, signed) = self.size(expr)?;
        self.within(expr, width.max(least), signed).map(Value::Int)
    }

    /// The number of an expression that stands on its own.
    fn int(&self, expr: &Expr) -> Result<Int, String> {
        let (width, signed) = self.size(expr)?;
        self.within(expr, width, signed)
    }

    fn truth(&self, expr: &Expr) -> Result<bool, String> {
        Ok(self.int(expr)?.value != 0)
    }

    fn leaf(&self, expr: &Expr) -> Result<Value, String> {
        self.spend()?;
        match expr {
            Expr::Value(value) => Ok(value.clone()),
            Expr::Name(name) => match self.scope.find(name) {
                Some((Entry::Value(Ok(value)), _)) => Ok(value.clone()),
                Some((Entry::Value(Err(why)), _)) => Err(format!("`{name}`: {why}")),
                Some(_) => Err(format!("`{name}` is no constant")),
                None => Err(self.scope.why_not(name)),
            },
            Expr::Scoped(package, name) => {
                let Some(found) = self.packages.get(package) else {
                    return Err(format!("package {package} is not among the sources"));
                };
                match found.own(name) {
                    Some(Entry::Value(Ok(value))) => Ok(value.clone()),
                    Some(Entry::Value(Err(why))) => Err(format!("`{package}::{name}`: {why}")),
                    _ => Err(format!("`{name}` is no constant of package {package}")),
                }
            }
            Expr::Call(callee, arguments) => self.call(callee, arguments),
            _ => self.int(expr).map(Value::Int),
        }
    }

    fn call(&self, callee: &Expr, arguments: &[Expr]) -> Result<Value, String> {
        if let Expr::Name(name) = callee
            && name.starts_with('$')
        {
            let [argument] = arguments else { return Err(format!("`{name}` is not evaluated")) };
            return match name.as_str() {
                "$clog2" => {
                    let n = self.value(argument, 0)?.int()?;
                    let n = u128::try_from(n.value)
                        .map_err(|_| "`$clog2` of something that is no natural number")?;
                    let bits = if n <= 1 { 0 } else { 128 - (n - 1).leading_zeros() };
                    Ok(Value::Int(Int::integer(bits.into())))
                }
                "$signed" | "$unsigned" => {
                    let int = self.int(argument)?;
                    Int::wrapped(int.value, int.width, name == "$signed").map(Value::Int)
                }
                "$bits" => {
                    if let Some(of) = self.type_named(argument) {
                        return Ok(Value::Int(Int::integer(of.width()?.into())));
                    }
                    Ok(Value::Int(Int::integer(self.size(argument)?.0.into())))
                }
                _ => Err(format!("`{name}` is not evaluated")),
            };
        }
        let (found, package, name) = match callee {
            Expr::Name(name) => (self.scope.find(name).map(|(e, s)| (e.clone(), s)), None, name),
            Expr::Scoped(package, name) => {
                let scope = self
                    .packages
                    .get(package)
                    .ok_or_else(|| format!("package {package} is not among the sources"))?;
                (None, Some(scope), name)
            }
            _ => return Err("a call that is not evaluated".into()),
        };
        let (entry, scope) = match (&found, &package) {
            (Some((entry, scope)), _) => (Some(entry.clone()), *scope),
            (None, Some(package)) => (package.own(name).cloned(), &**package),
            (None, None) => (None, self.scope),
        };
        let Some(Entry::Function(function)) = entry else {
            return Err(format!("`{name}` is not evaluated: {}", self.scope.why_not(name)));
        };
        let given: Vec<Value> = arguments
            .iter()
            .zip(function.widths(scope, self.packages))
            .map(|(a, width)| assigned(a, width, self.scope, self.packages))
            .collect::<Result<_, _>>()?;
        if given.len() != arguments.len() {
            return Err(format!("`{name}` is called with too many arguments"));
        }
        function::call(&function, &given, scope, self.packages)
    }

    /// The type that an expression names, when it names one.
    fn type_named(&self, expr: &Expr) -> Option<Resolved> {
        match expr {
            Expr::Name(name) => match self.scope.find(name)?.0 {
                Entry::Type(of) => Some(of.clone()),
                _ => None,
            },
            Expr::Scoped(package, name) => match self.packages.get(package)?.own(name)? {
                Entry::Type(of) => Some(of.clone()),
                _ => None,
            },
            _ => None,
        }
    }

    fn cast_size(&self, cast: &Cast, of: &Expr) -> Result<(u32, bool), String> {
        let bits = |of: Resolved| -> Result<(u32, bool), String> {
            Ok((u32::try_from(of.width()?).map_err(|_| "too wide")?, of.signed()))
        };
        match cast {
            Cast::Type(of) => bits(resolve(of, self.scope, self.packages)),
            Cast::Signed(signed) => Ok((self.size(of)?.0, *signed)),
            Cast::Width(width) => Ok((positive(self.int(width)?.value)?, self.size(of)?.1)),
            Cast::Named(package, name) => {
                let named = match package {
                    Some(package) => Expr::Scoped(package.clone(), name.clone()),
                    None => Expr::Name(name.clone()),
                };
                match self.type_named(&named) {
                    Some(of) => bits(of),
                    None => Ok((positive(self.leaf(&named)?.int()?.value)?, self.size(of)?.1)),
                }
            }
        }
    }

    /// Width and sign that an expression has by itself.
    fn size(&self, expr: &Expr) -> Result<(u32, bool), String> {
        self.spend()?;
        Ok(match expr {
            Expr::Value(Value::Int(int)) => (int.width, int.signed),
            Expr::Value(Value::Text(_)) => return Err("a text is no number".into()),
            Expr::Call(callee, _) if matches!(&**callee, Expr::Name(n) if n == "$clog2" || n == "$bits") => {
                (32, true)
            }
            Expr::TypeQuery(..) => (32, true),
            Expr::Name(_) | Expr::Scoped(..) | Expr::Call(..) => {
                let int = self.leaf(expr)?.int()?;
                (int.width, int.signed)
            }
            Expr::Unary(operator, of) => match *operator {
                "+" | "-" | "~" => self.size(of)?,
                _ => (1, false),
            },
            Expr::Binary("<<" | ">>" | "<<<" | ">>>" | "**", left, _) => self.size(left)?,
            Expr::Binary("+" | "-" | "*" | "/" | "%" | "&" | "|" | "^" | "~^" | "^~", left, right)
            | Expr::Cond(_, left, right) => {
                let (left, right) = (self.size(left)?, self.size(right)?);
                (left.0.max(right.0), left.1 && right.1)
            }
            Expr::Binary(..) | Expr::Index(..) | Expr::Fill(_) => (1, false),
            Expr::Slice(_, left, operator, right) => {
                let right = self.int(right)?.value;
                let width = if *operator == ":" { (self.int(left)?.value - right).abs() + 1 } else { right };
                (positive(width)?, false)
            }
            Expr::Concat(parts) => {
                let mut width = 0_u32;
                for part in parts {
                    width = width.saturating_add(self.size(part)?.0);
                }
                (width, false)
            }
            Expr::Repeat(count, parts) => {
                let mut width = 0_u32;
                for part in parts {
                    width = width.saturating_add(self.size(part)?.0);
                }
                (width.saturating_mul(positive(self.int(count)?.value)?), false)
            }
            Expr::Cast(cast, of) => self.cast_size(cast, of)?,
            Expr::Unknown(why) => return Err(why.clone()),
        })
    }

    /// The value of an expression whose context has `width` bits.
    fn within(&self, expr: &Expr, width: u32, signed: bool) -> Result<Int, String> {
        self.spend()?;
        let extend = |int: Int| {
            Int::wrapped(if signed { int.value } else { int.bits() }, width.max(int.width), signed)
        };
        match expr {
            Expr::Value(Value::Text(_)) => Err("a text is no number".into()),
            Expr::Fill(one) => Int::wrapped(if *one { -1 } else { 0 }, width, signed),
            Expr::Value(Value::Int(int)) => extend(*int),
            Expr::Name(_) | Expr::Scoped(..) | Expr::Call(..) => extend(self.leaf(expr)?.int()?),
            Expr::TypeQuery(query, of) => {
                let of = resolve(of, self.scope, self.packages);
                if query != "$bits" {
                    return Err(format!("`{query}` is not evaluated"));
                }
                extend(Int::integer(of.width()?.into()))
            }
            Expr::Unary(operator, of) => self.unary(operator, of, width, signed),
            Expr::Binary(operator, left, right) => self.binary(operator, left, right, width, signed),
            Expr::Cond(condition, yes, no) => {
                self.within(if self.truth(condition)? { yes } else { no }, width, signed)
            }
            Expr::Index(of, at) => {
                let (of, at) = (self.int(of)?, self.int(at)?.value);
                let at =
                    u32::try_from(at).ok().filter(|a| *a < of.width).ok_or("a bit outside of its number")?;
                extend(Int::bit(of.bits() >> at & 1 == 1))
            }
            Expr::Slice(of, left, operator, right) => {
                let of = self.int(of)?;
                let (left, right) = (self.int(left)?.value, self.int(right)?.value);
                let (high, low) = match *operator {
                    ":" => (left, right),
                    "+:" => (left + right - 1, left),
                    _ => (left, left - right + 1),
                };
                if low < 0 || high < low || high >= i128::from(of.width) {
                    return Err("bits outside of their number".into());
                }
                extend(Int::wrapped(of.bits() >> low, positive(high - low + 1)?, false)?)
            }
            Expr::Concat(parts) => extend(self.concat(parts)?),
            Expr::Repeat(count, parts) => {
                let (one, count) = (self.concat(parts)?, self.int(count)?.value);
                let total = positive(count)?.saturating_mul(one.width);
                let mut value = 0;
                for _ in 0..count {
                    if total > crate::value::MOST_BITS {
                        break;
                    }
                    value = value << one.width | one.bits();
                }
                extend(Int::wrapped(value, total, false)?)
            }
            Expr::Cast(cast, of) => {
                let (to, sign) = self.cast_size(cast, of)?;
                let inner = if let Expr::Fill(one) = of.as_ref() {
                    Int::wrapped(if *one { -1 } else { 0 }, to, sign)?
                } else {
                    // Whether the width of a cast widens its operands is read in two ways (IEEE 1800-2017, 6.24.1); where it matters nothing is said.
                    let (width, signed) = self.size(of)?;
                    let alone = self.within(of, width, signed)?;
                    let widened = self.within(of, width.max(to), signed)?;
                    if Int::wrapped(alone.value, to, sign)? != Int::wrapped(widened.value, to, sign)? {
                        return Err("a cast of something that leaves its width".into());
                    }
                    alone
                };
                extend(Int::wrapped(inner.value, to, sign)?)
            }
            Expr::Unknown(why) => Err(why.clone()),
        }
    }

    fn concat(&self, parts: &[Expr]) -> Result<Int, String> {
        let (mut value, mut width) = (0_i128, 0_u32);
        for part in parts {
            let int = self.int(part)?;
            width += int.width;
            if width > crate::value::MOST_BITS {
                return Err(format!("numbers of {width} bits are not evaluated"));
            }
            value = value << int.width | int.bits();
        }
        Int::wrapped(value, width, false)
    }

    fn unary(&self, operator: &str, of: &Expr, width: u32, signed: bool) -> Result<Int, String> {
        let bit = |value: bool| Int::wrapped(value.into(), width, signed);
        match operator {
            "+" => self.within(of, width, signed),
            "-" => Int::computed_or_wrapped(-self.within(of, width, signed)?.value, width, signed),
            "~" => Int::wrapped(!self.within(of, width, signed)?.value, width, signed),
            "!" => bit(!self.truth(of)?),
            _ => {
                let int = self.int(of)?;
                let (ones, bits) = (int.bits().count_ones(), int.width);
                match operator {
                    "&" => bit(ones == bits),
                    "~&" => bit(ones != bits),
                    "|" => bit(ones != 0),
                    "~|" => bit(ones == 0),
                    "^" => bit(ones % 2 == 1),
                    _ => bit(ones % 2 == 0),
                }
            }
        }
    }

    fn binary(
        &self,
        operator: &str,
        left: &Expr,
        right: &Expr,
        width: u32,
        signed: bool,
    ) -> Result<Int, String> {
        let bit = |value: bool| Int::wrapped(value.into(), width.max(1), signed);
        match operator {
            "&&" | "||" => {
                let short = operator == "||";
                // One side alone can decide; what the other is does not matter then.
                match (self.logical(left), self.logical(right)) {
                    (Ok(value), _) | (_, Ok(value)) if value == short => return bit(short),
                    (Ok(a), Ok(b)) => return bit(if short { a || b } else { a && b }),
                    (Err(why), _) | (_, Err(why)) => return Err(why),
                }
            }
            "==" | "!=" | "===" | "!==" | "<" | "<=" | ">" | ">=" => {
                if let (Ok(Value::Text(a)), Ok(Value::Text(b))) = (self.value(left, 0), self.value(right, 0))
                {
                    return match operator {
                        "==" | "===" => bit(a == b),
                        "!=" | "!==" => bit(a != b),
                        _ => Err("texts are not ordered here".into()),
                    };
                }
                let (l, r) = (self.size(left)?, self.size(right)?);
                let (bits, sign) = (l.0.max(r.0), l.1 && r.1);
                let (a, b) = (self.within(left, bits, sign)?.value, self.within(right, bits, sign)?.value);
                return bit(match operator {
                    "==" | "===" => a == b,
                    "!=" | "!==" => a != b,
                    "<" => a < b,
                    "<=" => a <= b,
                    ">" => a > b,
                    _ => a >= b,
                });
            }
            _ => {}
        }
        let a = self.within(left, width, signed)?;
        if matches!(operator, "<<" | ">>" | "<<<" | ">>>" | "**") {
            let count = self.int(right)?.value;
            let count = u32::try_from(count).map_err(|_| "a negative exponent or shift".to_owned())?;
            return match operator {
                "**" => Int::checked(a.value.checked_pow(count), width, signed),
                "<<" | "<<<" if count >= width => Int::computed_or_wrapped(0, width, signed),
                "<<" | "<<<" if a.width + count > crate::value::MOST_BITS => {
                    Err("a value is too large".into())
                }
                "<<" | "<<<" => Int::computed_or_wrapped(a.value << count, width, signed),
                ">>>" if signed => Int::wrapped(a.value >> count.min(126), width, signed),
                _ => Int::wrapped(a.bits() >> count.min(126), width, signed),
            };
        }
        let b = self.within(right, width, signed)?;
        match operator {
            "&" => Int::wrapped(a.value & b.value, width, signed),
            "|" => Int::wrapped(a.value | b.value, width, signed),
            "^" => Int::wrapped(a.value ^ b.value, width, signed),
            "~^" | "^~" => Int::wrapped(!(a.value ^ b.value), width, signed),
            "+" => Int::checked(a.value.checked_add(b.value), width, signed),
            "-" => Int::checked(a.value.checked_sub(b.value), width, signed),
            "*" => Int::checked(a.value.checked_mul(b.value), width, signed),
            "/" => Int::checked(a.value.checked_div(b.value), width, signed),
            "%" => Int::checked(a.value.checked_rem(b.value), width, signed),
            other => Err(format!("`{other}` is not evaluated")),
        }
    }

    fn logical(&self, expr: &Expr) -> Result<bool, String> {
        self.truth(expr)
    }
}

fn positive(width: i128) -> Result<u32, String> {
    u32::try_from(width).ok().filter(|w| *w > 0).ok_or_else(|| "a width that is not positive".into())
}

impl Int {
    /// Signed results must fit; unsigned ones wrap, as the language says.
    fn computed_or_wrapped(value: i128, width: u32, signed: bool) -> Result<Int, String> {
        if signed { Int::computed(Some(value), width, true) } else { Int::wrapped(value, width, false) }
    }

    fn checked(value: Option<i128>, width: u32, signed: bool) -> Result<Int, String> {
        Int::computed_or_wrapped(value.ok_or("a value that cannot be worked out")?, width, signed)
    }
}
