// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! XML text to a tree of elements and attributes: what a `.hwh` says is in attributes, so texts, comments and processing
//! instructions are passed over, and a tree without them is built several times as fast as a whole document.
//!
//! `quick-xml` finds the markup; here elements must nest under one root, attributes must be unique and their entities known,
//! and there is no DTD. Namespaces mean nothing: names are compared as they are written.

use std::borrow::Cow;
use std::ops::Range;

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::attributes::Attributes;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::error::HwhError;

/// Attributes of one element: Vivado writes some twenty. Each is compared with the others.
const MOST_ATTRIBUTES: usize = 512;

/// Bytes that stand for themselves in an attribute.
const PLAIN: [bool; 256] = {
    let mut plain = [true; 256];
    let mut control = 0;
    while control < 32 {
        plain[control] = false;
        control += 1;
    }
    plain[b'&' as usize] = false;
    plain[b'<' as usize] = false;
    plain
};

/// No element.
const NONE: u32 = u32::MAX;

/// The elements of a text.
#[derive(Debug)]
pub(super) struct Tree<'t> {
    text: &'t str,
    elements: Vec<Element<'t>>,
    attributes: Vec<(&'t str, Cow<'t, str>)>,
}

#[derive(Debug)]
struct Element<'t> {
    name: &'t str,
    /// Byte behind the `<` of its start tag.
    at: u32,
    attributes: Range<u32>,
    first: u32,
    next: u32,
}

/// An element of a tree.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'d, 't> {
    tree: &'d Tree<'t>,
    index: u32,
}

impl<'t> Tree<'t> {
    /// Reads a text of less than 4 GiB.
    pub(super) fn read(text: &'t str) -> Result<Self, HwhError> {
        // A byte order mark is no part of the document.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut tree = Self { text, elements: Vec::new(), attributes: Vec::new() };
        let mut reader = Reader::from_str(text);
        // Open elements: index, and that of the last child so far.
        let mut open: Vec<(u32, u32)> = Vec::new();
        loop {
            let event = reader.read_event();
            let end = position(reader.buffer_position());
            match event {
                Ok(Event::Start(tag)) => {
                    let index = tree.add(&tag, end, 1, &mut open)?;
                    open.push((index, NONE));
                }
                Ok(Event::Empty(tag)) => {
                    tree.add(&tag, end, 2, &mut open)?;
                }
                // The reader has compared the names.
                Ok(Event::End(_)) => {
                    open.pop();
                }
                Ok(Event::DocType(_)) => return Err(tree.error(end, "a document type declaration")),
                Ok(Event::GeneralRef(name)) if !known(&name) => {
                    return Err(tree.error(end, "an entity that is not declared"));
                }
                Ok(Event::Text(text)) if open.is_empty() && !text.iter().all(u8::is_ascii_whitespace) => {
                    return Err(tree.error(end, "text outside of the root element"));
                }
                Ok(Event::GeneralRef(_) | Event::CData(_)) if open.is_empty() => {
                    return Err(tree.error(end, "text outside of the root element"));
                }
                Ok(Event::Eof) if !open.is_empty() => {
                    return Err(tree.error(end, "the text ends inside an element"));
                }
                Ok(Event::Eof) if tree.elements.is_empty() => return Err(tree.error(end, "no root element")),
                Ok(Event::Eof) => return Ok(tree),
                Ok(_) => {}
                Err(e) => return Err(tree.error(position(reader.error_position()), &e.to_string())),
            }
        }
    }

    /// Adds the element of a start tag that ends, with `closing` characters behind its content, at `end`.
    fn add(
        &mut self,
        tag: &BytesStart<'_>,
        end: usize,
        closing: usize,
        open: &mut [(u32, u32)],
    ) -> Result<u32, HwhError> {
        // The event's own slices live as long as the event; these as long as the text.
        let content = end.checked_sub(closing).and_then(|to| Some(to.checked_sub(tag.len())?..to));
        let content = content.and_then(|range| self.text.get(range)).filter(|c| c.as_bytes() == &**tag);
        let content = content.ok_or_else(|| self.error(end, "a tag that is not where it was read"))?;
        let name_length = tag.name().as_ref().len();
        let from = self.attributes.len() as u32;
        // Compared here, where it costs no memory for each element.
        for attribute in Attributes::new(content, name_length).with_checks(false) {
            let attribute = attribute.map_err(|e| self.error(end, &e.to_string()))?;
            let text = |bytes| std::str::from_utf8(bytes).map_err(|e| self.error(end, &e.to_string()));
            let value = match &attribute.value {
                Cow::Borrowed(bytes) if bytes.iter().all(|b| PLAIN[usize::from(*b)]) => {
                    Cow::Borrowed(text(bytes)?)
                }
                bytes if bytes.contains(&b'<') || bytes.contains(&0) => {
                    return Err(self.error(end, "a character that an attribute cannot hold"));
                }
                _ => attribute
                    .normalized_value(XmlVersion::Implicit1_0)
                    .map_err(|e| self.error(end, &e.to_string()))?,
            };
            let key = text(attribute.key.0)?;
            let own = &self.attributes[from as usize..];
            if own.len() >= MOST_ATTRIBUTES {
                return Err(self.error(end, "more attributes than any element has"));
            }
            if own.iter().any(|(other, _)| *other == key) {
                return Err(self.error(end, "an attribute that is there twice"));
            }
            self.attributes.push((key, value));
        }
        let index = self.elements.len() as u32;
        match open.last_mut() {
            Some((parent, last)) => {
                let link = if *last == NONE {
                    &mut self.elements[*parent as usize].first
                } else {
                    &mut self.elements[*last as usize].next
                };
                *link = index;
                *last = index;
            }
            None if index > 0 => return Err(self.error(end, "a second root element")),
            None => {}
        }
        self.elements.push(Element {
            name: &content[..name_length],
            at: (end - closing - content.len()) as u32,
            attributes: from..self.attributes.len() as u32,
            first: NONE,
            next: NONE,
        });
        Ok(index)
    }

