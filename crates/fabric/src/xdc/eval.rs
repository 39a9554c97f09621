// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Commands to facts: the Pblock commands executed on an empty design.

use std::collections::{BTreeMap, HashMap};

use super::tcl::{self, Command, Fault, Part, Position, Word};
use super::words::{Value, glob};
use super::{Located, Unread, UnreadReason, Xdc, XdcPblock};
use crate::site::{SiteKind, SiteRange};

pub(super) type Outcome<T> = Result<T, UnreadReason>;

#[derive(Default)]
pub(super) struct Reader {
    pub(super) xdc: Xdc,
    pub(super) variables: HashMap<String, Value>,
    /// Place of each Pblock in `xdc.pblocks`.
    pub(super) index: HashMap<String, usize>,
}

/// Commands that may run, read or define other commands: what they hide is not known.
const HIDING: &[&str] = &[
    "if",
    "for",
    "foreach",
    "while",
    "switch",
    "proc",
    "eval",
    "source",
    "uplevel",
    "catch",
    "namespace",
    "read_xdc",
    "apply",
    "try",
    "rename",
    "interp",
    "package",
    "load",
    "lmap",
    "dict",
    "after",
    "subst",
    "upvar",
];

pub(super) fn run(text: &str) -> Xdc {
    let mut r = Reader::default();
    for c in tcl::commands(text) {
        let outcome = match c.fault {
            Some(Fault::Unclosed) => Err(UnreadReason::Unclosed),
            Some(Fault::Trailing) => Err(UnreadReason::Malformed),
            Some(Fault::Unsupported) => Err(UnreadReason::Unsupported),
            None => r.command(&c),
        };
        if let Err(reason) = outcome {
            if c.fault.is_some_and(|f| f != Fault::Unclosed)
                && !mentions_pblock(&c.text)
                && !is_pblock_command(&c)
            {
                // A bad word in a command without any bearing on Pblocks (a pin list, say).
                r.pass(&c);
                continue;
            }
            r.xdc.unread.push(Unread {
                line: c.at.line,
                column: c.at.column,
                command: shorten(&c.text),
                reason,
            });
        }
    }
    r.xdc
}

fn mentions_pblock(text: &str) -> bool {
    text.to_ascii_lowercase().contains("pblock")
}

fn is_pblock_command(c: &Command) -> bool {
    literal(c.words.first()).is_none_or(|n| HIDING.contains(&n.as_str()))
}

/// A command's text on one line, at most 200 characters.
pub(super) fn shorten(text: &str) -> String {
    let flat: Vec<&str> = text.split_whitespace().collect();
    let flat = flat.join(" ");
    match flat.char_indices().nth(200) {
        Some((i, _)) => format!("{}..", &flat[..i]),
        None => flat,
    }
}

pub(super) fn literal(word: Option<&Word>) -> Option<String> {
    match word?.parts.as_slice() {
        [] => Some(String::new()),
        [Part::Text(t)] => Some(t.clone()),
        _ => None,
    }
}

/// Vivado accepts any unambiguous beginning of an option; one letter is enough to tell the few that matter here.
pub(super) fn option(text: &str, full: &str) -> bool {
    text.len() > 1 && full.starts_with(text)
}

impl Reader {
    fn pass(&mut self, c: &Command) {
        let name = literal(c.words.first()).unwrap_or_else(|| "(computed command name)".into());
        let name = match (name.as_str(), literal(c.words.get(1))) {
            ("set_property", Some(p)) => format!("set_property {}", shorten(&p)),
            _ => shorten(&name),
        };
        *self.xdc.passed_over.entry(name).or_default() += 1;
    }

    fn command(&mut self, c: &Command) -> Outcome<()> {
        let Some(name) = literal(c.words.first()) else { return Err(UnreadReason::Unknown) };
        let args = &c.words[1..];
        match name.as_str() {
            "create_pblock" => self.create(c.at, args),
            "resize_pblock" | "resize_pblocks" => self.resize(args),
            "add_cells_to_pblock" => self.cells(args, true),
            "remove_cells_from_pblock" => self.cells(args, false),
            "delete_pblocks" | "delete_pblock" => self.delete(args),
            "set_property" => self.set_property(c, args),
            "set" if args.len() == 2 => {
                let value = self.value(&args[1]);
                if let Some(var) = literal(args.first()) {
                    self.variables.insert(var, value);
                    return Ok(());
                }
                Err(UnreadReason::Unresolved(c.text.clone()))
            }
            n if HIDING.contains(&n) => Err(UnreadReason::Unknown),
            "puts" | "report_property" | "get_pblocks" | "get_cells" => {
                self.pass(c);
                Ok(())
            }
            _ if mentions_pblock(&c.text) => Err(UnreadReason::Unknown),
            _ => {
                self.pass(c);
                Ok(())
            }
        }
    }

