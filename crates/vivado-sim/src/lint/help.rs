// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a message of Vivado means for a script, and what to do next.

use super::Kind;
use super::tcl::TCL;
use crate::syntax::Table;

/// Kind of mistake and next step, by message id.
const BY_ID: &[(&str, Kind, &str)] = &[
    ("Common 17-161", Kind::BadValue, "look at the values that the option takes: `COMMAND -help`"),
    ("Common 17-162", Kind::BadValue, "look at the values that the option takes: `COMMAND -help`"),
    ("Common 17-163", Kind::BadArguments, ""),
    ("Common 17-165", Kind::BadArguments, "an object list in several words? put it in [list ..]"),
    ("Common 17-170", Kind::BadArguments, "compare the spelling with `COMMAND -help`"),
    ("Common 17-54", Kind::BadValue, "compare the spelling with `list_property [get_.. OBJECT]`"),
    ("Netlist 29-160", Kind::BadValue, "compare the spelling with `list_property [get_.. OBJECT]`"),
    (
        "Common 17-55",
        Kind::UnknownObject,
        "the get_ command inside found nothing: look at its pattern, and whether the object is made before",
    ),
    ("Common 17-142", Kind::BadValue, "compare the spelling with `list_property [get_.. OBJECT]`"),
    ("Vivado 12-180", Kind::UnknownObject, "look at the cell's full path and at what is linked so far"),
    ("Vivado 12-584", Kind::UnknownObject, "look at the port names of the top"),
    ("Vivado 12-507", Kind::UnknownObject, "look at the net's full path"),
    ("Vivado 12-508", Kind::UnknownObject, "look at the pin's full path"),
    ("Vivado 12-1023", Kind::UnknownObject, "the objects after -of_objects have none of these"),
    ("Vivado 12-818", Kind::UnknownObject, "add the file first, or look at the pattern"),
    ("Vivado 12-1433", Kind::UnknownObject, "the cell is not there under this name when the Pblock is read"),
    ("Vivado 12-4739", Kind::UnknownObject, "look at the port or pin name of the clock"),
    ("Project 1-514", Kind::UnknownObject, "SCOPED_TO_CELLS names a cell that the static does not have"),
    ("Project 1-257", Kind::Order, "update_design -black_box the cell before reading another module into it"),
    ("Vivado 12-172", Kind::MissingFile, "look at the path; it counts from the working directory"),
    ("Runs 36-287", Kind::MissingFile, "look at the path; it counts from the working directory"),
    ("Common 17-37", Kind::MissingFile, "`file mkdir` the directory before: Vivado makes none for outputs"),
    ("Common 17-176", Kind::Vivado, "give -force, or another name"),
    ("Coretcl 2-27", Kind::MissingFile, "look at the path of the .xpr; it counts from the working directory"),
    ("Coretcl 2-99", Kind::Order, "close_project first"),
    ("Coretcl 2-101", Kind::Order, "close_project first"),
    ("Coretcl 2-106", Kind::BadValue, "compare the part with `get_parts`; the release must have its family"),
    ("Device 21-436", Kind::BadValue, "compare the part with `get_parts`; the release must have its family"),
    ("Project 1-228", Kind::Vivado, "open it with the release that wrote it"),
    (
        "Netlist 29-77",
        Kind::Vivado,
        "the module's ports must be those of the partition: names, directions and widths",
    ),
    ("Project 1-68", Kind::Order, "add the top's sources or its checkpoint first, or look at -top"),
    ("Synth 8-439", Kind::MissingFile, "add the file with this module, or a black box for a partition"),
    (
        "DRC INBB-3",
        Kind::Order,
        "give the partition a module (read_checkpoint -cell) or a greybox (update_design -buffer_ports) first",
    ),
    ("Vivado_Tcl 4-78", Kind::Order, ""),
    (
        "Vivado_Tcl 4-23",
        Kind::Vivado,
        "look at the DRC errors before this: each partition needs a Pblock of its own that overlaps no other",
    ),
    ("Vivado 12-1345", Kind::Vivado, "look at the DRC errors before this"),
    ("Constraints 18-884", Kind::Vivado, "both checkpoints must be of one part"),
    (
        "Constraints 18-891",
        Kind::Vivado,
        "this child was not made on that static: implement it on the golden one again",
    ),
    (
        "Vivado 12-3515",
        Kind::Vivado,
        "this child was not made on that static: implement it on the golden one again",
    ),
    ("Runs 36-378", Kind::Vivado, "use the release that wrote the checkpoint, or a newer one"),
    (
        "Designutils 20-1307",
        Kind::Vivado,
        "constraint files know no control flow: write it out, or make it an unmanaged .tcl",
    ),
];

