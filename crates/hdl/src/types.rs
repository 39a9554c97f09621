// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Types of ports, parameters and fields: as declared, and worked out.

use crate::cursor::{Cursor, group, outside, split, unknown_in};
use crate::expr::Expr;
use crate::token::{Kind, Token, show};

/// One dimension.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Dim {
    /// `[left:right]`, VHDL `(left downto right)`.
    Range(Expr, Expr),
    /// `[size]`
    Size(Expr),
    /// VHDL: first, last, and whether it goes down.
    Directed(Expr, Expr, bool),
    /// VHDL `range <>`.
    Open,
    Unknown(String),
}

/// One member of a structure or record.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) of: TypeExpr,
    pub(crate) dims: Vec<Dim>,
}

/// A type as declared.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TypeExpr {
    /// `logic`, `reg`, `bit`, nets, nothing at all; `std_logic` and its vectors.
    Bits {
        signed: bool,
        dims: Vec<Dim>,
    },
    /// `int` and its kin.
    Atom {
        bits: u32,
        signed: bool,
    },
    Named {
        package: Option<String>,
        name: String,
        dims: Vec<Dim>,
    },
    Struct {
        packed: bool,
        union: bool,
        signed: bool,
        fields: Vec<Field>,
        dims: Vec<Dim>,
    },
    Enum {
        base: Option<Box<TypeExpr>>,
        members: Vec<(String, Option<Expr>)>,
        dims: Vec<Dim>,
    },
    /// VHDL `array (..) of ..`.
    Array {
        dims: Vec<Dim>,
        element: Box<TypeExpr>,
    },
    /// `name.modport`
    Interface {
        name: String,
        modport: Option<String>,
    },
    /// VHDL `integer`, `natural`, `boolean`: a value for generics; how a port of it looks is not known.
    VhdlValue(&'static str),
    Text,
    /// `parameter signed P = ..`: the width is the value's.
    Sign(bool),
    Unknown(String),
}

/// A type worked out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Resolved {
    Scalar {
        signed: bool,
    },
    Vector {
        left: i64,
        right: i64,
        signed: bool,
    },
    /// Anything of more than one dimension or member. `shape` is its whole declaration, worked out.
    Composite {
        width: Option<u64>,
        packed: bool,
        signed: bool,
        shape: String,
        open: bool,
    },
    Text,
    Value(&'static str),
    Unknown(String),
}

impl Resolved {
    /// Bits in all, when they are known.
    pub(crate) fn width(&self) -> Result<u64, String> {
        match self {
            Self::Scalar { .. } => Ok(1),
            Self::Vector { left, right, .. } => Ok(left.abs_diff(*right) + 1),
            Self::Composite { width, shape, .. } => width.ok_or_else(|| format!("the width of {shape}")),
            Self::Text | Self::Value(_) => Err("a type without a width".into()),
            Self::Unknown(why) => Err(why.clone()),
        }
    }

    pub(crate) fn signed(&self) -> bool {
        match self {
            Self::Scalar { signed } | Self::Vector { signed, .. } | Self::Composite { signed, .. } => *signed,
            _ => false,
        }
    }

    pub(crate) fn shape(&self) -> String {
        match self {
            Self::Scalar { .. } => "bit".into(),
            Self::Vector { left, right, .. } => format!("[{left}:{right}]"),
            Self::Composite { shape, .. } => shape.clone(),
            Self::Text => "string".into(),
            Self::Value(name) => (*name).into(),
            Self::Unknown(why) => format!("?({why})"),
        }
    }
}

/// Words in front of a type that say nothing about its width.
const PREFIXES: [&str; 19] = [
    "wire",
    "tri",
    "tri0",
    "tri1",
    "wand",
    "wor",
    "triand",
    "trior",
    "trireg",
    "uwire",
    "supply0",
    "supply1",
    "var",
    "const",
    "automatic",
    "static",
    "vectored",
    "scalared",
    "rand",
];

impl TypeExpr {
    pub(crate) const BIT: Self = Self::Bits { signed: false, dims: Vec::new() };