    fn create(&mut self, at: Position, args: &[Word]) -> Outcome<()> {
        let mut names = Vec::new();
        for a in args {
            match self.value(a) {
                Value::Text(t) if option(&t, "-quiet") || option(&t, "-verbose") => {}
                Value::Text(t) if t.starts_with('-') => return Err(UnreadReason::Option(t)),
                v => names.push(v.text().ok_or_else(|| UnreadReason::Unresolved(v.source()))?),
            }
        }
        let [name] = names.as_slice() else { return Err(UnreadReason::Malformed) };
        if self.index.contains_key(name) {
            return Err(UnreadReason::Duplicate(name.clone()));
        }
        self.index.insert(name.clone(), self.xdc.pblocks.len());
        self.xdc.pblocks.push(XdcPblock {
            name: name.clone(),
            at,
            cells: Vec::new(),
            top: false,
            ranges: Vec::new(),
            properties: BTreeMap::new(),
        });
        Ok(())
    }

    fn ranges(&self, word: Option<&Word>) -> Outcome<Vec<Located<SiteRange>>> {
        let Some(word) = word else { return Err(UnreadReason::Malformed) };
        let v = self.value(word);
        let items = v.items().filter(|_| !matches!(v, Value::Pblocks(_) | Value::Cells(_)));
        let items = items.ok_or_else(|| UnreadReason::Unresolved(v.source()))?;
        let mut out = Vec::new();
        if let (Some(before), Value::Text(text)) = (word.verbatim, &v) {
            // Each range at its own place.
            for item in text.split_whitespace() {
                let offset = item.as_ptr() as usize - text.as_ptr() as usize;
                let at = Position { line: word.at.line, column: word.at.column + before + offset as u32 };
                out.push(Located { value: SiteRange::parse(item).map_err(UnreadReason::Range)?, at });
            }
            return Ok(out);
        }
        for item in items.iter().flat_map(|i| i.split_whitespace()) {
            out.push(Located { value: SiteRange::parse(item).map_err(UnreadReason::Range)?, at: word.at });
        }
        Ok(out)
    }

    fn resize(&mut self, args: &[Word]) -> Outcome<()> {
        let (mut add, mut remove, mut replace) = (Vec::new(), Vec::new(), false);
        let mut target = None;
        let mut i = 0;
        while i < args.len() {
            match self.value(&args[i]) {
                Value::Text(t) if t == "-add" || t == "-to" => {
                    i += 1;
                    add.extend(self.ranges(args.get(i))?);
                }
                Value::Text(t) if option(&t, "-remove") && t != "-re" || t == "-from" => {
                    i += 1;
                    remove.extend(self.ranges(args.get(i))?);
                }
                Value::Text(t) if option(&t, "-replace") => replace = true,
                Value::Text(t) if t == "-locs" => i += 1,
                Value::Text(t) if option(&t, "-quiet") || option(&t, "-verbose") => {}
                Value::Text(t) if t.starts_with('-') => return Err(UnreadReason::Option(t)),
                v => {
                    if target.replace(v).is_some() {
                        return Err(UnreadReason::Malformed);
                    }
                }
            }
            i += 1;
        }
        let names = self.named(&target.ok_or(UnreadReason::Malformed)?)?;
        for name in names {
            let Some(p) = self.pblock_mut(&name) else { continue };
            if let Some(bad) = remove.iter().find(|r| !removable(p, &r.value)) {
                return Err(UnreadReason::Removal(bad.value.to_string()));
            }
            if replace {
                p.ranges.clear();
            }
            for r in &remove {
                let kept = std::mem::take(&mut p.ranges);
                p.ranges = kept
                    .into_iter()
                    .flat_map(|k| {
                        let at = k.at;
                        k.value.without(&r.value).into_iter().map(move |value| Located { value, at })
                    })
                    .collect();
            }
            p.ranges.extend(add.iter().cloned());
        }
        Ok(())
    }

    fn cells(&mut self, args: &[Word], add: bool) -> Outcome<()> {
        let (mut top, mut target, mut cells) = (false, None, Vec::new());
        let mut unresolved = None;
        for a in args {
            match self.value(a) {
                Value::Text(t) if t == "-top" => top = true,
                Value::Text(t) if t.starts_with('-') => {
                    let known = ["-quiet", "-verbose", "-add_primitives", "-clear_locs"];
                    if !known.iter().any(|o| option(&t, o)) {
                        return Err(UnreadReason::Option(t));
                    }
                }
                v if target.is_none() => target = Some(v),
                Value::Opaque(t) => unresolved = Some(t),
                v => cells.extend(
                    v.items().unwrap_or_default().into_iter().map(|value| Located { value, at: a.at }),
                ),
            }
        }
        for name in self.named(&target.ok_or(UnreadReason::Malformed)?)? {
            let Some(p) = self.pblock_mut(&name) else { continue };
            if add {
                p.cells.extend(cells.iter().cloned());
                p.top |= top;
            } else {
                p.cells.retain(|c| !cells.iter().any(|r| glob(&r.value, &c.value)));
            }
        }
        match unresolved {
            Some(t) => Err(UnreadReason::Unresolved(t)),
            None => Ok(()),
        }
    }

