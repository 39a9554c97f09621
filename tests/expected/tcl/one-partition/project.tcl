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
proc dfxkit::want {kind members} {
    variable wanted
    if {[string match "files *" $kind]} {
        set members [dfxkit::normalized $members]
    }
    dict set wanted $kind $members
}

proc dfxkit::load_owned {} {
    variable directory
    variable owned
    set file [file join $directory dfxkit_owned.txt]
    if {[file exists $file]} {
        set channel [open $file r]
        set owned [read -nonewline $channel]
        close $channel
    }
    dfxkit::relocate
}

# A project that was moved or copied with its sources: Vivado's project file names them relative to itself and finds them at their new place,
# so what is owned must be known by its new path too, or a file that the description drops would stay in for ever.
proc dfxkit::relocate {} {
    variable directory
    variable owned
    set now [file normalize $directory]
    if {![dict exists $owned directory]} {
        return
    }
    set then [dict get $owned directory]
    dict unset owned directory
    if {$then eq $now} {
        return
    }
    dict for {kind members} $owned {
        if {[string match "files *" $kind]} {
            foreach path $members {
                lappend members [dfxkit::moved $path $then $now]
            }
            dict set owned $kind [lsort -unique $members]
        }
    }
}

# A path as seen from one directory, seen from another.
proc dfxkit::moved {path then now} {
    set from [file split $then]
    set to [file split $path]
    set common 0
    while {$common < [llength $from] && $common < [llength $to] && [lindex $from $common] eq [lindex $to $common]} {
        incr common
    }
    set up [lrepeat [expr {[llength $from] - $common}] ..]
    return [file normalize [file join $now {*}$up {*}[lrange $to $common end]]]
}

# Written twice: before the work, old and new together, so that a script that was killed half-way leaves nothing unknown; after it, the new.
proc dfxkit::save_owned {all} {
    variable directory
    variable owned
    variable wanted
    set text $wanted
    # Where these paths hold.
    dict set text directory [file normalize $directory]
    if {$all} {
        dict for {kind members} $owned {
            if {[dict exists $text $kind]} {
                set members [lsort -unique [concat $members [dict get $text $kind]]]
            }
            dict set text $kind $members
        }
    }
    set file [file join $directory dfxkit_owned.txt]
    set channel [open $file.new w]
    puts $channel $text
    close $channel
    file rename -force $file.new $file
}

# Members of a kind that dfxkit made and that are no longer wanted.
proc dfxkit::surplus {kind} {
    variable owned
    variable wanted
    set surplus {}
    if {[dict exists $owned $kind]} {
        foreach member [dict get $owned $kind] {
            if {![dict exists $wanted $kind] || [lsearch -exact [dict get $wanted $kind] $member] < 0} {
                lappend surplus $member
            }
        }
    }
    return $surplus
}

# The file object of a path in a file set; empty when it is not there. Compared as text: a path may hold what get_files takes for a pattern.
proc dfxkit::file_in {fileset path} {
    set path [file normalize $path]
    set objects [get_filesets -quiet $fileset]
    if {[llength $objects] == 0} {
        return {}
    }
    foreach file [get_files -quiet -of_objects $objects] {
        if {[file normalize $file] eq $path} {
            return $file
        }
    }
    return {}
}

proc dfxkit::normalized {paths} {
    set out {}
    foreach path $paths {
        lappend out [file normalize $path]
    }
    return $out
}

# Adds those files that are missing.
proc dfxkit::add {fileset files} {
    set missing {}
    foreach path $files {
        if {[dfxkit::file_in $fileset $path] eq ""} {
            lappend missing [file normalize $path]
        }
    }
    if {[llength $missing] > 0} {
        if {[llength [get_reconfig_modules -quiet $fileset]] > 0} {
            add_files -norecurse -of_objects [get_reconfig_modules $fileset] $missing
        } else {
            add_files -norecurse -fileset $fileset $missing
        }
    }
}

# Removes those files that are there.
proc dfxkit::remove {fileset files} {
    foreach path $files {
        set file [dfxkit::file_in $fileset $path]
        if {$file ne ""} {
            remove_files -fileset $fileset $file
        }
    }
}

# Brings a file set to its files: adds what is missing, removes what dfxkit had added before.
proc dfxkit::files {fileset files} {
    dfxkit::remove $fileset [dfxkit::surplus "files $fileset"]
    dfxkit::add $fileset $files
}

