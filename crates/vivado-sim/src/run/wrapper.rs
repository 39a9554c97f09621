// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The files around a run's script: `runme.sh`, the wrapper that keeps the log and the marks, `gen_run.xml`, `htr.txt`.
//!
//! As with the real one, `runme.sh` ends with a bare `exit` on failure: its exit status proves nothing.

use std::fmt::Write as _;
use std::path::Path;

use crate::disk;
use crate::host::Host;
use crate::model::project::{Project, Run};
use crate::release::Release;
use crate::util::{self, xml};

/// A word for /bin/sh.
fn shell(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// The arguments of the run's Vivado, as its log shows them.
pub(crate) fn arguments(run: &Run, top: &str) -> String {
    if run.synthesis {
        format!(
            "-log {top}.vds -m64 -product Vivado -mode batch -messageDb vivado.pb -notrace -source {top}.tcl"
        )
    } else {
        format!(
            "-log {top}.vdi -applog -m64 -product Vivado -messageDb vivado.pb -mode batch -source {top}.tcl -notrace"
        )
    }
}

pub(crate) fn write(
    dir: &Path,
    host: &Host,
    run: &Run,
    top: &str,
    user: &str,
    machine: &str,
) -> std::io::Result<()> {
    let args = arguments(run, top);
    let mut words: Vec<String> = vec![shell(&util::text(&host.program))];
    words.extend(host.leading.iter().map(|l| shell(&l.to_string_lossy())));
    let first = if run.synthesis { "" } else { "touch .init_design.begin.rst\n" };
    let queue =
        if run.synthesis { ".Vivado_Synthesis.queue.rst" } else { ".Vivado_Implementation.queue.rst" };
    let runme = format!(
        "#!/bin/sh\n# runme.sh: SIMULATED, written by vivado-sim. Starts the run's Vivado through the wrapper.\n\
         HD_LOG=runme.log\ntouch $HD_LOG\n\
         EAStep()\n{{\n  /bin/sh ./ISEWrap.sh $HD_LOG {} \"$@\"\n  if [ $? -ne 0 ]\n  then\n    exit\n  fi\n}}\n\
         {first}EAStep {} {args}\n",
        shell(&args),
        words.join(" "),
    );
    disk::write(dir.join("runme.sh"), runme)?;
    disk::write(
        dir.join("runme.bat"),
        "@echo off\nrem SIMULATED, written by vivado-sim: there is no Windows form of it\n",
    )?;
    let wrap = format!(
        "#!/bin/sh\n# ISEWrap.sh: SIMULATED, written by vivado-sim. Keeps the log and the begin, end and error marks.\n\
         HD_LOG=$1\nshift\nSHOWN=$1\nshift\n\
         printf '%s\\n' \"*** SIMULATED run of vivado-sim ***\" >> $HD_LOG\n\
         printf '\\n*** Running vivado\\n    with args %s\\n\\n\\n' \"$SHOWN\" >> $HD_LOG\n\
         \"$@\" >> $HD_LOG 2>&1 &\nPID=$!\n\
         cat > .vivado.begin.rst <<END\n\
         <?xml version=\"1.0\"?>\n<ProcessHandle Version=\"1\" Minor=\"0\">\n    <Process Command=\"vivado\" Owner=\"{user}\" Host=\"{machine}\" Pid=\"$PID\" HostCore=\"8\" HostMemory=\"16000000\">\n    </Process>\n</ProcessHandle>\nEND\n\
         wait $PID\nRESULT=$?\n\
         if [ $RESULT -eq 137 ]; then printf '%s\\n' \"rdiArgs.sh: line 312: $PID Killed                  \\\"\\$RDI_PROG\\\" \\\"\\$@\\\"\" >> $HD_LOG; fi\n\
         if [ $RESULT -eq 139 ]; then exit $RESULT; fi\n\
         if [ $RESULT -eq 0 ]; then touch .vivado.end.rst; else touch .vivado.error.rst; fi\n\
         exit $RESULT\n"
    );
    disk::write(dir.join("ISEWrap.sh"), wrap)?;
    for empty in ["ISEWrap.js", "rundef.js"] {
        disk::write(dir.join(empty), "// SIMULATED, written by vivado-sim\n")?;
    }
    disk::write(
        dir.join("htr.txt"),
        format!("# SIMULATED: how to repeat this run by hand\n\nvivado {args}\n"),
    )?;
    disk::write(dir.join(queue), "")
}

/// `gen_run.xml`: what was launched and which files it makes.
pub(crate) fn gen_run(
    p: &Project,
    run: &Run,
    top: &str,
    cells: &[(String, String)],
    greyboxes: &[String],
    release: Release,
) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- SIMULATED: written by vivado-sim -->\n",
    );
    let _ = write!(out, "<GenRun Id=\"{}\" LaunchPart=\"{}\"", xml(&run.name), xml(&p.part));
    if let Some(config) = &run.pr_config {
        let _ = write!(out, " LaunchConfig=\"{}\"", xml(config));
    }
    let _ = write!(out, " LaunchTime=\"{}\"", util::now());
    if release.at_least(2022, 1) && !run.synthesis {
        let _ = write!(out, " LaunchDFXMode=\"{}\"", run.props.get("DFX_MODE").unwrap_or("STANDARD"));
    }
    out.push_str(">\n");
    let mut file = |kind: &str, name: String| {
        let _ = writeln!(out, "  <File Type=\"{kind}\" Name=\"{}\"/>", xml(&name));
    };
    if run.synthesis {
        file("PA-TCL", format!("{top}.tcl"));
        file("RDS-RDS", format!("{top}.vds"));
        file("RDS-DCP", format!("{top}.dcp"));
        file("RDS-UTIL", format!("{top}_utilization_synth.rpt"));
        file("RDS-UTIL-PB", format!("{top}_utilization_synth.pb"));
    } else {
        const FILES: [(&str, &str); 27] = [
            ("PA-TCL", ".tcl"),
            ("RDI-RDI", ".vdi"),
            ("OPT-DCP", "_opt.dcp"),
            ("PLACE-DCP", "_placed.dcp"),
            ("PHYSOPT-DCP", "_physopt.dcp"),
            ("ROUTE-DCP", "_routed.dcp"),
            ("ROUTE-ERROR-DCP", "_routed_error.dcp"),
            ("ROUTE-BLACKBOX-DCP", "_routed_bb.dcp"),
            ("POSTROUTE-PHYSOPT-DCP", "_postroute_physopt.dcp"),
            ("POSTROUTE-PHYSOPT-BLACKBOX-DCP", "_postroute_physopt_bb.dcp"),
            ("OPT-DRC", "_drc_opted.rpt"),
            ("OPT-HWDEF", ".hwdef"),
            ("PLACE-IO", "_io_placed.rpt"),
            ("PLACE-UTIL", "_utilization_placed.rpt"),
            ("PLACE-CTRL", "_control_sets_placed.rpt"),
            ("ROUTE-DRC", "_drc_routed.rpt"),
            ("ROUTE-METHODOLOGY-DRC", "_methodology_drc_routed.rpt"),
            ("ROUTE-PWR", "_power_routed.rpt"),
            ("ROUTE-STATUS", "_route_status.rpt"),
            ("ROUTE-TIMINGSUMMARY", "_timing_summary_routed.rpt"),
            ("ROUTE-BUS-SKEW", "_bus_skew_routed.rpt"),
            ("ROUTE-CLK", "_clock_utilization_routed.rpt"),
            ("BG-BIT", ".bit"),
            ("BG-BIN", ".bin"),
            ("BITSTR-LTX", ".ltx"),
            ("BITSTR-MMI", ".mmi"),
            ("PDI-FILE", ".pdi"),
        ];
        for (kind, end) in FILES {
            file(kind, format!("{top}{end}"));
        }
        for (cell, rm) in cells {
            let base = format!("{}_{rm}", util::mangle(cell));
            file("BG-PARTITION-CELL-BIT", format!("{base}_partial.bit"));
            file("BG-PARTITION-LTX", format!("{base}.ltx"));
            file("ROUTE-PARTITION-CELL-DCP", format!("{base}_routed.dcp"));
        }
        for cell in greyboxes {
            let base = util::mangle(cell);
            file("BG-PARTITION-CELL-BIT", format!("{base}_greybox_partial.bit"));
            file("ROUTE-PARTITION-CELL-DCP", format!("{base}_routed.dcp"));
        }
    }
    let _ = writeln!(
        out,
        "  <Strategy Version=\"1\" Minor=\"2\">\n    <StratHandle Name=\"{}\" Flow=\"{}\"/>",
        xml(&run.strategy),
        xml(&run.flow)
    );
    for step in super::steps(run.synthesis) {
        let _ = writeln!(out, "    <Step Id=\"{step}\"/>");
    }
    out.push_str("  </Strategy>\n</GenRun>\n");
    out
}