    fn delete(&mut self, args: &[Word]) -> Outcome<()> {
        for a in args {
            let v = self.value(a);
            if matches!(&v, Value::Text(t) if t.starts_with('-')) {
                continue;
            }
            let names = self.named(&v)?;
            self.xdc.pblocks.retain(|p| !names.contains(&p.name));
            self.index = self.xdc.pblocks.iter().enumerate().map(|(i, p)| (p.name.clone(), i)).collect();
        }
        Ok(())
    }

    fn set_property(&mut self, command: &Command, args: &[Word]) -> Outcome<()> {
        let (mut plain, mut pairs, mut objects): (Vec<Value>, Vec<(String, String)>, _) =
            (Vec::new(), Vec::new(), None);
        let (mut name, mut value) = (None, None);
        let mut i = 0;
        while i < args.len() {
            let v = self.value(&args[i]);
            let next = args.get(i + 1).map(|w| self.value(w));
            match (&v, next) {
                (Value::Text(t), Some(n)) if option(t, "-dict") => {
                    let Some(items) = n.items() else { return self.unresolved(command, &n) };
                    pairs.extend(
                        items.chunks(2).map(|p| (p[0].clone(), p.get(1).cloned().unwrap_or_default())),
                    );
                    i += 1;
                }
                (Value::Text(t), Some(n)) if option(t, "-name") => (name, i) = (n.text(), i + 1),
                (Value::Text(t), Some(n)) if t.len() > 2 && option(t, "-value") => {
                    (value, i) = (n.text(), i + 1);
                }
                (Value::Text(t), Some(n)) if option(t, "-objects") => (objects, i) = (Some(n), i + 1),
                (Value::Text(t), _) if option(t, "-quiet") || option(t, "-verbose") => {}
                _ => plain.push(v),
            }
            i += 1;
        }
        if let (Some(n), Some(v)) = (name, value) {
            pairs.push((n, v));
        }
        if objects.is_none() && pairs.is_empty() && plain.len() == 3 {
            objects = plain.pop();
            let (v, n) = (plain.pop(), plain.pop());
            match (n.and_then(|n| n.text()), v) {
                (Some(n), Some(v)) => match v.text() {
                    Some(t) => pairs.push((n, t)),
                    None => return self.unresolved(command, &v),
                },
                _ => return self.unresolved(command, &Value::Opaque(shorten(&command.text))),
            }
        } else if objects.is_none() && plain.len() == 1 {
            objects = plain.pop();
        }
        match objects {
            Some(Value::Pblocks(l)) => {
                for name in self.named(&Value::Pblocks(l))? {
                    let Some(p) = self.pblock_mut(&name) else { continue };
                    for (key, value) in &pairs {
                        p.properties.insert(
                            key.to_ascii_uppercase(),
                            Located { value: value.clone(), at: command.at },
                        );
                    }
                }
                Ok(())
            }
            Some(Value::Cells(l)) => {
                let yes = |v: &str| matches!(v.to_ascii_lowercase().as_str(), "1" | "true" | "yes" | "on");
                if pairs.iter().any(|(k, v)| k == "HD.RECONFIGURABLE" && yes(v)) {
                    self.xdc
                        .reconfigurable
                        .extend(l.into_iter().map(|value| Located { value, at: command.at }));
                } else {
                    self.pass(command);
                }
                Ok(())
            }
            Some(v) => self.unresolved(command, &v),
            None => self.unresolved(command, &Value::Opaque(shorten(&command.text))),
        }
    }

    /// A property of something that is not known: named when it can be a Pblock, passed over otherwise.
    fn unresolved(&mut self, c: &Command, v: &Value) -> Outcome<()> {
        const OF_PBLOCKS: [&str; 6] = [
            "SNAPPING_MODE",
            "RESET_AFTER_RECONFIG",
            "CONTAIN_ROUTING",
            "EXCLUDE_PLACEMENT",
            "IS_SOFT",
            "HD.RECONFIGURABLE",
        ];
        let variable = matches!(v, Value::Opaque(t) if t.starts_with('$'));
        if variable || mentions_pblock(&c.text) || OF_PBLOCKS.iter().any(|p| c.text.contains(p)) {
            return Err(UnreadReason::Unresolved(v.source()));
        }
        self.pass(c);
        Ok(())
    }
}

/// Can `range` be taken out of the Pblock's ranges by site arithmetic alone?
fn removable(p: &XdcPblock, range: &SiteRange) -> bool {
    let regions = range.kind == SiteKind::ClockRegion;
    p.ranges.iter().all(|r| (r.value.kind == SiteKind::ClockRegion) == regions)
}
