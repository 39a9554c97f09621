# SPDX-FileCopyrightText: dfxkit contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
# Runs a script with every Vivado command recorded instead of done, as on a project that does not exist yet. argv: the script, then its
# own arguments. Prints each command as one Tcl list a line. Knows nothing of Vivado's rules: the stand-in does.
set script [lindex $argv 0]
set argv [lrange $argv 1 end]
set argc [llength $argv]
array set files {}
set designs {}
proc record args {
    puts [string map [list \n \\n] $args]
}
foreach name {create_project open_project close_project add_files remove_files set_property reset_property update_compile_order
    create_partition_def create_reconfig_module create_pr_configuration create_run delete_runs delete_reconfig_modules
    delete_pr_configurations delete_partition_defs generate_target launch_runs wait_on_run reset_run pr_verify
    create_pblock add_cells_to_pblock resize_pblock} {
    proc $name args "record $name {*}\$args"
}
proc version args {return 2024.2}
proc current_project {} {return project}
proc current_design {} {return design}
foreach name {get_filesets get_pblocks get_cells} {
    proc $name args {return [lindex $args end]}
}
# Asked quietly, only what this script has made is there; what is named otherwise was made before.
set made {}
foreach {maker getter} {
    create_run get_runs create_partition_def get_partition_defs
    create_reconfig_module get_reconfig_modules create_pr_configuration get_pr_configurations
} {
    rename $maker record_$maker
    proc $maker args "record_$maker {*}\$args; lappend ::made {*}\$args"
    proc $getter args {
        if {[llength $args] == 0} {return {}}
        set name [lindex $args end]
        if {[lindex $args 0] eq "-quiet" && [lsearch -exact $::made $name] < 0} {return {}}
        return $name
    }
}
rename add_files record_add_files
proc add_files args {
    record_add_files {*}$args
    # Both forms that the templates use: `-norecurse -fileset F files`, `-norecurse -of_objects M files`.
    foreach file [lindex $args end] {
        lappend ::files([lindex $args 2]) $file
    }
}
rename remove_files record_remove_files
proc remove_files args {
    record_remove_files {*}$args
    set set [lindex $args 1]
    set at [lsearch -exact $::files($set) [lindex $args end]]
    set ::files($set) [lreplace $::files($set) $at $at]
}
proc get_files args {
    set at [lsearch -exact $args -of_objects]
    if {$at >= 0} {
        set set [lindex $args [expr {$at + 1}]]
        if {[info exists ::files($set)]} {return $::files($set)}
        return {}
    }
    # Patterns: a script that makes block designs leaves one.
    if {[lindex $args end] eq "*.bd"} {return [lsearch -all -inline $::designs *.bd]}
    return [lindex $args end]
}
proc make_wrapper args {
    record make_wrapper {*}$args
    return [file rootname [lindex $args 1]]_wrapper.v
}
proc get_property args {
    set name [lindex $args end-1]
    switch -- $name {
        PR_FLOW - NEEDS_REFRESH {return 0}
        PROGRESS {return 100%}
        STATUS {
            if {[string match *synth_1 [lindex $args end]]} {return "synth_design Complete!"}
            return "write_bitstream Complete!"
        }
        FLOW {return "Vivado Implementation 2024"}
        default {return {}}
    }
}
rename source source_really
proc source args {
    record source {*}$args
    if {[string match */bd/*.tcl [lindex $args 0]]} {
        set design [file rootname [lindex $args 0]].bd
        lappend ::designs $design
        lappend ::files(sources_1) $design
    }
}
rename exit exit_really
proc exit {{code 0}} {
    puts "exit $code"
    exit_really $code
}
# Directories of tests are not there; what a script writes below them goes nowhere.
rename open open_really
proc open {name args} {
    if {[lindex $args 0] eq "w"} {return [open_really /dev/null w]}
    open_really $name {*}$args
}
rename file file_really
proc file {sub args} {
    switch -- $sub {
        rename - delete - mkdir {return {}}
        exists {return [expr {[lindex $args 0] in $::argv || [string match *.dcp [lindex $args 0]]}]}
        size - mtime {return 1}
        default {file_really $sub {*}$args}
    }
}
source_really $script
