# Made by dfxkit. It is made anew before every use: change dfx.toml, or put a template of your own into templates/ beside it.
# Tcl 8.5. The last line of output is `dfxkit:: END <steps> <nonce>`, and only when everything went well.
namespace eval dfxkit {
    variable project demo
    variable description dfx.toml
    variable release 2024.2
    variable needs_utf8 false
    variable steps synth:conv3x3-8bit
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

# Runs in one project, in this order: synthesis first, then the parent, then its children.
set synthesis [list conv3x3_8bit_synth_1]
set implementation [list]
# Finished runs that the ones above start from. By the keys of dfxkit they are up to date; they must not run again.
set held [list]
# Synthesis of the parent's modules. Vivado looks at these runs too before it takes the parent as finished; what of them never ran (in an
# update, whose parent comes out of the archive) is run first.
set awaited [list]
# All other runs that dfxkit knows. Where they are finished they stay so: it is dfxkit that runs them again, when it is their turn.
set others [list synth_1 conv3x3_16bit_synth_1 impl_1 child_0_impl_1]
# Files that must be the same afterwards: what those runs left, and the static of the parent.
set guarded [list /demo/build/project/demo.runs/impl_1/top_routed.dcp /demo/build/project/demo.runs/impl_1/top_routed_bb.dcp /demo/build/project/demo.runs/impl_1/system_i_conv_conv3x3_8bit_routed.dcp]

# Says how a run stands; true when it reached its last step. PROGRESS alone does not tell which step was the last.
proc dfxkit::finished {run} {
    set status [get_property STATUS [get_runs $run]]
    set progress [get_property PROGRESS [get_runs $run]]
    dfxkit::say run $run status $status progress $progress
    set last {"synth_design Complete!" "write_bitstream Complete!" "write_device_image Complete!"}
    return [expr {$progress eq "100%" && [lsearch -exact $last $status] >= 0}]
}

# Size and time of files, to see that nobody wrote to them.
proc dfxkit::fingerprints {files} {
    set prints {}
    foreach file $files {
        if {[file exists $file]} {
            lappend prints $file [file size $file] [file mtime $file]
        } else {
            lappend prints $file missing missing
        }
    }
    return $prints
}

# Fails when a run that must not run again is no longer finished.
proc dfxkit::check_held {held moment} {
    foreach run $held {
        set status [get_property STATUS [get_runs $run]]
        if {[get_property PROGRESS [get_runs $run]] ne "100%"} {
            error "run $run must keep its results, but $moment its status is '$status': stopped before anything is built on another static"
        }
    }
}

# Launches runs, waits for each, judges each; gives those that failed.
proc dfxkit::launch {runs held options} {
    if {[llength $runs] == 0} {
        return {}
    }
    foreach run $held {
        if {[get_property NEEDS_REFRESH [get_runs $run]]} {
            set_property NEEDS_REFRESH false [get_runs $run]
        }
    }
    dfxkit::check_held $held "before the launch"
    dfxkit::say launch {*}$runs
    launch_runs $runs {*}$options
    dfxkit::check_held $held "after the launch"
    set failed {}
    foreach run $runs {
        # Up to 2022.2 a failed run is a warning here, from 2023.1 an error: the status tells in every release.
        if {[catch {wait_on_run $run} message]} {
            dfxkit::say wait $run $message
        }
        if {![dfxkit::finished $run]} {
            lappend failed $run
        }
    }
    return $failed
}

if {[catch {
    dfxkit::check_release
    set runs /demo/build/project/demo.runs
    open_project /demo/build/project/demo.xpr
    set before [dfxkit::fingerprints $guarded]
    # Users before what they use. A run that failed must be reset before it can be launched again; so must a finished one.
    foreach run [concat [lreverse $implementation] [lreverse $synthesis]] {
        if {[get_property STATUS [get_runs $run]] ne "Not started"} {
            reset_run $run
        }
    }
    # Of the others, finished ones are held too, and failed ones, which would keep Vivado from launching anything, start from nothing.
    foreach run $others {
        if {[llength [get_runs -quiet $run]] == 0} {
            continue
        }
        if {[get_property PROGRESS [get_runs $run]] eq "100%"} {
            lappend held $run
        } elseif {[string match "* ERROR" [get_property STATUS [get_runs $run]]]} {
            reset_run $run
        }
    }
    foreach run $awaited {
        if {[get_property PROGRESS [get_runs $run]] ne "100%"} {
            lappend synthesis $run
        } else {
            lappend held $run
        }
    }
    set failed [dfxkit::launch $synthesis $held [list -jobs 2]]
    if {[llength $failed] == 0} {
        set failed [dfxkit::launch $implementation [concat $held $synthesis] [list -to_step write_bitstream -jobs 2]]
    }
    if {[llength $failed] > 0} {
        # Those that failed themselves before those that waited for them.
        set broken {}
        set waited {}
        foreach run $failed {
            set status [get_property STATUS [get_runs $run]]
            set told "$run ($status, log [file join $runs $run runme.log])"
            if {[string match "* ERROR" $status]} {
                lappend broken $told
            } else {
                lappend waited $told
            }
        }
        error "not finished: [join [concat $broken $waited] {; }]"
    }
    if {[dfxkit::fingerprints $guarded] ne $before} {
        error "files of finished runs changed while others ran: $guarded"
    }
    close_project
} message]} {
    dfxkit::failed $message $::errorInfo
}
dfxkit::done