# The same where the order counts.
proc dfxkit::files_in_order {fileset files} {
    dfxkit::files $fileset $files
    set order {}
    foreach file [get_files -quiet -of_objects [get_filesets $fileset]] {
        lappend order [file normalize $file]
    }
    set wanted {}
    foreach path $files {
        lappend wanted [file normalize $path]
    }
    if {$order ne $wanted} {
        dfxkit::remove $fileset $files
        dfxkit::add $fileset $files
    }
}

# Runs a block design's script, when it was not run yet or has changed since.
proc dfxkit::block_design {script} {
    variable directory
    set stamp [file join $directory dfxkit_bd [string map {/ _ : _} $script].txt]
    set state [list [file size $script] [file mtime $script]]
    if {[file exists $stamp]} {
        set channel [open $stamp r]
        lassign [read -nonewline $channel] old design
        close $channel
        if {$old eq $state && [file exists $design]} {
            return $design
        }
        if {[dfxkit::file_in sources_1 $design] eq ""} {
            error "$script has changed, and its block design belongs to a module: remove $directory, the project is made anew"
        }
        remove_files -fileset sources_1 [dfxkit::file_in sources_1 $design]
        file delete -force [file dirname $design]
    }
    set before [get_files -quiet *.bd]
    uplevel #0 [list source $script]
    set design {}
    foreach file [get_files -quiet *.bd] {
        if {[lsearch -exact $before $file] < 0} {
            set design $file
        }
    }
    if {$design eq ""} {
        error "$script made no block design"
    }
    file mkdir [file dirname $stamp]
    set channel [open $stamp w]
    puts $channel [list $state $design]
    close $channel
    return $design
}

# Makes the products of a block design, its hand-off file among them, and its wrapper where that is the top.
proc dfxkit::generate {design top} {
    set file [dfxkit::file_in sources_1 $design]
    if {"[file rootname [file tail $design]]_wrapper" eq $top} {
        dfxkit::add sources_1 [list [make_wrapper -files $file -top]]
    }
    generate_target all $file
}

# A module stays with its partition definition for good.
proc dfxkit::check_definition {module wanted label} {
    set actual [get_property PARTITION_DEF [get_reconfig_modules $module]]
    if {$actual ne "" && $actual ne $wanted} {
        error "module $label moved from partition definition $actual to $wanted, which Vivado cannot do: give it another name"
    }
}

