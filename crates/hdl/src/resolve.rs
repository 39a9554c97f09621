// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a declared type to its width and shape.

use crate::Language;
use crate::eval::number;
use crate::scope::{Entry, Packages, Scope};
use crate::types::{Dim, Field, Resolved, TypeExpr};

/// A dimension with its numbers: left and right; none when it is open.
type Bounds = Option<(i64, i64)>;

fn bounds(dim: &Dim, scope: &Scope<'_>, packages: &Packages) -> Result<Bounds, String> {
    match dim {
        Dim::Range(left, right) => {
            Ok(Some((number(left, scope, packages)?, number(right, scope, packages)?)))
        }
        // `[4]` is `[0:3]`.
        Dim::Size(size) => match number(size, scope, packages)? {
            n if n > 0 => Ok(Some((0, n - 1))),
            _ => Err("a dimension that is not positive".into()),
        },
        Dim::Directed(left, right, down) => {
            let (left, right) = (number(left, scope, packages)?, number(right, scope, packages)?);
            if (*down && left < right) || (!down && left > right) {
                return Err("an empty range".into());
            }
            Ok(Some((left, right)))
        }
        Dim::Open => Ok(None),
        Dim::Unknown(why) => Err(why.clone()),
    }
}

/// Works a type out.
pub(crate) fn resolve(of: &TypeExpr, scope: &Scope<'_>, packages: &Packages) -> Resolved {
    try_resolve(of, scope, packages).unwrap_or_else(Resolved::Unknown)
}

fn try_resolve(of: &TypeExpr, scope: &Scope<'_>, packages: &Packages) -> Result<Resolved, String> {
    let all = |dims: &[Dim]| -> Result<Vec<Bounds>, String> {
        dims.iter().map(|d| bounds(d, scope, packages)).collect()
    };
    match of {
        TypeExpr::Bits { signed, dims } => arrayed(Resolved::Scalar { signed: *signed }, &all(dims)?, true),
        TypeExpr::Atom { bits, signed } => {
            Ok(Resolved::Vector { left: i64::from(*bits) - 1, right: 0, signed: *signed })
        }
        TypeExpr::Named { package, name, dims } => {
            let found = match package {
                Some(package) => match packages.get(package) {
                    Some(scope) => scope.own(name).cloned(),
                    None => return Err(format!("type `{name}`: package {package} is not among the sources")),
                },
                None => scope.find(name).map(|(e, _)| e.clone()),
            };
            match found {
                Some(Entry::Type(base)) => arrayed(base, &all(dims)?, scope.language == Language::Verilog),
                Some(_) => Err(format!("`{name}` is no type")),
                None if package.is_none() && scope.find(&interface_key(name)).is_some() => {
                    try_resolve(&TypeExpr::Interface { name: name.clone(), modport: None }, scope, packages)
                }
                None => Err(format!("type `{name}` is not evaluated: {}", scope.why_not(name))),
            }
        }
        TypeExpr::Struct { packed, union, signed, fields, dims } => {
            let base = structure(*packed, *union, *signed, fields, scope, packages)?;
            arrayed(base, &all(dims)?, *packed)
        }
        TypeExpr::Enum { base, dims, .. } => {
            let base = match base {
                Some(base) => try_resolve(base, scope, packages)?,
                None if scope.language == Language::Verilog => {
                    Resolved::Vector { left: 31, right: 0, signed: true }
                }
                None => Resolved::Value("an enumeration"),
            };
            arrayed(base, &all(dims)?, true)
        }
        TypeExpr::Array { dims, element } => {
            arrayed(try_resolve(element, scope, packages)?, &all(dims)?, false)
        }
        TypeExpr::Interface { name, modport } => match scope.find(&interface_key(name)) {
            Some((Entry::Type(Resolved::Composite { shape, .. }), _)) => {
                let modport = modport.as_deref().map(|m| format!(".{m}")).unwrap_or_default();
                Ok(Resolved::Composite {
                    width: None,
                    packed: false,
                    signed: false,
                    shape: format!("interface {name}{modport} {{{shape}}}"),
                    open: false,
                })
            }
            _ => Err(format!("interface `{name}` is not among the sources")),
        },
        TypeExpr::VhdlValue(name) => Ok(Resolved::Value(name)),
        TypeExpr::Text => Ok(Resolved::Text),
        TypeExpr::Sign(_) => Err("a type without a width".into()),
        TypeExpr::Unknown(why) => Err(why.clone()),
    }
}

