# Made by dfxkit. It is made anew before every use: change dfx.toml, or put a template of your own into templates/ beside it.
# Tcl 8.5. The last line of output is `dfxkit:: END <steps> <nonce>`, and only when everything went well.
namespace eval dfxkit {
    variable project demo
    variable description dfx.toml
    variable release 2024.2
    variable needs_utf8 false
    variable steps synth:down
    variable nonce -
    if {[info exists ::argv] && [llength $::argv] > 0} {
        set nonce [lindex $::argv 0]
    }
}

# A line for the runner: the words after the mark are a Tcl list. Messages of several lines become one.

# The end of a script that did all of its work.

# The end of any other. Plain Tcl errors carry no ERROR: of their own.

# A golden checkpoint is bound to the exact release; and names beyond ASCII would lead to other directories where characters are bytes.

# Sets a property when it differs, so that a finished run is not marked as out of date for nothing.

# Procedures of the scripts that go from checkpoint to checkpoint, without a project on the disk. Each script makes the directory of its run
# anew and leaves in it what a run of a Vivado project would leave there, under the same names: marks, reports, checkpoints, bitstreams.
namespace eval dfxkit {
    variable run [file normalize /demo/build/runs/down_synth_1]
    variable part xczu3eg-sbva484-1-e
    variable board {}
    variable top top
    # Steps and directives by turns; places (`place_design.pre`) and scripts of the user by turns.
    variable directives {}
    variable hooks {}
    foreach {place script} {} {
        lappend hooks $place [file normalize $script]
    }
}

# An empty directory, and a project in memory.

# A file of the run.

# A text file of the run.


# One step with its marks and the user's hooks, as Vivado's own runs do it.

# A script of the user; in the run's directory, where it would be in a project.

# `-directive X` where the description gives one.

# Adds a checkpoint; with a cell it fills that cell. Two cells may be filled from one file.

# The file object of a path. Compared as text: a path may hold what get_files takes for a pattern.

# Keeps constraints out of the checkpoint of a synthesis, as Vivado's own synthesis runs do it: of the static, since the implementation reads them
# again (a clock would be defined twice); of a module, those that hold out of context only.

# Links what was added. All partitions that the checkpoint of the static holds must be named; greyboxes get their buffers here.

# Netlist to routed design. Post-route phys_opt changes the names of the checkpoints, as in a project.

# What the gates read of a routed design.

# The routed checkpoint, and one of each cell: cells and file names by turns.

# Same static? Vivado throws where it is not; the text is kept for the gates, which read the counts.

# The full bitstream and the partial of each cell: cells and file stems by turns. Clearing bitstreams (UltraScale) come with their partials.

if {[catch {
    dfxkit::begin
    add_files -norecurse -fileset sources_1 [list \
        [file normalize /demo/rtl/down.v]]
    set include_dirs {}
    foreach dir {} {
        lappend include_dirs [file normalize $dir]
    }
    dfxkit::property INCLUDE_DIRS $include_dirs [current_fileset]
    dfxkit::property VERILOG_DEFINE {} [current_fileset]
    dfxkit::property GENERIC {} [current_fileset]
    dfxkit::property TOP count [current_fileset]
    update_compile_order -fileset [current_fileset]
    dfxkit::step synth_design {
        synth_design -top count -part xczu3eg-sbva484-1-e -mode out_of_context {*}[dfxkit::directive synth_design]
        write_checkpoint -force [dfxkit::in_run count.dcp]
        report_utilization -file [dfxkit::in_run count_utilization_synth.rpt]
    }
    close_project
} message]} {
    dfxkit::failed $message $::errorInfo
}
dfxkit::done
