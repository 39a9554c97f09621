// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The files of run trees one by one: checkpoints, project files, headers; real ones and damaged ones.

use dfxkit::runtree::bit::BitFile;
use dfxkit::runtree::dcp::Dcp;
use dfxkit::runtree::xpr::{GenRun, Xpr};
use dfxkit_fabric::codec::MAGIC;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::{UART, Z020};
use crate::support::corpus;

#[test]
fn every_checkpoint_of_the_corpus_tells_what_it_is() {
    let Some(corpus) = corpus() else { return };
    let mut read = 0;
    for entry in walkdir::WalkDir::new(&corpus) {
        let path = camino::Utf8PathBuf::from_path_buf(entry.unwrap().into_path()).unwrap();
        if path.extension() == Some("dcp") {
            let dcp = Dcp::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
            assert!(dcp.part.is_some() && dcp.top.is_some(), "{path}");
            read += 1;
        }
    }
    assert!(read >= 14, "{read}");
    let of = |path: &str| Dcp::read(&corpus.join(path)).unwrap();
    let bb = of(&format!("{UART}/impl_1/top_routed_bb.dcp"));
    assert_eq!(bb.blackboxes, ["inst_count", "inst_shift"]);
    assert_eq!(
        (bb.release.as_deref(), bb.build.as_deref(), bb.part.as_deref()),
        (Some("2024.2"), Some("5239630"), Some("xc7a100tcsg324-1"))
    );
    assert_eq!((bb.implemented, bb.out_of_context, bb.reconfigurable), (true, false, false));
    assert_eq!(bb.board.as_deref(), Some("digilentinc.com:arty-a7-100:part0:1.1"));
    let cell = of(&format!("{UART}/impl_1/inst_count_count_down_routed.dcp"));
    assert_eq!((cell.reconfigurable, cell.out_of_context, cell.top.as_deref()), (true, true, Some("count")));
    assert!(cell.stub.unwrap().contains("output [3:0]count_out;"));
    let synth = of(&format!("{UART}/synth_1/top.dcp"));
    assert_eq!((synth.implemented, synth.blackboxes.len()), (false, 2));
    // An abstract shell names the one partition that is open, and no tool.
    let shell = of("dcp_abstract_shell/fig1_b/bft8/2400/3eg/page_0_abstract_shell.dcp");
    assert_eq!(
        (shell.blackboxes.as_slice(), shell.release),
        (&["design_1_i/page_0/inst".to_owned()][..], None)
    );
}

#[test]
fn project_files_tell_runs_and_configurations() {
    let Some(corpus) = corpus() else { return };
    let xpr = Xpr::read(&corpus.join("z020_bdc_4rp_project/cv_dfx_4_pr.xpr")).unwrap();
    assert!(xpr.dfx);
    assert_eq!(xpr.part.as_deref(), Some("xc7z020clg400-1"));
    assert_eq!(
        xpr.partition_defs.iter().map(|d| (d.name.as_str(), d.modules.len())).collect::<Vec<_>>(),
        [("pr_0", 3), ("pr_1", 2), ("pr_fork", 2), ("pr_join", 4)]
    );
    assert_eq!((xpr.parent_of("child_0_impl_1"), xpr.parent_of("impl_1")), (Some("impl_1"), None));
    // Greyboxes are in their own list.
    let cells = &xpr.configuration("config_4").unwrap().cells;
    assert_eq!(cells.iter().filter(|(_, m)| m.is_none()).count(), 3);
    let gen_run = GenRun::read(&corpus.join(Z020).join("impl_1/gen_run.xml")).unwrap();
    assert_eq!(
        (gen_run.configuration.as_deref(), gen_run.part.as_deref()),
        (Some("config_1"), Some("xc7z020clg400-1"))
    );
    assert_eq!(gen_run.files.iter().filter(|(t, _)| t == "BG-PARTITION-CELL-BIT").count(), 4);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, rng_seed: RngSeed::Fixed(5), ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_are_refused_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "\\PC{0,200}") {
        let path = camino::Utf8Path::new("x");
        let _ = Dcp::from_reader(std::io::Cursor::new(&bytes));
        let _ = BitFile::from_bytes(path, &bytes);
        let _ = BitFile::from_bytes(path, &[&MAGIC[..], &bytes].concat());
        for wrapped in [text.clone(), format!("<Project><Runs><Run Id=\"{text}\"/></Runs></Project>"), format!("<Checkpoint>{text}</Checkpoint>")] {
            let _ = Xpr::from_text(&wrapped);
            let _ = Dcp::from_xml(&wrapped);
        }
        let _ = dfxkit::runtree::state::of_names(text.split(' '));
    }

    #[test]
    fn a_damaged_checkpoint_never_panics(at in 0_usize..10_471, byte in any::<u8>(), cut in 0_usize..10_471) {
        if let Some(corpus) = corpus() {
            let mut bytes = fs_err::read(corpus.join(UART).join("synth_1/top.dcp")).unwrap();
            let _ = Dcp::from_reader(std::io::Cursor::new(&bytes[..cut.min(bytes.len())]));
            let at = at.min(bytes.len() - 1);
            bytes[at] = byte;
            let _ = Dcp::from_reader(std::io::Cursor::new(&bytes));
        }
    }
}
