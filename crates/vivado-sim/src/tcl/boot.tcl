# SPDX-FileCopyrightText: dfxkit contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Runs first in the tclsh child: defines every Vivado command, `puts`, `source`, `exit`, `cd` and prefix
# abbreviation, and then serves the Rust side.
# Frames, both ways: "<kind> <bytes>\n<utf-8 payload>".
#   to Rust:   C = a command (Tcl list), R = result of an evaluation {code result errorinfo}, P = console text, X = exit code
#   from Rust: 0 = result, 1 = error, E = evaluate this script at the global level
namespace eval ::sim {
    variable in [open [lindex $argv 0] r]
    variable out [open [lindex $argv 1] w]
    fconfigure $in -translation binary -buffering full
    fconfigure $out -translation binary -buffering full
    variable depth 0
    variable commands
}
set ::argv {}
set ::argc 0
set ::auto_noexec 1

proc ::sim::send {kind payload} {
    variable out
    set bytes [encoding convertto utf-8 $payload]
    ::sim::puts -nonewline $out "$kind [string length $bytes]\n$bytes"
    flush $out
}

# Serves evaluations until a reply comes; returns {code body}.
proc ::sim::await {} {
    variable in
    while {[gets $in header] >= 0} {
        lassign $header kind count
        set body [encoding convertfrom utf-8 [read $in $count]]
        if {$kind ne "E"} { return [list $kind $body] }
        set code [catch {uplevel #0 $body} result options]
        set trace ""
        if {$code == 1} { set trace [dict get $options -errorinfo] } else { set code 0 }
        send R [list $code $result $trace]
    }
    ::sim::exit 1
}

proc ::sim::call {args} {
    ::sim::send C $args
    lassign [::sim::await] code body
    if {$code ne "0"} { return -code error -errorcode VIVADO $body }
    return $body
}

rename ::puts ::sim::puts
proc ::puts {args} {
    set rest $args
    set newline "\n"
    if {[llength $rest] > 1 && [lindex $rest 0] eq "-nonewline"} {
        set newline ""
        set rest [lrange $rest 1 end]
    }
    switch -- [llength $rest] {
        1 { set channel stdout; set text [lindex $rest 0] }
        2 { lassign $rest channel text }
        default { return [uplevel 1 [list ::sim::puts {*}$args]] }
    }
    if {$channel ne "stdout" && $channel ne "stderr"} {
        return [uplevel 1 [list ::sim::puts {*}$args]]
    }
    ::sim::send P $text$newline
}

rename ::exit ::sim::exit
proc ::exit {{code 0}} {
    ::sim::send X $code
    ::sim::await
    ::sim::exit $code
}
proc ::quit {args} { ::exit }

rename ::cd ::sim::cd
proc ::cd {args} {
    uplevel 1 [list ::sim::cd {*}$args]
    ::sim::call %cd [pwd]
    return
}

# Vivado's source: echoes each command with one # per level of nesting, unless -notrace.
rename ::source ::sim::source
proc ::source {args} {
    set trace 1
    set files {}
    for {set i 0} {$i < [llength $args]} {incr i} {
        set word [lindex $args $i]
        switch -glob -- $word {
            -n* { set trace 0 }
            -q* { set trace 0 }
            -e* { incr i }
            -* {}
            default { lappend files $word }
        }
    }
    if {[llength $files] != 1} {
        return -code error "ERROR: \[Common 17-163\] Missing value for option 'file', please type 'source -help' for usage info.\n"
    }
    set file [lindex $files 0]
    if {!$trace} { return [uplevel 1 [list ::sim::source $file]] }
    return [uplevel 1 [list ::sim::traced $file]]
}

# Splits a script into {line text} pairs of whole commands.
proc ::sim::split_script {text} {
    set pending ""
    set line 0
    set first 0
    set pairs {}
    foreach row [split $text "\n"] {
        incr line
        if {$pending eq ""} {
            if {[string trim $row] eq ""} continue
            set first $line
            set pending $row
        } else {
            append pending "\n" $row
        }
        set odd [regexp {(\\+)$} $row -> slashes]
        if {$odd && [string length $slashes] % 2} continue
        if {[info complete "$pending\n"]} {
            lappend pairs $first $pending
            set pending ""
        }
    }
    if {$pending ne ""} { lappend pairs $first $pending }
    return $pairs
}

proc ::sim::traced {file} {
    variable depth
    set channel [open $file r]
    fconfigure $channel -encoding utf-8
    set text [read $channel]
    close $channel
    set before [info script]
    info script $file
    incr depth
    set mark [string repeat "#" $depth]
    set result ""
    set outcome {0 {} {}}
    foreach {line command} [::sim::split_script $text] {
        if {![regexp {^\s*#} $command]} {
            ::sim::send P "$mark [join [split $command "\n"] "\n$mark "]\n"
        }
        set code [catch {uplevel 1 $command} result options]
        if {$code == 2} break
        if {$code == 1} {
            set trace [dict get $options -errorinfo]
            set at $line
            if {[regexp {\n    \("uplevel" body line (\d+)\)} $trace -> within]} { set at [expr {$line + $within - 1}] }
            regsub {\n    \("uplevel" body line.*$} $trace "" trace
            set outcome [list 1 $result "$trace\n    (file \"$file\" line $at)"]
            break
        }
    }
    incr depth -1
    info script $before
    lassign $outcome code message trace
    if {$code} { return -code error -errorinfo $trace $message }
    return $result
}

# Reads a constraint file: whole commands one by one, control structures refused, faults told and passed over.
proc ::sim::xdc {file} {
    set channel [open $file r]
    fconfigure $channel -encoding utf-8
    set text [read $channel]
    close $channel
    foreach {line command} [::sim::split_script $text] {
        if {[regexp {^\s*#} $command]} continue
        set word [lindex [split [string trimleft $command]] 0]
        if {$word in {if for foreach while proc source puts exec open namespace switch catch return uplevel}} {
            ::sim::call %xdc_refused $word $file $line
            continue
        }
        ::sim::call %xdc_at $file $line
        if {[catch {uplevel #0 $command} message]} { ::sim::call %xdc_failed $message $file $line }
    }
    ::sim::call %xdc_at "" 0
    return
}

proc ::sim::define {names} {
    variable commands
    foreach name $names {
        set commands($name) 1
        if {$name ne "source"} { interp alias {} ::$name {} ::sim::call $name }
    }
    namespace eval ::common {}
    interp alias {} ::common::send_gid_msg {} ::sim::call send_gid_msg
    interp alias {} ::common::send_msg_id {} ::sim::call send_msg_id
    namespace eval ::debug {}
    interp alias {} ::debug::report_design_status {} ::sim::call report_design_status
    namespace eval ::xhub {}
    foreach name [lsearch -all -inline $names xhub_*] {
        interp alias {} ::xhub::[string range $name 5 end] {} ::sim::call $name
    }
}

# The packages of Tcl's library that Vivado ships and build scripts load; one file serves them.
foreach {package version} {json 1.3.3 fileutil 1.16 cmdline 1.5} {
    package ifneeded $package $version [list ::sim::source [file join [file dirname [info script]] packages.tcl]]
}

# `led[3]`, `led[7:0]` and `led[*]` need no braces in Vivado: an index in brackets stands for itself.
proc ::unknown {args} {
    variable ::sim::commands
    if {[llength $args] == 1 && [regexp {^(-?\d+(:-?\d+)?|\*)$} [lindex $args 0]]} { return "\[[lindex $args 0]\]" }
    # The IP packager's commands are in no table of commands: whatever is asked of it goes over.
    if {[regexp {^(?:::)?ipx::(\w+)$} [lindex $args 0] -> packager]} {
        return [::sim::call "ipx $packager" {*}[lrange $args 1 end]]
    }
    set name [namespace tail [lindex $args 0]]
    set matching [lsort [array names commands $name*]]
    if {$name ne "" && ![string match {*[*?]*} $name]} {
        if {$name eq "reset_run"} { set matching reset_runs }
        if {$name eq "wait_on_run"} { set matching wait_on_run }
        if {[llength $matching] == 1} {
            set full [lindex $matching 0]
            if {[llength [info commands ::$full]]} { return [uplevel 1 [list ::$full {*}[lrange $args 1 end]]] }
        }
        if {[llength $matching] > 1} {
            return -code error "ambiguous command name \"$name\": [join $matching]"
        }
    }
    if {[auto_load [lindex $args 0] [uplevel 1 {namespace current}]]} { return [uplevel 1 $args] }
    return -code error "invalid command name \"[lindex $args 0]\""
}

# -mode tcl: the interactive shell.
proc ::sim::shell {} {
    while 1 {
        ::sim::send P "Vivado% "
        if {[gets stdin line] < 0} return
        while {![info complete $line]} {
            if {[gets stdin more] < 0} return
            append line "\n" $more
        }
        if {[catch {uplevel #0 $line} result]} {
            ::sim::send P "$result\n"
        } elseif {$result ne ""} {
            ::sim::send P "$result\n"
        }
    }
}

::sim::await
::sim::exit 0
