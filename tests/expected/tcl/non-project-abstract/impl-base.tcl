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
proc dfxkit::say {args} {
    puts "dfxkit:: [string map [list \n { }] $args]"
    flush stdout
}

# The end of a script that did all of its work.
proc dfxkit::done {} {
    variable steps
    variable nonce
    dfxkit::say END {*}$steps $nonce
    exit 0
}

# The end of any other. Plain Tcl errors carry no ERROR: of their own.
proc dfxkit::failed {message trace} {
    variable steps
    regsub {^ERROR: } $message {} message
    puts "ERROR: \[dfxkit 1-1\] [join $steps]: $message"
    puts $trace
    flush stdout
    exit 1
}

# A golden checkpoint is bound to the exact release; and names beyond ASCII would lead to other directories where characters are bytes.
proc dfxkit::check_release {} {
    variable release
    variable needs_utf8
    if {$needs_utf8 && [encoding system] ne "utf-8"} {
        error "paths hold characters beyond ASCII, but the locale is not UTF-8 (Tcl's encoding is [encoding system]): set LC_ALL to C.UTF-8 or en_US.UTF-8, or move the project"
    }
    set actual [version -short]
    if {$release ne "" && $actual ne $release} {
        error "this is Vivado $actual, the description is bound to $release: give that release with --vivado, or change \[project\] vivado"
    }
    dfxkit::say BEGIN vivado $actual
}

# Sets a property when it differs, so that a finished run is not marked as out of date for nothing.
proc dfxkit::property {name value object} {
    set old [get_property -quiet $name $object]
    set truth {true 1 false 0}
    if {$old ne $value && ![string equal [string map $truth [string tolower $old]] [string map $truth [string tolower $value]]]} {
        set_property $name $value $object
    }
}