/// The name under which a scope knows the contents of an interface.
pub(crate) fn interface_key(name: &str) -> String {
    format!("interface {name}")
}

fn structure(
    packed: bool,
    union: bool,
    signed: bool,
    fields: &[Field],
    scope: &Scope<'_>,
    packages: &Packages,
) -> Result<Resolved, String> {
    let mut total = Some(0_u64);
    let mut shape = format!(
        "{} {{",
        if union {
            "union"
        } else if packed {
            "struct packed"
        } else {
            "struct"
        }
    );
    for field in fields {
        let dims: Vec<Bounds> =
            field.dims.iter().map(|d| bounds(d, scope, packages)).collect::<Result<_, _>>()?;
        let of = arrayed(try_resolve(&field.of, scope, packages)?, &dims, false)?;
        let name = match scope.language {
            Language::Verilog => field.name.clone(),
            Language::Vhdl => field.name.to_ascii_lowercase(),
        };
        shape.push_str(&format!(" {} {name};", of.shape()));
        if shape.len() > 1 << 16 {
            return Err("a structure that is too large".into());
        }
        let width = of.width().ok();
        total = match (total, width) {
            (Some(t), Some(w)) if union => Some(t.max(w)),
            (Some(t), Some(w)) => t.checked_add(w),
            _ => None,
        };
    }
    shape.push_str(" }");
    Ok(Resolved::Composite { width: total, packed, signed, shape, open: false })
}

/// A type with dimensions in front of its own.
fn arrayed(base: Resolved, dims: &[Bounds], packed: bool) -> Result<Resolved, String> {
    let mut out = base;
    for (i, dim) in dims.iter().enumerate().rev() {
        out = match (&out, dim) {
            (Resolved::Unknown(_), _) => out,
            (Resolved::Scalar { signed }, Some((left, right))) if packed || i > 0 => {
                Resolved::Vector { left: *left, right: *right, signed: *signed }
            }
            (Resolved::Composite { open: true, shape, .. }, Some((left, right))) if shape == "[<>]bit" => {
                Resolved::Vector { left: *left, right: *right, signed: false }
            }
            // A constraint on a type that was left open: `t_array(0 to 3)`.
            (Resolved::Composite { open: true, shape, width, .. }, Some((left, right))) => {
                let shape = shape.replacen("[<>]", &format!("[{left}:{right}]"), 1);
                Resolved::Composite {
                    width: width.and_then(|w| w.checked_mul(left.abs_diff(*right) + 1)),
                    packed: false,
                    signed: false,
                    open: shape.contains("[<>]"),
                    shape,
                }
            }
            (_, None) => Resolved::Composite {
                width: out.width().ok(),
                packed: false,
                signed: false,
                shape: format!("[<>]{}", out.shape()),
                open: true,
            },
            (_, Some((left, right))) => {
                let shape = format!("[{left}:{right}]{}", out.shape());
                if shape.len() > 1 << 16 {
                    return Err("a type that is too large".into());
                }
                Resolved::Composite {
                    width: out.width().ok().and_then(|w| w.checked_mul(left.abs_diff(*right) + 1)),
                    packed,
                    signed: out.signed(),
                    open: matches!(out, Resolved::Composite { open: true, .. }),
                    shape,
                }
            }
        };
    }
    Ok(out)
}

/// A declared name with unpacked dimensions behind it.
pub(crate) fn unpacked(of: &TypeExpr, dims: &[Dim], scope: &Scope<'_>, packages: &Packages) -> Resolved {
    let base = resolve(of, scope, packages);
    if dims.is_empty() || matches!(base, Resolved::Unknown(_)) {
        return base;
    }
    dims.iter()
        .map(|d| bounds(d, scope, packages))
        .collect::<Result<Vec<_>, _>>()
        .and_then(|dims| {
            // One unpacked dimension of one bit is no vector: it is kept apart from `[3:0]`.
            let base = match base {
                Resolved::Scalar { signed } => Resolved::Composite {
                    width: Some(1),
                    packed: false,
                    signed,
                    shape: "bit".into(),
                    open: false,
                },
                other => other,
            };
            arrayed(base, &dims, false)
        })
        .unwrap_or_else(Resolved::Unknown)
}