    /// A type of one word with a fixed width.
    pub(crate) fn atom(word: &str) -> Option<Self> {
        let (bits, signed) = match word {
            "byte" => (8, true),
            "shortint" => (16, true),
            "int" | "integer" => (32, true),
            "longint" => (64, true),
            "time" => (64, false),
            "logic" | "reg" | "bit" => return Some(Self::BIT),
            _ => return None,
        };
        Some(Self::Atom { bits, signed })
    }

    /// The type, when the words are certainly one (they begin with a keyword of types).
    pub(crate) fn verilog(tokens: &[Token]) -> Option<Self> {
        let word = tokens.first().filter(|t| t.kind == Kind::Word)?;
        let keyword = Self::atom(&word.text).is_some()
            || matches!(&*word.text, "struct" | "union" | "enum" | "signed" | "unsigned");
        keyword.then(|| Self::head(tokens))
    }

    /// The type in front of a name; nothing at all is one bit.
    pub(crate) fn head(tokens: &[Token]) -> Self {
        if let Some(why) = unknown_in(tokens) {
            return Self::Unknown(why);
        }
        let mut c = Cursor::new(tokens);
        while c.peek().is_some_and(|t| t.kind == Kind::Word && PREFIXES.contains(&&*t.text)) {
            c.at += 1;
        }
        let found = Self::body(&mut c);
        if c.done() { found } else { Self::Unknown(format!("`{}` was not understood", show(tokens))) }
    }

    fn body(c: &mut Cursor<'_>) -> Self {
        let signing = |c: &mut Cursor<'_>| match c.peek() {
            Some(t) if t.key("signed") || t.key("unsigned") => {
                c.at += 1;
                Some(t.key("signed"))
            }
            _ => None,
        };
        let Some(token) = c.peek() else { return Self::BIT };
        if token.is("[") || token.key("signed") || token.key("unsigned") {
            let signed = signing(c).unwrap_or(false);
            return Self::Bits { signed, dims: dims(c) };
        }
        let Some(word) = c.word() else {
            return Self::Unknown(format!("`{}` was not understood", show(c.rest())));
        };
        if token.kind == Kind::Word {
            match word {
                "logic" | "reg" | "bit" => {
                    let signed = signing(c).unwrap_or(false);
                    return Self::Bits { signed, dims: dims(c) };
                }
                "string" => return Self::Text,
                "struct" | "union" => return structure(c, word == "union"),
                "enum" => return enumeration(c),
                "real" | "shortreal" | "realtime" | "event" | "chandle" | "type" | "interface"
                | "virtual" => {
                    let rest = std::iter::from_fn(|| c.next()).count();
                    return Self::Unknown(format!("type `{word}` is not evaluated ({rest} words)"));
                }
                _ => {}
            }
            if let Some(Self::Atom { bits, signed }) = Self::atom(word) {
                return Self::Atom { bits, signed: signing(c).unwrap_or(signed) };
            }
        }
        if c.eat("::") {
            let Some(name) = c.word() else { return Self::Unknown("a `::` without a name".into()) };
            return Self::Named { package: Some(word.to_owned()), name: name.to_owned(), dims: dims(c) };
        }
        if c.eat(".") {
            let Some(modport) = c.word() else { return Self::Unknown("a `.` without a name".into()) };
            return Self::Interface { name: word.to_owned(), modport: Some(modport.to_owned()) };
        }
        Self::Named { package: None, name: word.to_owned(), dims: dims(c) }
    }
}

/// The dimensions here: `[7:0][3]`.
pub(crate) fn dims(c: &mut Cursor<'_>) -> Vec<Dim> {
    let mut out = Vec::new();
    while c.is("[") {
        let Some(inside) = c.group() else {
            c.at = c.tokens.len();
            out.push(Dim::Unknown("a `[` without `]`".into()));
            break;
        };
        out.push(dim(inside));
    }
    out
}