# Procedures of the scripts that go from checkpoint to checkpoint, without a project on the disk. Each script makes the directory of its run
# anew and leaves in it what a run of a Vivado project would leave there, under the same names: marks, reports, checkpoints, bitstreams.
namespace eval dfxkit {
    variable run [file normalize /demo/build/runs/impl_1]
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
proc dfxkit::begin {} {
    variable run
    variable part
    variable board
    dfxkit::check_release
    file delete -force $run
    file mkdir $run
    create_project -in_memory -part $part
    if {$board ne ""} {
        set_property BOARD_PART $board [current_project]
    }
}

# A file of the run.
proc dfxkit::in_run {name} {
    variable run
    return [file join $run $name]
}

# A text file of the run.
proc dfxkit::write {name text} {
    set channel [open [dfxkit::in_run $name] w]
    puts -nonewline $channel $text
    close $channel
}

proc dfxkit::mark {name} {
    close [open [dfxkit::in_run .$name.rst] w]
}

# One step with its marks and the user's hooks, as Vivado's own runs do it.
proc dfxkit::step {name body} {
    dfxkit::mark $name.begin
    dfxkit::hook $name.pre
    uplevel 1 $body
    dfxkit::hook $name.post
    dfxkit::mark $name.end
}

# A script of the user; in the run's directory, where it would be in a project.
proc dfxkit::hook {place} {
    variable run
    variable hooks
    if {![dict exists $hooks $place]} {
        return
    }
    set here [pwd]
    cd $run
    set failed [catch {uplevel #0 [list source [dict get $hooks $place]]} message options]
    cd $here
    if {$failed} {
        return -options $options $message
    }
}

# `-directive X` where the description gives one.
proc dfxkit::directive {step} {
    variable directives
    if {[dict exists $directives $step]} {
        return [list -directive [dict get $directives $step]]
    }
    return {}
}

# Adds a checkpoint; with a cell it fills that cell. Two cells may be filled from one file.
proc dfxkit::checkpoint {path {cell {}}} {
    set path [file normalize $path]
    if {![file exists $path]} {
        error "$path is not there"
    }
    if {[dfxkit::added $path] eq ""} {
        # A list of one: a path may hold a blank.
        add_files -norecurse [list $path]
    }
    if {$cell eq ""} {
        return
    }
    set file [dfxkit::added $path]
    if {$file eq ""} {
        error "Vivado did not take $path"
    }
    set_property SCOPED_TO_CELLS [concat [get_property SCOPED_TO_CELLS $file] [list $cell]] $file
}

# The file object of a path. Compared as text: a path may hold what get_files takes for a pattern.
proc dfxkit::added {path} {
    foreach file [get_files -quiet] {
        if {[file normalize $file] eq $path} {
            return $file
        }
    }
    return {}
}

# Keeps constraints out of the checkpoint of a synthesis, as Vivado's own synthesis runs do it: of the static, since the implementation reads them
# again (a clock would be defined twice); of a module, those that hold out of context only.
proc dfxkit::not_in_checkpoint {path} {
    set file [dfxkit::added [file normalize $path]]
    if {$file eq ""} {
        dfxkit::say note "$path is no file of the project: its constraints may stay in the checkpoint"
    } else {
        set_property USED_IN_IMPLEMENTATION false $file
    }
}

# Links what was added. All partitions that the checkpoint of the static holds must be named; greyboxes get their buffers here.
proc dfxkit::link {cells greyboxes} {
    variable part
    variable top
    link_design -mode default -reconfig_partitions $cells -part $part -top $top
    foreach cell $greyboxes {
        update_design -cells [list $cell] -buffer_ports
    }
}

# Netlist to routed design. Post-route phys_opt changes the names of the checkpoints, as in a project.
proc dfxkit::implement {post_route} {
    variable top
    dfxkit::step opt_design {
        opt_design {*}[dfxkit::directive opt_design]
    }
    dfxkit::step place_design {
        place_design {*}[dfxkit::directive place_design]
        report_utilization -file [dfxkit::in_run ${top}_utilization_placed.rpt]
    }
    dfxkit::step phys_opt_design {
        phys_opt_design {*}[dfxkit::directive phys_opt_design]
    }
    dfxkit::step route_design {
        route_design {*}[dfxkit::directive route_design]
        dfxkit::reports
    }
    if {$post_route} {
        dfxkit::step post_route_phys_opt_design {
            phys_opt_design {*}[dfxkit::directive post_route_phys_opt_design]
            report_timing_summary -max_paths 10 -report_unconstrained -warn_on_violation -file [dfxkit::in_run ${top}_timing_summary_postroute_physopted.rpt]
            report_route_status -file [dfxkit::in_run ${top}_route_status.rpt]
        }
    }
}

# What the gates read of a routed design.
proc dfxkit::reports {} {
    variable top
    report_drc -file [dfxkit::in_run ${top}_drc_routed.rpt]
    report_route_status -file [dfxkit::in_run ${top}_route_status.rpt]
    report_timing_summary -max_paths 10 -report_unconstrained -warn_on_violation -file [dfxkit::in_run ${top}_timing_summary_routed.rpt]
}

# The routed checkpoint, and one of each cell: cells and file names by turns.
proc dfxkit::write_checkpoints {routed cells} {
    write_checkpoint -force [dfxkit::in_run $routed]
    foreach {cell name} $cells {
        write_checkpoint -force -cell $cell [dfxkit::in_run $name]
    }
}

# Same static? Vivado throws where it is not; the text is kept for the gates, which read the counts.
proc dfxkit::verify {initial additional} {
    variable run
    pr_verify -full_check -initial $initial -additional [list [dfxkit::in_run $additional]] -file [dfxkit::in_run [file tail $run]_pr_verify.log]
}

# The full bitstream and the partial of each cell: cells and file stems by turns. Clearing bitstreams (UltraScale) come with their partials.
proc dfxkit::bitstreams {cells bin} {
    variable top
    set options [expr {$bin ? {-force -bin_file} : {-force}}]
    write_bitstream {*}$options -no_partial_bitfile [dfxkit::in_run $top.bit]
    foreach {cell stem} $cells {
        write_bitstream {*}$options -cell $cell [dfxkit::in_run $stem.bit]
    }
    # Only designs with debug cores have probes.
    catch {write_debug_probes -no_partial_ltxfile -quiet -force [dfxkit::in_run $top.ltx]}
    foreach {cell stem} $cells {
        catch {write_debug_probes -quiet -force -cell $cell [dfxkit::in_run $stem.ltx]}
    }
}

# The parent configuration: implements the static, and leaves it locked with black boxes in the place of the partitions.
set cells {u_count u_shift}
if {[catch {
    dfxkit::begin
    set_property DESIGN_MODE GateLvl [current_fileset]
    dfxkit::step init_design {
        dfxkit::checkpoint /demo/build/runs/synth_1/top.dcp
        dfxkit::checkpoint /demo/build/runs/up_synth_1/count.dcp u_count
        dfxkit::checkpoint /demo/build/runs/left_synth_1/shift.dcp u_shift
        read_xdc [list [file normalize /demo/build/generated/pblocks.xdc]]
        read_xdc [list [file normalize /demo/xdc/pins.xdc]]
        dfxkit::link $cells {}
    }
    dfxkit::implement false
    dfxkit::write_checkpoints top_routed.dcp {u_count u_count_up_routed.dcp u_shift u_shift_left_routed.dcp}
    dfxkit::step write_bitstream {
        dfxkit::bitstreams {u_count u_count_up_partial u_shift u_shift_left_partial} false
    }
    # Last, because it destroys the design in memory. Black boxes before the lock: then only the static is locked.
    foreach cell $cells {
        update_design -cells [list $cell] -black_box
    }
    lock_design -level routing
    write_checkpoint -force [dfxkit::in_run top_routed_bb.dcp]
    close_project
} message]} {
    dfxkit::failed $message $::errorInfo
}
dfxkit::done
