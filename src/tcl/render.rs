// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Rendering: Tera with the quoting of [`super::quote`] as its escape function, so that each `{{ value }}` is one whole Tcl word.
//!
//! What a template must do for its part, and a test holds all of ours to it: a value stands alone as a word, never inside quotes, braces
//! or a comment, never glued to other text; `| safe` is not used. A value that is not there is an error, not an empty text.

use std::borrow::Cow;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Serialize, Serializer};
use tera::{Context, Tera};

use super::templates::{self, Template};
use super::{TclError, quote};

/// A Tcl list as one value of a context: `{{ value }}` is one word that holds the list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TclList(pub Vec<String>);

impl<T: AsRef<str>> FromIterator<T> for TclList {
    fn from_iter<I: IntoIterator<Item = T>>(words: I) -> Self {
        Self(words.into_iter().map(|w| w.as_ref().to_owned()).collect())
    }
}

impl Serialize for TclList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Left as it is for the renderer to find and refuse: quoted, it would look like something Tcl can carry.
        if let Some(word) = self.0.iter().find(|w| w.contains('\0')) {
            return serializer.serialize_str(word);
        }
        serializer.serialize_str(&quote::list(&self.0))
    }
}

/// The templates, ready to be rendered.
pub struct Renderer {
    tera: Tera,
    overrides: Vec<Utf8PathBuf>,
}

impl std::fmt::Debug for Renderer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Renderer").field("overrides", &self.overrides).finish_non_exhaustive()
    }
}

impl Renderer {
    /// Our templates, with the user's own of `root` in their places.
    pub fn new(root: &Utf8Path) -> Result<Self, TclError> {
        let mut texts = Vec::new();
        for template in templates::ALL {
            let text = match template.replaced_by(root) {
                Some(path) => Cow::Owned(fs_err::read_to_string(&path).map_err(|e| TclError::Template {
                    template: path.to_string(),
                    message: e.to_string(),
                })?),
                None => Cow::Borrowed(template.text),
            };
            texts.push((template.name, text));
        }
        Ok(Self { tera: load(&texts)?, overrides: templates::overrides(root) })
    }

    /// Our templates alone.
    pub fn built_in() -> Result<Self, TclError> {
        let texts: Vec<(&str, Cow<'static, str>)> =
            templates::ALL.iter().map(|t| (t.name, Cow::Borrowed(t.text))).collect();
        Ok(Self { tera: load(&texts)?, overrides: Vec::new() })
    }

    /// The user's templates in use, relative to the description.
    pub fn overrides(&self) -> &[Utf8PathBuf] {
        &self.overrides
    }

    /// Renders a template with its context.
    pub fn render(&self, template: Template, context: &impl Serialize) -> Result<String, TclError> {
        let value = serde_json::to_value(context).expect("our own types have string keys only");
        refuse_nul("", &value)?;
        let fault = |e: tera::Error| TclError::Template {
            template: template.name.to_owned(),
            message: e.to_string(),
        };
        let context = Context::from_serialize(&value).map_err(fault)?;
        self.tera.render(template.name, &context).map_err(fault)
    }
}

fn load(texts: &[(&str, Cow<'static, str>)]) -> Result<Tera, TclError> {
    let mut tera = Tera::default();
    tera.autoescape_on([".tera"]);
    tera.set_escape_fn(|text, out| out.write_all(quote::word(text).as_bytes()));
    // All at once, since templates include each other; then the faulty one is looked for, to name it.
    if let Err(error) = tera.add_raw_templates(texts.iter().map(|(name, text)| (*name, text.as_ref()))) {
        let message = error.to_string();
        let template = texts.iter().map(|(n, _)| *n).find(|n| message.contains(*n)).unwrap_or("templates");
        return Err(TclError::Template { template: template.to_owned(), message });
    }
    Ok(tera)
}

/// NUL ends a string inside Vivado: it is refused by name before anything is rendered.
fn refuse_nul(name: &str, value: &serde_json::Value) -> Result<(), TclError> {
    use serde_json::Value;
    match value {
        Value::String(text) if text.contains('\0') => {
            Err(TclError::Nul { what: name.trim_start_matches('.').to_owned() })
        }
        Value::Array(list) => {
            list.iter().enumerate().try_for_each(|(n, v)| refuse_nul(&format!("{name}[{n}]"), v))
        }
        Value::Object(map) => map.iter().try_for_each(|(k, v)| refuse_nul(&format!("{name}.{k}"), v)),
        _ => Ok(()),
    }
}