/// What is between `[` and `]`.
pub(crate) fn dim(inside: &[Token]) -> Dim {
    // The colon of the range, not of a `?:`.
    let mut questions = 0;
    let mut from = 0;
    while let Some(n) = outside(&inside[from..], |t| t.is(":") || t.is("?")) {
        if inside[from + n].is("?") {
            questions += 1;
        } else if questions > 0 {
            questions -= 1;
        } else {
            let (left, right) = (&inside[..from + n], &inside[from + n + 1..]);
            return Dim::Range(Expr::verilog(left), Expr::verilog(right));
        }
        from += n + 1;
    }
    if inside.is_empty() || inside.iter().any(|t| t.is("$") || t.key("$") || t.is("*")) && inside.len() == 1 {
        return Dim::Unknown("a dimension without a size".into());
    }
    Dim::Size(Expr::verilog(inside))
}

fn structure(c: &mut Cursor<'_>, union: bool) -> TypeExpr {
    if union && c.eat_key("tagged") {
        c.at = c.tokens.len();
        return TypeExpr::Unknown("a tagged union".into());
    }
    let packed = c.eat_key("packed");
    let signed = c.eat_key("signed");
    c.eat_key("unsigned");
    let Some(inside) = c.group() else {
        c.at = c.tokens.len();
        return TypeExpr::Unknown("a structure without members".into());
    };
    let mut fields = Vec::new();
    for statement in split(inside, ";") {
        let mut of = None;
        for part in split(statement, ",") {
            let Some(declared) = declarator(part) else {
                return TypeExpr::Unknown(format!("the member `{}` was not understood", show(part)));
            };
            let of = of.get_or_insert_with(|| TypeExpr::head(declared.head));
            let mut c = Cursor::new(declared.after);
            fields.push(Field { name: declared.name.to_owned(), of: of.clone(), dims: dims(&mut c) });
        }
    }
    TypeExpr::Struct { packed, union, signed, fields, dims: dims(c) }
}

fn enumeration(c: &mut Cursor<'_>) -> TypeExpr {
    let head = outside(c.rest(), |t| t.is("{")).unwrap_or(0);
    let base = (head > 0).then(|| Box::new(TypeExpr::head(&c.rest()[..head])));
    c.at += head;
    let Some(inside) = c.group() else {
        c.at = c.tokens.len();
        return TypeExpr::Unknown("an enumeration without members".into());
    };
    let mut members = Vec::new();
    for part in split(inside, ",") {
        let Some(name) = part[0].word() else {
            return TypeExpr::Unknown(format!("the member `{}` was not understood", show(part)));
        };
        let value = match part.get(1) {
            None => None,
            Some(t) if t.is("=") => Some(Expr::verilog(&part[2..])),
            Some(_) => Some(Expr::Unknown("a member with a range".into())),
        };
        members.push((name.to_owned(), value));
    }
    TypeExpr::Enum { base, members, dims: dims(c) }
}

/// A declared name with the words around it: `wire [7:0] a [3:0] = 0`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Declarator<'t> {
    pub(crate) head: &'t [Token],
    pub(crate) name: &'t str,
    pub(crate) line: usize,
    /// Unpacked dimensions.
    pub(crate) after: &'t [Token],
    /// What stands behind `=`.
    pub(crate) value: Option<&'t [Token]>,
}

/// Takes a declaration of one name apart.
pub(crate) fn declarator(part: &[Token]) -> Option<Declarator<'_>> {
    let equals = outside(part, |t| t.is("="));
    let value = equals.map(|e| &part[e + 1..]);
    let part = &part[..equals.unwrap_or(part.len())];
    let mut last = part.len();
    while last > 0 && part[last - 1].is("]") {
        // The partner of this bracket.
        let mut at = part[..last].iter().rposition(|t| t.is("["))?;
        while group(part, at).is_none_or(|g| at + g.len() + 2 != last) {
            at = part[..at].iter().rposition(|t| t.is("["))?;
        }
        last = at;
    }
    let at = last.checked_sub(1)?;
    let name = part.get(at)?.word()?;
    Some(Declarator { head: &part[..at], name, line: part[at].line, after: &part[last..], value })
}
