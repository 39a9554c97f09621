// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The lint: one deliberate mistake of each kind, with its place; correct scripts; nothing written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fs_err as fs;
use vivado_sim::lint::{LintError, Options, Report, look, run};

use crate::Bench;

fn options(bench: &Bench) -> Options {
    Options {
        release: "2024.2".to_owned(),
        tclargs: Vec::new(),
        cwd: bench.path(""),
        tclsh: "tclsh".into(),
        seconds: 60,
    }
}

fn lint(bench: &Bench, script: &str) -> Report {
    bench.write("script.tcl", script);
    run(&["script.tcl".into()], &options(bench)).unwrap()
}

/// `line severity kind [id]` of each finding.
fn shape(report: &Report) -> Vec<String> {
    report
        .findings
        .iter()
        .map(|f| {
            let id = f.id.as_ref().map(|i| format!(" [{i}]")).unwrap_or_default();
            let file = if f.file == "script.tcl" { String::new() } else { format!("{}:", f.file) };
            format!("{file}{} {} {}{id}", f.line, f.severity.id(), f.kind.id())
        })
        .collect()
}

/// Every file and directory below `dir`, with contents.
fn tree(dir: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let mut out = BTreeMap::new();
    let mut open = vec![dir.to_path_buf()];
    while let Some(at) = open.pop() {
        for entry in fs::read_dir(&at).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path.clone());
                out.insert(path, None);
            } else {
                out.insert(path.clone(), Some(fs::read(&path).unwrap()));
            }
        }
    }
    out
}

const PROJECT: &str = "create_project P ./P -part xc7z020clg400-1; set_property PR_FLOW 1 [current_project]; add_files {top.v count_up.v}; set_property top top [current_fileset]\n";
const DFX: &str = "create_partition_def -name pd -module count; create_reconfig_module -name up -partition_def [get_partition_defs pd] -define_from count; create_pr_configuration -name c1 -partitions inst_count:up; set_property PR_CONFIGURATION c1 [get_runs impl_1]\n";
const DESIGN: &str = "create_project -in_memory -part xc7z020clg400-1; read_verilog {top.v count_up.v}; synth_design -top top\n";
const STATIC: &str = "create_project -in_memory -part xc7z020clg400-1; read_verilog {top.v count_bb.v}; read_xdc {top.xdc}; synth_design -top top\n";