/// Kind and next step for a message; `Kind::Vivado` and no advice for one that is not in the table.
pub(super) fn of(id: &str, text: &str) -> (Kind, String) {
    if id == "Common 17-53" {
        let next = if text.contains("No open design") {
            "synth_design, link_design, open_checkpoint or open_run comes first"
        } else if text.contains("No open project") {
            "create_project or open_project comes first"
        } else {
            ""
        };
        return (Kind::Order, next.to_owned());
    }
    if id == "Common 17-161" && (text.contains("for 'object'") || text.contains("for 'objects'")) {
        let next = "give an object from a get_ command that finds one, not a plain word";
        return (Kind::UnknownObject, next.to_owned());
    }
    if let Some((_, kind, next)) = BY_ID.iter().find(|(i, ..)| *i == id) {
        return (*kind, (*next).to_owned());
    }
    by_text(text)
}

/// Refusals of one id ([Common 17-69]) that differ by their text.
fn by_text(text: &str) -> (Kind, String) {
    let (kind, next) = if text.contains("PR_FLOW property") {
        (Kind::Order, "`set_property PR_FLOW 1 [current_project]` comes first, and cannot be taken back")
    } else if text.contains("is not supported on a design that is not")
        || text.contains("needs a routed design")
    {
        (Kind::Order, "place_design and route_design (or open_run of a finished implementation) come first")
    } else if text.contains("has not been launched") {
        (Kind::Order, "launch_runs comes first, wait_on_run after it")
    } else if text.contains("needs to be reset before launching") {
        (Kind::Order, "reset_runs comes first")
    } else if text.contains("does not exist") && text.contains(".dcp") {
        (Kind::MissingFile, "write it first (write_checkpoint), or look at the path")
    } else if text.contains("does not exist") || text.contains("was not found") {
        (Kind::UnknownObject, "make the object first, or look at its name")
    } else if text.contains("design is not") || text.contains("must be placed") || text.contains("not placed")
    {
        (Kind::Order, "the steps go opt_design, place_design, route_design")
    } else {
        (Kind::Vivado, "")
    };
    (kind, next.to_owned())
}

/// The command that was meant, perhaps.
pub(super) fn nearest(name: &str) -> String {
    let known = Table::get().names().chain(TCL.iter().copied());
    let close = known.map(|k| (distance(name, k), k)).min();
    match close {
        Some((d, found)) if d <= 2.max(name.len() / 5) => format!("did you mean `{found}`?"),
        _ => "no command of Vivado or Tcl and no procedure has this name".to_owned(),
    }
}

/// Edits (insert, delete, replace, swap of neighbours) from one word to the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let replace = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replace.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

/// Next step for an error of Tcl itself.
pub(super) fn script(text: &str) -> String {
    let next = if text.starts_with("can't read") {
        "set the variable before, or pass it after `--`; a procedure needs `global` or `variable`"
    } else if text.starts_with("wrong # args") {
        "look at the procedure's parameters"
    } else if text.contains("missing close-brace")
        || text.contains("missing \"")
        || text.contains("missing close-bracket")
    {
        "count the braces, brackets and quotes of this command"
    } else {
        ""
    };
    next.to_owned()
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn the_nearest_command_is_offered() {
        assert_eq!((distance("ab", "ba"), distance("abc", "abc"), distance("", "ab")), (1, 0, 2));
        assert_eq!(nearest("place_desing"), "did you mean `place_design`?");
        assert!(nearest("completely_other_thing").starts_with("no command"));
    }
}