    /// The one element that holds all others.
    pub(super) fn root(&self) -> Node<'_, 't> {
        Node { tree: self, index: 0 }
    }

    fn error(&self, at: usize, message: &str) -> HwhError {
        let before = &self.text.as_bytes()[..at.min(self.text.len())];
        let line = before.split(|b| *b == b'\n').count() as u32;
        let last = before.iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
        let column = String::from_utf8_lossy(&before[last..]).chars().count() as u32 + 1;
        HwhError::Xml { line, column, message: message.to_owned() }
    }
}

impl<'d, 't> Node<'d, 't> {
    fn element(self) -> &'d Element<'t> {
        &self.tree.elements[self.index as usize]
    }

    /// Its name.
    pub(super) fn name(self) -> &'t str {
        self.element().name
    }

    /// Value of an attribute, its entities resolved.
    pub(super) fn attribute(self, name: &str) -> Option<&'d str> {
        let Range { start, end } = self.element().attributes;
        let all = &self.tree.attributes[start as usize..end as usize];
        all.iter().find(|(key, _)| *key == name).map(|(_, value)| &**value)
    }

    /// The elements right below it.
    pub(super) fn children(self) -> impl Iterator<Item = Self> + use<'d, 't> {
        let node = move |index| (index != NONE).then_some(Self { index, ..self });
        std::iter::successors(node(self.element().first), move |n| node(n.element().next))
    }

    /// Line of its start tag, from 1.
    pub(super) fn line(self) -> u32 {
        let before = &self.tree.text.as_bytes()[..self.element().at as usize];
        before.split(|b| *b == b'\n').count() as u32
    }
}

fn position(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

/// A predefined entity or a character by its number.
fn known(name: &BytesRef<'_>) -> bool {
    matches!(name.resolve_char_ref(), Ok(Some(_)))
        || std::str::from_utf8(name).is_ok_and(|n| resolve_predefined_entity(n).is_some())
}

#[cfg(test)]
mod tests {
    use super::{HwhError, Tree};

    #[test]
    fn elements_attributes_and_lines() {
        let text = "\u{feff}<?xml version=\"1.0\"?>\r\n<!-- c --><A x=\"1 &lt;&#65;\r\n2\">\r\n<B/>text<C y='q'><D/></C\r\n>\r\n</A>\r\n";
        let tree = Tree::read(text).expect("well-formed");
        let root = tree.root();
        assert_eq!((root.name(), root.line()), ("A", 2));
        assert_eq!(root.attribute("x"), Some("1 <A 2"), "as the XML recommendation normalises it");
        let children: Vec<(&str, u32)> = root.children().map(|n| (n.name(), n.line())).collect();
        assert_eq!(children, [("B", 4), ("C", 4)]);
        let inner = root.children().nth(1).expect("C");
        assert_eq!((inner.attribute("y"), inner.attribute("x")), (Some("q"), None));
        assert_eq!(inner.children().count(), 1);
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        for text in [
            "",
            " ",
            "text",
            "<A>",
            "<A></B>",
            "</A>",
            "<A/><B/>",
            "<A/>text",
            "<A/>&amp;",
            "text<A/>",
            "<A x='1' x='2'/>",
            "<A x=1/>",
            "<A x/>",
            "<A x='&nope;'/>",
            "<A x='<'/>",
            "<A>&nope;</A>",
            "<A x='\u{0}'/>",
            "<A x='1",
            "<A",
            "<!DOCTYPE A><A/>",
            "<A><![CDATA[</A>",
            "<A><!-- </A>",
        ] {
            let error = Tree::read(text).err();
            assert!(matches!(error, Some(HwhError::Xml { .. })), "{text}: {error:?}");
        }
    }
}
