// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Rule decks of the design rule check that a script makes for itself. Vivado's own decks hold every rule of the model.

use crate::cmd::query;
use crate::model::object::Kind;
use crate::session::{Outcome, Session};
use crate::syntax::parse::Args;
use crate::tcl::list;
use crate::util;

/// Where a deck's rules are kept among the session's parameters.
const KEY: &str = "drc deck ";

/// Decks that every session has (UG906, Design Rule Checks).
const OWN: [&str; 9] = [
    "bitstream_checks",
    "default",
    "eco_checks",
    "incr_eco_checks",
    "methodology_checks",
    "opt_checks",
    "placer_checks",
    "router_checks",
    "timing_checks",
];

/// The rules of one of the script's decks.
pub(crate) fn rules(s: &Session, deck: &str) -> Vec<String> {
    s.params.get(&format!("{KEY}{deck}")).map(|d| list::split_loose(d)).unwrap_or_default()
}

/// create_drc_ruledeck, delete_drc_ruledeck, add_drc_checks, remove_drc_checks, get_drc_ruledecks.
pub(crate) fn run(s: &mut Session, name: &str, args: &Args) -> Outcome {
    let words = args.words_from(0);
    match name {
        "create_drc_ruledeck" => {
            for deck in &words {
                s.params.insert(format!("{KEY}{deck}"), String::new());
            }
            Ok(query::found(s, Kind::Extra, words))
        }
        "delete_drc_ruledeck" => {
            for deck in &words {
                s.params.remove(&format!("{KEY}{deck}"));
            }
            Ok(String::new())
        }
        "get_drc_ruledecks" => {
            let own = s.params.keys().filter_map(|k| k.strip_prefix(KEY));
            let mut all: Vec<String> = OWN.into_iter().chain(own).map(str::to_owned).collect();
            all.retain(|d| words.is_empty() || words.iter().any(|w| util::glob(w, d)));
            Ok(query::found(s, Kind::Extra, all))
        }
        _ => {
            let deck = args.value("ruledeck").unwrap_or_default().to_owned();
            let mut kept = rules(s, &deck);
            kept.retain(|r| !words.contains(r));
            if name == "add_drc_checks" {
                kept.extend(words);
            }
            s.params.insert(format!("{KEY}{deck}"), list::join(kept));
            Ok(String::new())
        }
    }
}
