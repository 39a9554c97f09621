// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! dfxkit's HDL reader against sv-parser and vhdl_syntax (of the VHDL-LS project): what both take as a text of the language must have the same modules, the
//! same ports in the same order with the same directions, and the same instances, or the reader says unknown.
//!
//! usage: `dfxkit-crosscheck DIRECTORY SECONDS [SEED]`. Every file of DIRECTORY as it is, then mutations of them until the time is over. The same seed makes the same texts.
//! Widths are not compared here: these parsers work none out (`slang.py` does).

mod verilog;
mod vhdl;

use std::path::Path;
use std::time::{Duration, Instant};

use dfxkit_hdl::{Context, Direction, Language, Library, Overrides, read};

/// What a reader found of one module: the name, ports with their directions (none where not said), module and name of each instance.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) name: String,
    pub(crate) ports: Vec<(String, Option<&'static str>)>,
    pub(crate) instances: Vec<(String, String)>,
}

/// What the other parser found in a text.
pub(crate) enum Theirs {
    /// It is no text of the language.
    Refused,
    /// Modules; instances that may be something else.
    Modules(Vec<Found>, Vec<String>),
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [directory, seconds, seed @ ..] = arguments.as_slice() else {
        eprintln!("usage: dfxkit-crosscheck DIRECTORY SECONDS [SEED]");
        std::process::exit(2);
    };
    let seconds: f64 = seconds.parse().expect("seconds are a number");
    let seed: u64 = seed.first().map_or(1, |s| s.parse().expect("a seed is a number"));
    // sv-parser recurses by the depth of an expression.
    let directory = directory.clone();
    let work = std::thread::Builder::new()
        .stack_size(1 << 30)
        .spawn(move || run(Path::new(&directory), seconds, seed));
    if work.expect("a thread starts").join().is_err() {
        std::process::exit(1);
    }
}

fn run(directory: &Path, seconds: f64, seed: u64) {
    let mut files: Vec<(String, String)> = std::fs::read_dir(directory)
        .expect("the directory is there")
        .map(|e| e.expect("an entry").path())
        .filter(|p| Language::of_path(&p.to_string_lossy()).is_some())
        .map(|p| {
            (
                p.file_name().expect("a name").to_string_lossy().into_owned(),
                std::fs::read_to_string(&p).expect("text"),
            )
        })
        .collect();
    files.sort();
    let mut counts = Counts::default();
    for (name, text) in &files {
        assert!(check(name, text, name, &mut counts), "{name}: the other parser refuses it");
    }
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut cases = 0;
    while Instant::now() < end {
        let (name, text) = &files[random.below(files.len())];
        check(
            name,
            &mutated(text, &mut random),
            &format!("case {cases} of seed {seed}, from {name}"),
            &mut counts,
        );
        cases += 1;
    }
    println!(
        "parsers: {} files, {cases} random texts: {} compared, {} modules with unknown ports, {} refused by the other parser",
        files.len(),
        counts.compared,
        counts.unknown,
        counts.refused
    );
}

#[derive(Default)]
struct Counts {
    compared: usize,
    unknown: usize,
    refused: usize,
}

/// True when the other parser takes the text. Panics with the text when the readers differ.
fn check(file: &str, text: &str, what: &str, counts: &mut Counts) -> bool {
    let language = Language::of_path(file).expect("a file of HDL");
    let theirs = match language {
        Language::Verilog => verilog::read(text),
        Language::Vhdl => vhdl::read(text),
    };
    let Theirs::Modules(theirs, doubtful) = theirs else {
        counts.refused += 1;
        return false;
    };
    counts.compared += 1;
    let unit = read(file, text, language, &Context::EMPTY);
    assert!(unit.faults.is_empty(), "{what}: refused: {:?}\n{text}", unit.faults);
    let doubts = !unit.doubts.is_empty();
    let mut library = Library::new();
    library.add(unit);
    let same = |a: &str, b: &str| if language == Language::Vhdl { a.eq_ignore_ascii_case(b) } else { a == b };
    for their in &theirs {
        // The later of two modules of one name counts.
        if theirs.iter().filter(|t| same(&t.name, &their.name)).count() > 1 {
            continue;
        }
        let Some(module) = library.get(&their.name) else {
            assert!(doubts, "{what}: module {} is not found\n{text}", their.name);
            continue;
        };
        match library.ports(module, &Overrides::default()) {
            Err(_) => counts.unknown += 1,
            Ok(ports) => {
                let mine: Vec<&str> = ports.iter().map(|p| p.name.as_str()).collect();
                let names: Vec<&str> = their.ports.iter().map(|(n, _)| n.as_str()).collect();
                assert!(mine == names, "{what}: ports of {}: {mine:?} for {names:?}\n{text}", their.name);
                for (port, (_, direction)) in ports.iter().zip(&their.ports) {
                    let mine = match port.direction {
                        Direction::Input => "input",
                        Direction::Output => "output",
                        Direction::Inout => "inout",
                        Direction::PerSignal | Direction::Unknown(_) => continue,
                    };
                    let wanted = direction.unwrap_or(mine);
                    assert!(
                        mine == wanted,
                        "{what}: {} of {}: {mine} for {wanted}\n{text}",
                        port.name,
                        their.name
                    );
                }
            }
        }
        if !module.doubts.is_empty() {
            continue;
        }
        let mut mine: Vec<String> = library.instances(module).into_iter().map(|(_, name)| name).collect();
        let mut wanted: Vec<String> = their.instances.iter().map(|(_, name)| name.clone()).collect();
        mine.retain(|m| !doubtful.contains(m) || wanted.contains(m));
        mine.sort();
        wanted.sort();
        assert!(mine == wanted, "{what}: instances of {}: {mine:?} for {wanted:?}\n{text}", their.name);
    }
    true
}

/// xorshift: the same texts from the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}

fn mutated(text: &str, random: &mut Random) -> String {
    // Whole lines as well as words: a text with a line less is often still one of the language.
    let by_line = random.below(3) == 0;
    let separator = if by_line { "\n" } else { " " };
    let mut words: Vec<&str> = text.split(separator).collect();
    for _ in 0..=random.below(2) {
        let (a, b) = (random.below(words.len()), random.below(words.len()));
        match random.below(4) {
            0 if words.len() > 1 => drop(words.remove(a)),
            1 => words[a] = words[b],
            2 => words.swap(a, b),
            _ => words.insert(a, words[b]),
        }
    }
    words.join(separator)
}
