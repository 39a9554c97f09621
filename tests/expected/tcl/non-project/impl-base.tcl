# Made by dfxkit. It is made anew before every use: change dfx.toml, or put a template of your own into templates/ beside it.
# Tcl 8.5. The last line of output is `dfxkit:: END <steps> <nonce>`, and only when everything went well.
namespace eval dfxkit {
    variable project demo
    variable description dfx.toml
    variable release 2024.2
    variable needs_utf8 false
    variable steps impl:base
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
    variable run [file normalize /demo/build/runs/impl_1]
    variable part xcku040-ffva1156-2-e
    variable board a.b:c:part0:1.0
    variable top top
    # Steps and directives by turns; places (`place_design.pre`) and scripts of the user by turns.
    variable directives {place_design ExtraNetDelay_high post_route_phys_opt_design Explore}
    variable hooks {}
    foreach {place script} {place_design.pre {/demo/hooks/before place.tcl} write_bitstream.pre /demo/build/generated/bitstream.tcl} {
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

# The parent configuration: implements the static, and leaves it locked with black boxes in the place of the partitions.
set cells {u_count {core[0].u shift}}
if {[catch {
    dfxkit::begin
    set_property DESIGN_MODE GateLvl [current_fileset]
    dfxkit::step init_design {
        dfxkit::checkpoint /demo/build/runs/synth_1/top.dcp
        dfxkit::checkpoint /demo/build/runs/up_synth_1/count.dcp u_count
        dfxkit::checkpoint /demo/dcp/left.dcp {core[0].u shift}
        read_xdc [list [file normalize /demo/build/generated/pblocks.xdc]]
        read_xdc [list [file normalize /demo/xdc/pins.xdc]]
        dfxkit::link $cells {}
    }
    dfxkit::implement true
    dfxkit::write_checkpoints top_postroute_physopt.dcp {u_count u_count_up_post_routed.dcp {core[0].u shift} {core_0_.u shift_left_post_routed.dcp}}
    dfxkit::step write_bitstream {
        dfxkit::bitstreams {u_count u_count_up_partial {core[0].u shift} {core_0_.u shift_left_partial}} true
    }
    # Last, because it destroys the design in memory. Black boxes before the lock: then only the static is locked.
    foreach cell $cells {
        update_design -cells [list $cell] -black_box
    }
    lock_design -level routing
    write_checkpoint -force [dfxkit::in_run top_postroute_physopt_bb.dcp]
    close_project
} message]} {
    dfxkit::failed $message $::errorInfo
}
dfxkit::done