/// Scripts with one mistake each (after a setting of one or two lines) and what is to be said.
#[test]
fn each_mistake_is_told_with_its_line() {
    let p = |rest: &str| format!("{PROJECT}{rest}");
    let d = |rest: &str| format!("{PROJECT}{DFX}{rest}");
    let n = |rest: &str| format!("{DESIGN}{rest}");
    let s = |rest: &str| format!("{STATIC}{rest}");
    let cases: Vec<(&str, String, &[&str])> = vec![
        // Words.
        ("unknown command", p("launch_runz impl_1"), &["2 error unknown-command"]),
        ("ambiguous command", p("get_p x"), &["2 error ambiguous-command"]),
        ("unknown option", p("launch_runs impl_1 -jbos 4"), &["2 error bad-arguments [Common 17-170]"]),
        ("ambiguous option", n("report_timing -n 3"), &["2 error bad-arguments [Common 17-170]"]),
        ("surplus argument", p("close_project now"), &["2 error bad-arguments [Common 17-165]"]),
        ("missing value", p("create_partition_def -name"), &["2 error bad-arguments [Common 17-163]"]),
        ("missing argument", p("create_partition_def -name x"), &["2 error bad-arguments [Common 17-163]"]),
        ("option in a catch", n("catch {get_cells -nonsense x}"), &["2 warning bad-arguments [Common 17-170]"]),
        ("option in a branch not taken", n("if {0} {\n place_design -nonsense\n}"), &["3 error bad-arguments [Common 17-170]"]),
        ("option in a procedure not called", n("proc p {} {\n\n place_design -nonsense\n}"), &["4 error bad-arguments [Common 17-170]"]),
        // Tcl.
        ("variable", "set a 1\nputs $b\n".to_owned(), &["2 error script"]),
        ("variable in a procedure", "proc p {} {\n  if {1} {\n    puts $b\n  }\n}\np\n".to_owned(), &["3 error script"]),
        ("own error", "if {1} {\n  error mine\n}\nputs on\n".to_owned(), &["2 error script"]),
        ("arguments of a procedure", "proc p {a} {}\np\n".to_owned(), &["2 error script"]),
        ("exit with a code", "puts a\nexit 4\n".to_owned(), &["2 error script"]),
        ("caught, then exit", "if {[catch {\n  open_project none.xpr\n} m]} {\n  puts $m\n  exit 1\n}\n".to_owned(), &["2 error missing-file [Coretcl 2-27]", "5 error script"]),
        ("caught and raised again", "if {[catch {\n  open_project none.xpr\n} m]} {\n  error \"failed: $m\"\n}\n".to_owned(), &["2 error missing-file [Coretcl 2-27]"]),
        ("script not there", "source none.tcl\n".to_owned(), &["1 error missing-file"]),
        ("file not there", "open none.txt\n".to_owned(), &["1 error script"]),
        // Files.
        ("source file", p("add_files none.v"), &["2 error missing-file [Vivado 12-172]"]),
        ("hdl file", p("read_verilog none.v"), &["2 error missing-file [Runs 36-287]"]),
        ("checkpoint", "open_checkpoint none.dcp\n".to_owned(), &["1 error missing-file [Common 17-69]"]),
        ("project", "open_project none.xpr\n".to_owned(), &["1 error missing-file [Coretcl 2-27]"]),
        ("directory of an output", n("write_checkpoint no/x.dcp"), &["2 error missing-file [Common 17-37]"]),
        ("output again", n("write_checkpoint x.dcp\nwrite_checkpoint x.dcp"), &["3 error vivado [Common 17-176]"]),
        ("module without a file", "create_project -in_memory -part xc7z020clg400-1\nread_verilog top.v\nsynth_design -top top\n".to_owned(), &["3 error missing-file [Synth 8-439]"]),
        ("part", "create_project a -in_memory -part xc7nope\n".to_owned(), &["1 warning bad-value [Device 21-436]", "1 error bad-value [Coretcl 2-106]"]),
        // Objects.
        ("cell", n("get_cells none"), &["2 warning unknown-object [Vivado 12-180]"]),
        ("property of nothing", n("set_property DONT_TOUCH 1 [get_cells -quiet none]"), &["2 error unknown-object [Common 17-55]"]),
        ("plain word for an object", n("get_property NAME nothing"), &["2 error unknown-object [Common 17-161]"]),
        ("unknown property", n("set_property NONSENSE 1 [get_cells inst_count]"), &["2 error bad-value [Netlist 29-160]"]),
        (
            "misspelled bitstream property",
            n("set_property BITSTREAM.GENERAL.COMPRES TRUE [current_design]"),
            &["2 error bad-value [Common 17-54]"],
        ),
        (
            "misspelled project property",
            p("set_property TARGET_LANGUAG VHDL [current_project]"),
            &["2 error bad-value [Common 17-142]"],
        ),
        (
            "unknown Pblock property",
            n("create_pblock pb\nset_property SNAP_MODE ON [get_pblocks pb]"),
            &["3 error bad-value [Common 17-54]"],
        ),
        ("value of an option", n("opt_design -directive Foo"), &["2 error bad-value [Common 17-161]"]),
        (
            "ranges of a Pblock",
            n("create_pblock pb\nresize_pblock pb -add {SLICE_X0Y0-SLICE_X9Y9}"),
            &["3 error bad-value [Common 17-161]"],
        ),
        ("pblock", n("add_cells_to_pblock pb [get_cells inst_count]"), &["2 error unknown-object [Common 17-69]"]),
        ("module of a configuration", d("create_pr_configuration -name c2 -partitions inst_count:down"), &["3 error unknown-object [Common 17-69]"]),
        ("configuration of a run", d("create_run r -parent_run impl_1 -flow {Vivado Implementation 2024} -pr_config none"), &["3 error unknown-object [Common 17-69]"]),
        // Order.
        ("no design", p("place_design"), &["2 error order [Common 17-53]"]),
        ("no design for cells", "create_project -in_memory -part xc7z020clg400-1\nset_property HD.RECONFIGURABLE true [get_cells inst_count]\n".to_owned(), &["2 error order [Common 17-53]"]),
        ("no project", "current_project\n".to_owned(), &["1 error order [Common 17-53]"]),
        ("project still open", p("create_project Q ./Q -part xc7z020clg400-1"), &["2 error order [Coretcl 2-99]"]),
        ("PR_FLOW later", "create_project P ./P -part xc7z020clg400-1\ncreate_partition_def -name a -module count\n".to_owned(), &["2 error order [Common 17-69]"]),
        ("module before partition", p("create_reconfig_module -name up -partition_def [get_partition_defs -quiet pd] -define_from count"), &["2 error unknown-object [Common 17-69]"]),
        ("bitstream before route", n("write_bitstream x.bit"), &["2 error order [Common 17-69]"]),
        ("black box at opt", s("set_property HD.RECONFIGURABLE true [get_cells inst_count]\nopt_design"), &["3 error order [DRC INBB-3]"]),
        ("module into a filled cell", n("write_checkpoint t.dcp\nread_checkpoint -cell inst_count t.dcp"), &["3 error order [Project 1-257]"]),
        ("locked before route", n("lock_design -level routing"), &["2 warning order"]),
        ("wait before launch", d("wait_on_run impl_1"), &["3 error order [Common 17-69]"]),
        ("open before launch", d("open_run impl_1"), &["3 error order [Common 17-69]"]),
        ("verify of nothing", "pr_verify a.dcp b.dcp\n".to_owned(), &["1 error missing-file [Common 17-69]"]),
        ("child before parent", d("create_run kid -parent_run impl_1 -flow {Vivado Implementation 2024} -pr_config c1\nadd_files -fileset constrs_1 {top.xdc pblocks.xdc}\nlaunch_runs kid"), &["5 warning order"]),
        ("launched twice", d("add_files -fileset constrs_1 {top.xdc pblocks.xdc}\nlaunch_runs impl_1\nwait_on_run impl_1\nlaunch_runs impl_1"), &["6 error order [Common 17-69]"]),
        // Loops.
        ("endless loop", "puts a\nwhile 1 {\n  get_parts xc7z020clg400-1\n}\nplace_design\n".to_owned(), &["3 warning loop", "5 error order [Common 17-53]"]),
    ];
    let mut wrong = Vec::new();
    for (name, script, wanted) in cases {
        let bench = Bench::new();
        let before = tree(&bench.path(""));
        let mut options = options(&bench);
        if name == "endless loop" {
            // The bound on commands is for machines that are quick; this one is on seconds.
            options.seconds = 30;
        }
        bench.write("script.tcl", &script);
        let report = run(&["script.tcl".into()], &options).unwrap();
        if shape(&report) != wanted {
            wrong.push(format!(
                "{name}: {:?} in place of {wanted:?}\n{:#?}",
                shape(&report),
                report.findings
            ));
        }
        fs::remove_file(bench.path("script.tcl")).unwrap();
        assert!(tree(&bench.path("")) == before, "{name}: something was written");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn mistakes_of_sourced_scripts_constraints_hooks_and_runs_have_their_own_place() {
    let bench = Bench::new();
    bench.write(
        "inner.tcl",
        "# first\nproc helper {} {\n  foreach i {1} {\n    get_cells none_$i\n  }\n}\nplace_desing\n",
    );
    bench.write("hook.tcl", "puts hook\nget_cells hooked -nope\n");
    bench.write("bad.xdc", "# c\nset_property PACKAGE_PIN A1 [get_ports none]\nif {1} {puts x}\n");
    let script = format!(
        "source inner.tcl\n{PROJECT}{DFX}add_files -fileset constrs_1 {{top.xdc pblocks.xdc bad.xdc}}\nset_property STEPS.OPT_DESIGN.TCL.PRE [file normalize hook.tcl] [get_runs impl_1]\nset_property STEPS.PLACE_DESIGN.ARGS.MORE_OPTIONS x [get_runs nope]\nlaunch_runs impl_1 -to_step write_bitstream\nwait_on_run impl_1\nopen_run impl_1\nhelper\nputs [get_property STATUS [get_runs impl_1]]\n"
    );
    let before = tree(&bench.path(""));
    let report = lint(&bench, &script);
    let root = bench.path("");
    let found = shape(&report);
    for wanted in [
        "inner.tcl:7 error unknown-command",
        "inner.tcl:4 warning unknown-object [Vivado 12-180]",
        "hook.tcl:2 error bad-arguments [Common 17-170]",
        "bad.xdc:2 critical-warning unknown-object [Common 17-55]",
        "bad.xdc:3 critical-warning vivado [Designutils 20-1307]",
        "6 error unknown-object [Common 17-55]",
    ] {
        assert!(found.iter().any(|f| f == wanted), "{wanted}: {found:#?} {root:?}");
    }
    fs::remove_file(bench.path("script.tcl")).unwrap();
    assert!(tree(&bench.path("")) == before);
}

#[test]
fn what_follows_from_a_failure_is_a_note() {
    let bench = Bench::new();
    let report = lint(
        &bench,
        "create_project -in_memory -part xc7z020clg400-1\nread_verilog none.v\nset top [open_checkpoint none.dcp]\nput_stuff $top\nplace_design\nget_property PART [get_runs $top]\nset h [exec git log]\nset_property top $h [current_fileset]\nexpr {$h + 1}\n",
    );
    assert_eq!(
        shape(&report),
        [
            "2 error missing-file [Runs 36-287]",
            "3 error missing-file [Common 17-69]",
            "4 error unknown-command"
        ],
        "{report:#?}"
    );
    let notes: Vec<String> = report.notes.iter().map(|n| format!("{:?} {}", n.lines, n.message)).collect();
    for (line, text) in
        [(5, "follows from the failure at line 3"), (7, "`git log` was not run"), (9, "non-numeric")]
    {
        assert!(
            notes.iter().any(|n| n.starts_with(&format!("[({line}, {line})]")) && n.contains(text)),
            "{line} {text}: {notes:#?}"
        );
    }
}

#[test]
fn files_of_a_script_are_in_memory_and_behave_like_files() {
    let bench = Bench::new();
    let before = tree(&bench.path(""));
    let report = lint(
        &bench,
        r#"
proc must {what} { if {![uplevel 1 [list expr $what]]} { error "not so: $what" } }
must {[catch {open out/x w}] == 1}
file mkdir out/deep
set f [open out/x.txt w]; puts $f "one"; puts -nonewline $f "two"; close $f
set f [open out/x.txt a]; puts $f "three"; close $f
set f [open out/x.txt r]; must {[gets $f] eq "one" && [read $f] eq "twothree\n" && [eof $f]}; close $f
must {[file size out/x.txt] == 13 && [file isfile out/x.txt] && [file isdirectory out] && ![file exists out/y]}
file copy out/x.txt out/deep/y.txt
must {[catch {file copy out/x.txt out/deep/y.txt}] == 1}
file copy -force out/x.txt top.v out/deep
must {[lsort [glob out/deep/*.txt]] eq {out/deep/x.txt out/deep/y.txt} && [glob -directory out -tails *] eq {deep x.txt}}
must {[lsort [glob out/{x,z}.txt out/deep/t*]] eq {out/deep/top.v out/x.txt} && [glob -nocomplain none*] eq {}}
file rename out/deep/y.txt out/z.txt
file delete out/x.txt out/none
must {![file exists out/x.txt] && [file exists out/z.txt]}
must {[catch {file delete out}] == 1}
cd out/deep
must {[file tail [pwd]] eq "deep" && [file exists x.txt] && [file exists ../z.txt] && [file normalize .] eq [pwd]}
set f [open made.tcl w]; puts $f "set ::from_memory 7\nputs \$nothing_here"; close $f
catch {source made.tcl}
must {$::from_memory == 7}
cd ../..
file delete -force out
must {![file exists out/z.txt] && [file exists top.v]}
file delete top.v
must {![file exists top.v] && [catch {open top.v}] == 1}
set f [open bin w+]; fconfigure $f -translation binary; puts -nonewline $f \x00\xff\x80; seek $f 1; must {[read $f 1] eq "\xff"}; close $f
must {[catch {load /nowhere/x.so}] == 1 && [catch {socket localhost 1}] == 1 && [catch {::tcl::file::delete x}] == 1}
must {[exec echo hi there] eq "hi there"}
exec mkdir -p a/b; exec touch a/b/c; exec cp -r a/b a/d; exec mv a/b a/e; exec rm -rf a/d
must {[file exists a/e/c] && ![file exists a/b] && ![file exists a/d]}
interp alias {} twice {} must
twice {1}
must {[catch {interp create x; x eval {open real.txt w}}] == 1}
catch {interp invokehidden {} sim_open real.txt w}
catch {interp expose {} sim_exec}
catch {exec touch real2.txt}
catch {::sim::real_puts}
package require json; if {[dict get [json::json2dict {{"a": 7}}] a] != 7} { error json }
if {[clock format 0 -gmt 1 -format %Y] ne 1970} { error clock }
"#,
    );
    assert_eq!(shape(&report), Vec::<String>::new(), "{report:#?}");
    fs::remove_file(bench.path("script.tcl")).unwrap();
    assert!(tree(&bench.path("")) == before);
}

#[test]
fn correct_flows_are_clean_in_all_releases_and_write_nothing() {
    for release in ["2018.3", "2020.2", "2022.2", "2023.2", "2024.2", "2025.2"] {
        for script in ["project_flow.tcl", "nonproject.tcl", "bdc.tcl"] {
            let bench = Bench::new();
            // Block design containers with partitions came in 2021.1; flow names carry a year.
            if script == "bdc.tcl" && release < "2021.1" {
                continue;
            }
            let text = bench.read(script).replace(
                "{Vivado Implementation 2024}",
                &format!("{{Vivado Implementation {}}}", &release[..4]),
            );
            bench.write(script, &text);
            let before = tree(&bench.path(""));
            let options = Options { release: release.to_owned(), ..options(&bench) };
            let report = run(&[script.into()], &options).unwrap();
            assert_eq!(shape(&report), Vec::<String>::new(), "{release} {script}: {report:#?}");
            assert!(report.executed > 50, "{report:#?}");
            assert!(tree(&bench.path("")) == before);
        }
    }
}

#[test]
fn arguments_releases_and_unreadable_files() {
    let bench = Bench::new();
    bench.write(
        "a.tcl",
        "if {[lindex $argv 1] ne {two words} || $argc != 2} { error \"argv $argv\" }\nset kept 1\n",
    );
    bench.write("b.tcl", "puts $kept\nexit 0\n");
    bench.write("c.tcl", "puts $kept\n");
    let mut given = options(&bench);
    given.tclargs = vec!["one".to_owned(), "two words".to_owned()];
    let scripts: Vec<PathBuf> = ["none.tcl", "a.tcl", "b.tcl", "c.tcl"].map(Into::into).into();
    let report = run(&scripts, &given).unwrap();
    // `exit` in b.tcl ends the session: c.tcl finds nothing of it.
    assert_eq!(shape(&report), ["none.tcl:0 error missing-file", "c.tcl:1 error script"], "{report:#?}");
    given.release = "2017.1".to_owned();
    assert!(matches!(run(&scripts, &given), Err(LintError::Release { .. })));
    given.release = "2024.2".to_owned();
    given.tclsh = "/nowhere/tclsh".into();
    assert!(matches!(run(&scripts, &given), Err(LintError::Tclsh(_))));
    // Options that a release does not have yet.
    let old = Options { release: "2020.2".to_owned(), ..options(&bench) };
    bench.write(
        "d.tcl",
        &format!("{PROJECT}create_run r -flow {{Vivado Implementation 2020}} -dfx_mode STANDARD\n"),
    );
    let report = run(&["d.tcl".into()], &old).unwrap();
    assert_eq!(shape(&report), ["d.tcl:2 error bad-arguments [Common 17-170]"]);
}

fn scripts(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            scripts(&path, out);
        } else if path.extension().is_some_and(|e| e == "tcl") {
            out.push(path);
        }
    }
}

#[test]
fn generated_scripts_have_no_findings_when_read() {
    let mut paths = Vec::new();
    scripts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/expected/tcl"), &mut paths);
    assert!(paths.len() > 20, "{}", paths.len());
    for path in paths {
        let text = fs::read_to_string(&path).expect("script");
        assert_eq!(look(&[(&path.to_string_lossy(), &text)]), [], "{}", path.display());
        // A wrong option in the same script is found, wherever the script does.
        let lines = text.lines().count();
        let wrong = format!("{text}\nopen_project -no_such_option x\n");
        let found = look(&[("x", &wrong)]);
        assert_eq!(found.len(), 1, "{}: {found:?}", path.display());
        assert!(found[0].line > lines && found[0].message.contains("no_such_option"), "{found:?}");
    }
}

/// What goes past `disk.rs` would be written in a dry run too: the model must not.
#[test]
fn only_one_file_touches_the_file_system() {
    // The door itself, its memory; what reads the machine's name; real logs and the fault file of a real session.
    const MAY: [&str; 5] = ["disk.rs", "layer.rs", "host.rs", "console.rs", "faults.rs"];
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut seen = 0;
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if MAY.contains(&name.as_str()) || path.extension().is_none_or(|e| e != "rs") {
                continue;
            }
            seen += 1;
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            for word in ["fs_err::", ".exists()", ".is_file()", ".is_dir()", "std::fs"] {
                let uses: Vec<&str> =
                    code.lines().filter(|l| l.contains(word) && l.trim() != "use fs_err::File;").collect();
                assert!(uses.is_empty(), "{}: {uses:?}: go through disk.rs", path.display());
            }
        }
    }
    assert!(seen > 60, "{seen}");
}
