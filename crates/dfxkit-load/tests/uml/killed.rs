// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The loader killed at its system calls, on the real manager, by both ways to it.

use std::collections::BTreeMap;
use std::process::Command;

use crate::Scenario;
use crate::guest::Guest;
use crate::points::Victim;
use crate::region;

pub(crate) const ALL: &[Scenario] = &[
    ("firmware, killed at system calls", |g| {
        killed(g, &Victim::new(&g.target.command(&["swap", "p", "b"])), |_| {
            let (code, v) = g.target.run(&["recover"]);
            if code == 0 { Ok(()) } else { Err(v.to_string()) }
        });
    }),
    ("regions, killed at system calls", |g| {
        let mut command = Command::new(std::env::current_exe().expect("known"));
        command.arg(region::CHILD).arg(g.target.kit()).arg(g.target.root()).arg("b");
        killed(g, &Victim::new(&command), |place| {
            region::loader(g).recover().map(|_| ()).map_err(|e| format!("{place}: {e}"))
        });
    }),
];

fn killed(g: &Guest, victim: &Victim, recover: impl Fn(&str) -> Result<(), String>) {
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
    let judge = |place: &str| {
        recover(place).unwrap_or_else(|e| panic!("{place}: {e}"));
        let seen = g.seen();
        let said = seen.journal.strip_prefix("loaded ").or((seen.journal == "-").then_some("a"));
        let outcome = match (seen.coupled, said) {
            (true, Some(module)) => {
                assert_eq!(module, seen.held, "{place}: coupled over what it is not said to be");
                if module == "a" { "old, coupled" } else { "new, coupled" }
            }
            (false, None) => "closed and unknown",
            _ => panic!("{place}: {seen:?}"),
        };
        *outcomes.entry(outcome).or_default() += 1;
        assert_eq!(g.target.flags(), "0", "{place}");
        let left = g.target.left_in_firmware();
        assert!(left.is_empty(), "{place}: {left:?}");
        let (code, v) = g.target.run(&["swap", "p", "b"]);
        assert_eq!(code, 0, "{place}: {v}");
        assert_eq!((g.decoupler(), g.held().as_str()), (0, "b"), "{place}");
    };
    if let Some((calls, kills)) = victim.kill(g, &["journal", "firmware"], || g.reset(), judge) {
        println!("uml: {calls} system calls, killed at {kills}: {outcomes:?}");
    }
}
