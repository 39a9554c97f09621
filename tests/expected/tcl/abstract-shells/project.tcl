# Made by dfxkit. It is made anew before every use: change dfx.toml, or put a template of your own into templates/ beside it.
# Tcl 8.5. The last line of output is `dfxkit:: END <steps> <nonce>`, and only when everything went well.
namespace eval dfxkit {
    variable project demo
    variable description dfx.toml
    variable release 2024.2
    variable needs_utf8 false
    variable steps project
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

# Brings the project to the description: makes it when it is not there, else adds what is missing, changes what differs and removes what
# dfxkit itself had made before and is no longer wanted. Finished runs stay. The project directory is dfxkit's own.
namespace eval dfxkit {
    variable directory /demo/build/project
    # Strategies that every release has, and what a description can set of a run.
    variable default_strategy [dict create synthesis "Vivado Synthesis Defaults" implementation "Vivado Implementation Defaults"]
    variable resettable [dict create synthesis {STEPS.SYNTH_DESIGN.ARGS.DIRECTIVE STEPS.SYNTH_DESIGN.TCL.PRE STEPS.SYNTH_DESIGN.TCL.POST} implementation {STEPS.OPT_DESIGN.ARGS.DIRECTIVE STEPS.PLACE_DESIGN.ARGS.DIRECTIVE STEPS.PHYS_OPT_DESIGN.ARGS.DIRECTIVE STEPS.ROUTE_DESIGN.ARGS.DIRECTIVE STEPS.POST_ROUTE_PHYS_OPT_DESIGN.ARGS.DIRECTIVE STEPS.INIT_DESIGN.TCL.PRE STEPS.INIT_DESIGN.TCL.POST STEPS.OPT_DESIGN.TCL.PRE STEPS.OPT_DESIGN.TCL.POST STEPS.POWER_OPT_DESIGN.TCL.PRE STEPS.POWER_OPT_DESIGN.TCL.POST STEPS.PLACE_DESIGN.TCL.PRE STEPS.PLACE_DESIGN.TCL.POST STEPS.POST_PLACE_POWER_OPT_DESIGN.TCL.PRE STEPS.POST_PLACE_POWER_OPT_DESIGN.TCL.POST STEPS.PHYS_OPT_DESIGN.TCL.PRE STEPS.PHYS_OPT_DESIGN.TCL.POST STEPS.ROUTE_DESIGN.TCL.PRE STEPS.ROUTE_DESIGN.TCL.POST STEPS.POST_ROUTE_PHYS_OPT_DESIGN.TCL.PRE STEPS.POST_ROUTE_PHYS_OPT_DESIGN.TCL.POST STEPS.WRITE_BITSTREAM.TCL.PRE STEPS.WRITE_BITSTREAM.TCL.POST}]
    # What dfxkit has put into the project: kinds and their members.
    variable owned {}
    variable wanted {}
}

# Procedures of the project step. They use the variables that it sets: directory, owned, wanted, fresh, default_strategy, resettable.

# Notes what is wanted: members of a kind; files are a kind of their own for each file set.


# A project that was moved or copied with its sources: Vivado's project file names them relative to itself and finds them at their new place,
# so what is owned must be known by its new path too, or a file that the description drops would stay in for ever.

# A path as seen from one directory, seen from another.

# Written twice: before the work, old and new together, so that a script that was killed half-way leaves nothing unknown; after it, the new.

# Members of a kind that dfxkit made and that are no longer wanted.

# The file object of a path in a file set; empty when it is not there. Compared as text: a path may hold what get_files takes for a pattern.


# Adds those files that are missing.

# Removes those files that are there.

# Brings a file set to its files: adds what is missing, removes what dfxkit had added before.

# The same where the order counts.

# Runs a block design's script, when it was not run yet or has changed since.

# Makes the products of a block design, its hand-off file among them, and its wrapper where that is the top.

# A module stays with its partition definition for good.

# Settings of a run. On a project that was there before, everything that a description can set goes back to the release's default first.

if {[catch {
    dfxkit::check_release

    # The project
    set dfxkit::fresh 1
    set xpr /demo/build/project/demo.xpr
    if {[file exists $xpr]} {
        if {[catch {open_project $xpr} message]} {
            set aside /demo/build/project.unreadable
            dfxkit::say note "the project cannot be opened ($message): it is kept as $aside and made anew"
            file delete -force $aside
            file rename /demo/build/project $aside
        } elseif {![string equal -nocase [get_property PART [current_project]] xczu3eg-sbva484-1-e]} {
            dfxkit::say note "the part has changed: the project is made anew"
            close_project
            file delete -force /demo/build/project
        } else {
            set dfxkit::fresh 0
        }
    }
    if {$dfxkit::fresh} {
        file delete -force /demo/build/project
        create_project demo /demo/build/project -part xczu3eg-sbva484-1-e
    }
    if {![get_property PR_FLOW [current_project]]} {
        set_property PR_FLOW 1 [current_project]
    }
    dfxkit::load_owned
    dfxkit::want "files sources_1" [list \
        /demo/rtl/top.v]
    dfxkit::want "files constrs_1" [list \
        /demo/build/generated/pblocks.xdc \
        /demo/xdc/pins.xdc]
    dfxkit::want "files utils_1" [list]
    dfxkit::want definitions [list pd_count pd_shift]
    dfxkit::want modules [list up down left]
    dfxkit::want {files up} [list \
        /demo/rtl/up.v]
    dfxkit::want {files down} [list \
        /demo/rtl/down.v]
    dfxkit::want {files left} [list \
        /demo/rtl/left.v]
    dfxkit::want configurations [list base]
    dfxkit::want runs [list]
    dfxkit::save_owned 1

    # The static
    dfxkit::files sources_1 [dict get $dfxkit::wanted "files sources_1"]
    dfxkit::property INCLUDE_DIRS [dfxkit::normalized {}] [get_filesets sources_1]
    dfxkit::property VERILOG_DEFINE {} [get_filesets sources_1]
    dfxkit::property GENERIC {} [get_filesets sources_1]
    dfxkit::property TOP top [get_filesets sources_1]
    update_compile_order -fileset sources_1

    # Constraints
    dfxkit::files_in_order constrs_1 [dict get $dfxkit::wanted "files constrs_1"]
    dfxkit::property USED_IN_SYNTHESIS false [dfxkit::file_in constrs_1 /demo/build/generated/pblocks.xdc]
    dfxkit::files utils_1 [dict get $dfxkit::wanted "files utils_1"]

    # What is gone from the description goes from the project: runs here, the rest at the end, when nothing refers to it any more
    foreach run [dfxkit::surplus runs] {
        if {[llength [get_runs -quiet $run]] > 0} {
            delete_runs $run
        }
    }

    # Partition definitions: one for each RTL module that the static instantiates as a partition
    if {[llength [get_partition_defs -quiet pd_count]] == 0} {
        create_partition_def -name pd_count -module count
    }
    if {[llength [get_partition_defs -quiet pd_shift]] == 0} {
        create_partition_def -name pd_shift -module shift
    }

    # Reconfigurable modules
    if {[llength [get_reconfig_modules -quiet up]] == 0} {
        # Taken out of the static's hierarchy, with its files: the first module of its partition, and block designs.
        dfxkit::add sources_1 [list \
            /demo/rtl/up.v]
        update_compile_order -fileset sources_1
        create_reconfig_module -name up -partition_def [get_partition_defs pd_count] -define_from count
    }
    dfxkit::check_definition up pd_count up
    dfxkit::files up [dict get $dfxkit::wanted {files up}]
    dfxkit::property TOP count [get_filesets up]
    dfxkit::property INCLUDE_DIRS [dfxkit::normalized {}] [get_filesets up]
    dfxkit::property VERILOG_DEFINE {} [get_filesets up]
    dfxkit::property GENERIC {} [get_filesets up]
    update_compile_order -fileset up
    if {[llength [get_reconfig_modules -quiet down]] == 0} {
        create_reconfig_module -name down -partition_def [get_partition_defs pd_count] -top count
    }
    dfxkit::check_definition down pd_count down
    dfxkit::files down [dict get $dfxkit::wanted {files down}]
    dfxkit::property TOP count [get_filesets down]
    dfxkit::property INCLUDE_DIRS [dfxkit::normalized {}] [get_filesets down]
    dfxkit::property VERILOG_DEFINE {} [get_filesets down]
    dfxkit::property GENERIC {} [get_filesets down]
    update_compile_order -fileset down
    if {[llength [get_reconfig_modules -quiet left]] == 0} {
        # Taken out of the static's hierarchy, with its files: the first module of its partition, and block designs.
        dfxkit::add sources_1 [list \
            /demo/rtl/left.v]
        update_compile_order -fileset sources_1
        create_reconfig_module -name left -partition_def [get_partition_defs pd_shift] -define_from shift
    }
    dfxkit::check_definition left pd_shift left
    dfxkit::files left [dict get $dfxkit::wanted {files left}]
    dfxkit::property TOP shift [get_filesets left]
    dfxkit::property INCLUDE_DIRS [dfxkit::normalized {}] [get_filesets left]
    dfxkit::property VERILOG_DEFINE {} [get_filesets left]
    dfxkit::property GENERIC {} [get_filesets left]
    update_compile_order -fileset left
    # Files of modules that the static does not share must not stay behind in it.
    dfxkit::remove sources_1 [list \
        /demo/rtl/up.v \
        /demo/rtl/down.v \
        /demo/rtl/left.v]
    dfxkit::add sources_1 [dict get $dfxkit::wanted "files sources_1"]
    update_compile_order -fileset sources_1

    # Configurations
    if {[llength [get_pr_configurations -quiet base]] == 0} {
        create_pr_configuration -name base -partitions {u_count:up u_shift:left}
    } else {
        dfxkit::property PARTITION_CELL_RMS {u_count:up u_shift:left} [get_pr_configurations base]
        dfxkit::property GREYBOX_CELLS {} [get_pr_configurations base]
    }

    # Runs
    dfxkit::property PR_CONFIGURATION base [get_runs impl_1]
    dfxkit::settings synthesis synth_1 {} {} {}
    dfxkit::settings synthesis up_synth_1 {} {} {}
    dfxkit::settings synthesis down_synth_1 {} {} {}
    dfxkit::settings synthesis left_synth_1 {} {} {}
    dfxkit::settings implementation impl_1 {} {STEPS.POST_ROUTE_PHYS_OPT_DESIGN.IS_ENABLED 0 STEPS.WRITE_BITSTREAM.ARGS.BIN_FILE 0} {}

    foreach module [dfxkit::surplus modules] {
        if {[llength [get_reconfig_modules -quiet $module]] > 0} {
            delete_reconfig_modules [get_reconfig_modules $module]
        }
    }
    foreach configuration [dfxkit::surplus configurations] {
        if {[llength [get_pr_configurations -quiet $configuration]] > 0} {
            delete_pr_configurations [get_pr_configurations $configuration]
        }
    }
    foreach definition [dfxkit::surplus definitions] {
        if {[llength [get_partition_defs -quiet $definition]] > 0} {
            delete_partition_defs [get_partition_defs $definition]
        }
    }
    dfxkit::save_owned 0
    foreach run [get_runs] {
        dfxkit::say run $run status [get_property STATUS $run] progress [get_property PROGRESS $run]
    }
    close_project
    # Written by this call, also where nothing had to be changed.
    file mtime $xpr [clock seconds]
} message]} {
    dfxkit::failed $message $::errorInfo
}
dfxkit::done
