// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command line, logs, echo, redirection, abbreviation, Tcl itself.

use std::path::Path;

use crate::Bench;

#[test]
fn version_help_and_bad_options() {
    let bench = Bench::new();
    bench
        .vivado(&["-version"])
        .ends(0)
        .says(&["vivado v2024.2 (64-bit) SIMULATED", "SW Build 5239630 on Fri Nov 08 22:34:34 MST 2024"]);
    bench.vivado(&["-mode", "batch", "-sauce", "x"]).ends(1).says(&["Unknown option '-sauce'"]);
    bench.vivado(&[]).ends(1).says(&["no graphical mode"]);
    let lost = Bench::new().with("VIVADO_SIM_TCLSH", "/nowhere/tclsh");
    lost.script("puts x").ends(5).says(&["cannot start '/nowhere/tclsh'", "apt install tcl"]);
}

#[test]
fn logs_journal_and_echo() {
    let bench = Bench::new();
    bench.write("inner.tcl", "set inside 1\n");
    bench.write("a.tcl", "set x 1\nforeach i {1 2} {\n  puts \"line $i\"\n}\n# comment\nsource inner.tcl\nsource inner.tcl -notrace\nputs $argv\n");
    let ran = bench.vivado(&[
        "-mode",
        "batch",
        "-source",
        "a.tcl",
        "-log",
        "l.log",
        "-journal",
        "j.jou",
        "-tclargs",
        "one",
        "two words",
    ]);
    ran.ends(0).says(&["source a.tcl\n# set x 1\n# foreach i {1 2} {\n#   puts \"line $i\"\n# }\nline 1\nline 2\n# source inner.tcl\n## set inside 1\n# source inner.tcl -notrace\n# puts $argv\none {two words}\n", "INFO: [Common 17-206] Exiting Vivado at "]);
    let log = bench.read("l.log");
    assert!(log.starts_with("# SIMULATED"));
    for text in [
        "# Vivado v2024.2 (64-bit)",
        "# Command line: vivado -mode batch -source a.tcl",
        "line 2",
        "# Process ID: ",
    ] {
        assert!(log.contains(text), "{text}\n{log}");
    }
    assert!(bench.path("j.jou").exists() && !bench.path("vivado.log").exists());
    bench.vivado(&["-mode", "batch", "-source", "inner.tcl"]).ends(0);
    bench.vivado(&["-mode", "batch", "-source", "inner.tcl"]).ends(0);
    let names: Vec<String> = fs_err::read_dir(bench.path("."))
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    assert!(names.iter().any(|n| n.starts_with("vivado_") && n.ends_with(".backup.log")), "{names:?}");
    let none = Bench::new();
    none.write("a.tcl", "puts hi\n");
    none.vivado(&["-mode", "batch", "-nolog", "-nojournal", "-source", "a.tcl"]).ends(0);
    assert!(!none.path("vivado.log").exists() && !none.path("vivado.jou").exists());
}

#[test]
fn exit_codes_and_traces() {
    let bench = Bench::new();
    bench.script("exit 7").ends(7).says(&["[Common 17-206]"]);
    bench.script("proc p {} { error boom }\np\n").ends(1).says(&["boom\n    while executing\n\"error boom \"\n    (procedure \"p\" line 1)\n    invoked from within\n\"p\"\n    (file \"script.tcl\" line 2)"]);
    bench
        .script("if {[catch {open_project none.xpr} message]} { puts \"CAUGHT $message\" }")
        .ends(0)
        .says(&["CAUGHT ERROR: [Coretcl 2-27] Can't find specified project."]);
    bench.script("puts [info patchlevel]; puts [exec echo from_exec]; namespace eval n {proc q {} {return [info script]}}; puts [n::q]; cd ..; cd [file dirname [info script]]; puts stderr to_stderr").says(&["8.6", "from_exec", "script.tcl", "to_stderr"]);
}

