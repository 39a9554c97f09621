// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Two processes at one device: never two in the sequence, never a success that is not one.

use crate::support::{DECOUPLER, Target, json};
use std::process::Stdio;

const ROUNDS: usize = 200;

#[test]
fn two_processes_race_and_the_last_success_is_what_is_there() {
    let t = Target::new();
    let mut swapped = 0;
    for round in 0..ROUNDS {
        let start = |module| {
            t.command(&["swap", "p", module])
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("starts")
        };
        let (first, second) = (start("a"), start("b"));
        let outputs = [("a", first), ("b", second)].map(|(m, c)| (m, c.wait_with_output().expect("ends")));
        for (module, output) in &outputs {
            let v = json(output);
            assert!(output.status.success(), "round {round}, {module}: {v}");
            swapped += usize::from(v["outcome"]["loaded"] == true);
        }
        // What is said to be there is what the manager was told last.
        let (_, v) = t.run(&["status"]);
        let module = v["status"]["partitions"]["p"]["module"].as_str().expect("loaded").to_owned();
        assert_eq!(v["status"]["partitions"]["p"]["state"], "loaded");
        assert_eq!(t.register(DECOUPLER), 0);
        let digest = t.digest(&module);
        assert!(t.firmware().contains(&digest), "round {round}: {} is not {module}", t.firmware());
        assert_eq!(
            fs_err::read_dir(t.root().join("lib/firmware")).expect("there").count(),
            1,
            "nothing is left behind"
        );
    }
    assert!(swapped >= ROUNDS, "each round swaps at least once: {swapped}");
}