# Settings of a run. On a project that was there before, everything that a description can set goes back to the release's default first.
proc dfxkit::settings {kind run strategy properties hooks} {
    variable fresh
    variable default_strategy
    variable resettable
    set default [dict get $default_strategy $kind]
    # Vivado takes a relative path as one below the run's directory.
    dict for {name script} $hooks {
        dict set properties $name [file normalize $script]
    }
    set object [get_runs $run]
    if {!$fresh} {
        if {[get_property STRATEGY $object] ne $default} {
            set_property STRATEGY $default $object
        }
        foreach name [dict get $resettable $kind] {
            if {[get_property -quiet $name $object] ne "" && ![dict exists $properties $name]} {
                catch {reset_property -quiet $name $object}
            }
        }
    }
    if {$strategy ne ""} {
        dfxkit::property STRATEGY $strategy $object
    }
    dict for {name value} $properties {
        dfxkit::property $name $value $object
    }
    # What was built before must not steer the result.
    if {[get_property -quiet AUTO_INCREMENTAL_CHECKPOINT $object] ne ""} {
        dfxkit::property AUTO_INCREMENTAL_CHECKPOINT 0 $object
    }
}

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
        } elseif {![string equal -nocase [get_property PART [current_project]] xc7z020clg400-1]} {
            dfxkit::say note "the part has changed: the project is made anew"
            close_project
            file delete -force /demo/build/project
        } else {
            set dfxkit::fresh 0
        }
    }
    if {$dfxkit::fresh} {
        file delete -force /demo/build/project
        create_project demo /demo/build/project -part xc7z020clg400-1
    }
    dfxkit::property BOARD_PART tul.com.tw:pynq-z2:part0:1.0 [current_project]
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
    dfxkit::want definitions [list pd_conv_rp]
    dfxkit::want modules [list conv3x3_8bit conv3x3_16bit]
    dfxkit::want {files conv3x3_8bit} [list \
        /demo/rtl/conv3x3-8bit.v]
    dfxkit::want {files conv3x3_16bit} [list \
        /demo/rtl/conv3x3-16bit.v]
    dfxkit::want configurations [list base child_1]
    dfxkit::want runs [list child_0_impl_1]
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
    if {[llength [get_partition_defs -quiet pd_conv_rp]] == 0} {
        create_partition_def -name pd_conv_rp -module conv_rp
    }

    # Reconfigurable modules
    if {[llength [get_reconfig_modules -quiet conv3x3_8bit]] == 0} {
        # Taken out of the static's hierarchy, with its files: the first module of its partition, and block designs.
        dfxkit::add sources_1 [list \
            /demo/rtl/conv3x3-8bit.v]
        update_compile_order -fileset sources_1
        create_reconfig_module -name conv3x3_8bit -partition_def [get_partition_defs pd_conv_rp] -define_from conv_rp
    }
    dfxkit::check_definition conv3x3_8bit pd_conv_rp conv3x3-8bit
    dfxkit::files conv3x3_8bit [dict get $dfxkit::wanted {files conv3x3_8bit}]
    dfxkit::property TOP conv_rp [get_filesets conv3x3_8bit]
    dfxkit::property INCLUDE_DIRS [dfxkit::normalized {}] [get_filesets conv3x3_8bit]
    dfxkit::property VERILOG_DEFINE {} [get_filesets conv3x3_8bit]
    dfxkit::property GENERIC {} [get_filesets conv3x3_8bit]
    update_compile_order -fileset conv3x3_8bit
    if {[llength [get_reconfig_modules -quiet conv3x3_16bit]] == 0} {
        create_reconfig_module -name conv3x3_16bit -partition_def [get_partition_defs pd_conv_rp] -top conv_rp
    }
    dfxkit::check_definition conv3x3_16bit pd_conv_rp conv3x3-16bit
    dfxkit::files conv3x3_16bit [dict get $dfxkit::wanted {files conv3x3_16bit}]
    dfxkit::property TOP conv_rp [get_filesets conv3x3_16bit]
    dfxkit::property INCLUDE_DIRS [dfxkit::normalized {}] [get_filesets conv3x3_16bit]
    dfxkit::property VERILOG_DEFINE {} [get_filesets conv3x3_16bit]
    dfxkit::property GENERIC {} [get_filesets conv3x3_16bit]
    update_compile_order -fileset conv3x3_16bit
    # Files of modules that the static does not share must not stay behind in it.
    dfxkit::remove sources_1 [list \
        /demo/rtl/conv3x3-8bit.v \
        /demo/rtl/conv3x3-16bit.v]
    dfxkit::add sources_1 [dict get $dfxkit::wanted "files sources_1"]
    update_compile_order -fileset sources_1

    # Configurations
    if {[llength [get_pr_configurations -quiet base]] == 0} {
        create_pr_configuration -name base -partitions system_i/conv:conv3x3_8bit
    } else {
        dfxkit::property PARTITION_CELL_RMS system_i/conv:conv3x3_8bit [get_pr_configurations base]
        dfxkit::property GREYBOX_CELLS {} [get_pr_configurations base]
    }
    if {[llength [get_pr_configurations -quiet child_1]] == 0} {
        create_pr_configuration -name child_1 -partitions system_i/conv:conv3x3_16bit
    } else {
        dfxkit::property PARTITION_CELL_RMS system_i/conv:conv3x3_16bit [get_pr_configurations child_1]
        dfxkit::property GREYBOX_CELLS {} [get_pr_configurations child_1]
    }

    # Runs
    dfxkit::property PR_CONFIGURATION base [get_runs impl_1]
    if {[llength [get_runs -quiet child_0_impl_1]] == 0} {
        create_run child_0_impl_1 -parent_run impl_1 -flow [get_property FLOW [get_runs impl_1]] -pr_config child_1
    } else {
        dfxkit::property PR_CONFIGURATION child_1 [get_runs child_0_impl_1]
    }
    dfxkit::settings synthesis synth_1 {} {} {}
    dfxkit::settings synthesis conv3x3_8bit_synth_1 {} {} {}
    dfxkit::settings synthesis conv3x3_16bit_synth_1 {} {} {}
    dfxkit::settings implementation impl_1 {} {STEPS.POST_ROUTE_PHYS_OPT_DESIGN.IS_ENABLED 0 STEPS.WRITE_BITSTREAM.ARGS.BIN_FILE 0} {}
    dfxkit::settings implementation child_0_impl_1 {} {STEPS.POST_ROUTE_PHYS_OPT_DESIGN.IS_ENABLED 0 STEPS.WRITE_BITSTREAM.ARGS.BIN_FILE 0} {}

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