#[test]
fn redirection_abbreviation_and_queries() {
    let bench = Bench::new();
    let ran = bench.script(
        "create_project -in_memory -part xc7z020clg400-1 > made.log\n\
         add_file {top.v count_up.v}\n\
         synth_d -top top > s.log\nreport_util > u.rpt\nreport_property [get_cells inst_count] REF_NAME >> u.rpt\n\
         puts \"A [get_cells *] B [get_cells -hier -filter {REF_NAME == count}] C [llength [get_ports]]\"\n\
         puts \"D [get_ports -regexp {led\\[[12]\\]}] E [get_ports {led[3]}] F [get_ports -filter {DIRECTION == IN}]\"\n\
         puts \"G [get_property class [get_cells inst_count]] H [get_property PART [current_project]] I [list_property [get_cells inst_count] REF*]\"\n\
         puts \"J [get_pins -of_objects [get_cells inst_count] -filter {DIRECTION == OUT}]\"\n\
         set_property -dict {KEEP true DONT_TOUCH 1} [get_cells inst_count]\nset_property -name MARK_DEBUG -value 1 -objects [get_cells inst_count]\n\
         puts \"K [get_property keep [get_cells inst_count]][get_property mark_debug [get_cells inst_count]]\"\n\
         foreach f [get_files *.v] {puts \"L [file tail $f] [get_property FILE_TYPE $f]\"}\n\
         report_stacks\n",
    );
    ran.ends(0).says(&[
        "A inst_count B inst_count C 6",
        "D {led[1]} {led[2]} E led[3] F clk rst_n",
        "G cell H xc7z020clg400-1 I REF_NAME",
        "J {inst_count/count_out[0]}",
        "K true1",
        "L count_up.v Verilog",
        "WARNING: [Sim 1-1] 'report_stacks' is not modelled",
    ]);
    ran.never(&["synthesizing module"]);
    assert!(bench.read("s.log").contains("INFO: [Synth 8-6157] synthesizing module 'top' ["));
    let text = bench.read("u.rpt");
    assert!(text.contains("| Slice LUTs*") && text.contains("REF_NAME  string  false      count"), "{text}");
}

#[test]
fn messages_are_counted_limited_and_configured() {
    let bench = Bench::new();
    bench
        .script(
            "create_project -in_memory -part xc7z020clg400-1\nfor {set i 0} {$i < 120} {incr i} {get_files none$i}\n\
             set_msg_config -id {Vivado 12-818} -suppress\nget_files other\n\
             set_msg_config -id {Device 21-436} -new_severity INFO\ncatch {set_part xcnone}\n\
             common::send_gid_msg -ssname BD::TCL -id 2041 -severity WARNING \"from a script\"\n",
        )
        .ends(0)
        .says(&["No files matched 'none99'", "INFO: [Common 17-14] Message 'Vivado 12-818' appears 100 times", "INFO: [Device 21-436] No parts matched 'xcnone'", "WARNING: [BD::TCL 103-2041] from a script"])
        .never(&["'none100'", "'other'"]);
}

#[test]
fn ten_thousand_commands_are_quick_work() {
    // Not timed: that it ends is the test; the measured rate stands in the report of the work.
    let bench = Bench::new();
    bench.script("create_project -in_memory -part xc7z020clg400-1\nfor {set i 0} {$i < 10000} {incr i} {get_property PART [current_project]}\nputs DONE").ends(0).says(&["DONE"]);
}

/// Every `Command:` line of the real logs goes through the option parser.
#[test]
fn real_command_lines_are_accepted() {
    #[expect(clippy::disallowed_methods, reason = "tests find the corpus by this variable")]
    let given = std::env::var_os("DFXKIT_CORPUS").map(std::path::PathBuf::from);
    let corpus =
        given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"));
    if !corpus.is_dir() {
        eprintln!("skipped: no corpus at {}", corpus.display());
        return;
    }
    let mut lines = std::collections::BTreeSet::new();
    collect(&corpus, &mut lines);
    assert!(lines.len() > 30, "{}", lines.len());
    let bench = Bench::new();
    // Words go through the real parser; what happens after it does not matter here.
    let mut script = String::new();
    for line in &lines {
        script += &format!(
            "catch {{{line}}} message\nif {{[regexp {{Common 17-(163|165|170)}} $message]}} {{puts \"PARSER refused {{{line}}}: $message\"}}\n"
        );
    }
    bench.script(&script).ends(0).never(&["PARSER refused"]);
}

fn collect(dir: &Path, out: &mut std::collections::BTreeSet<String>) {
    for entry in fs_err::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, out);
        } else if path.extension().is_some_and(|e| e == "log" || e == "vdi" || e == "vds" || e == "rds") {
            let text = String::from_utf8_lossy(&fs_err::read(&path).unwrap()).into_owned();
            out.extend(
                text.lines()
                    .filter_map(|l| l.strip_prefix("Command: "))
                    .filter(|l| !l.contains(['$', '[']))
                    .map(|l| l.trim().to_owned()),
            );
        }
    }
}
