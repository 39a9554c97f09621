# SPDX-FileCopyrightText: dfxkit contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# The boot script of a dry session (`dfxkit tcl lint`). The user's script runs in a child interpreter that has
# nothing to write a file, start a process, load a library or open a socket with: those commands are hidden, and
# what stands in their place asks the Rust side, whose disk is in memory. Frames are those of boot.tcl.
namespace eval ::sim {
    variable in [open [lindex $argv 0] r]
    variable out [open [lindex $argv 1] w]
    fconfigure $in -translation binary -buffering full
    fconfigure $out -translation binary -buffering full
}

proc ::sim::send {kind payload} {
    variable out
    set bytes [encoding convertto utf-8 $payload]
    puts -nonewline $out "$kind [string length $bytes]\n$bytes"
    flush $out
}

proc ::sim::await {} {
    variable in
    while {[gets $in header] >= 0} {
        lassign $header kind count
        set body [encoding convertfrom utf-8 [read $in $count]]
        if {$kind ne "E"} { return [list $kind $body] }
        if {$body eq "%unbound"} {
            interp limit user commands -value {}
            interp limit user time -seconds {}
            set body ::sim::forget
        }
        set code [catch {interp eval user $body} result options]
        set trace ""
        if {$code == 1} { set trace [dict get $options -errorinfo] } else { set code 0 }
        send R [list $code $result $trace]
    }
    exit 1
}

# Sends a frame for the child interpreter and gives {code body}.
proc ::sim::up {kind payload} {
    ::sim::send $kind $payload
    return [::sim::await]
}

# A real file, for reading alone.
proc ::sim::real_open {path} {
    set channel [open $path r]
    interp transfer {} $channel user
    return $channel
}

# What is left of `interp` for a script: aliases within its own interpreter.
proc ::sim::user_interp {sub args} {
    switch -- $sub {
        alias {
            if {[llength $args] == 2} { return [interp alias user [lindex $args 1]] }
            if {[lindex $args 0] eq "" && [lindex $args 2] eq ""} {
                set target [lrange $args 3 end]
                return [interp alias user [lindex $args 1] user {*}$target]
            }
        }
        exists { return [expr {[lindex $args 0] eq ""}] }
        slaves - children { return {} }
        issafe { return 0 }
    }
    ::sim::up C [list %not_run "interp $sub"]
    return
}

# Bounds for the next top-level command: Tcl commands, and seconds from now.
proc ::sim::bound {commands seconds} {
    interp limit user commands -value {}
    interp limit user time -seconds {}
    set used [interp eval user {info cmdcount}]
    interp limit user commands -value [expr {$used + $commands}] -granularity 1
    interp limit user time -seconds [expr {[clock seconds] + $seconds}] -granularity 10
}

interp create user
interp alias user ::sim::up {} ::sim::up
interp alias user ::sim::real_open {} ::sim::real_open
interp alias user ::sim::bound {} ::sim::bound
interp eval user {
    set ::argv {}
    set ::argc 0
    set ::auto_noexec 1
    namespace eval ::sim {
        variable cwd [pwd]
        variable commands
        variable caught 0
        variable files {}
        variable text
        variable procs
        variable channels
        variable serial 0
        variable result ""
        variable session top
        variable said ""
    }
    foreach name {catch try proc} { rename ::$name ::sim::real_$name }
}
foreach name {open exec socket load unload cd pwd glob file source exit interp vwait puts} {
    interp hide user $name sim_$name
}
interp alias user ::interp {} ::sim::user_interp
# `file` without the subcommands that change or link anything; `glob` and `open` are answered by the Rust side's disk.
interp alias user ::sim::real_file {} interp invokehidden user sim_file
interp alias user ::sim::real_source {} interp invokehidden user sim_source
interp alias user ::sim::real_puts {} interp invokehidden user sim_puts
interp eval user {
    foreach name {copy delete mkdir rename link tempfile attributes} {
        ::sim::real_catch { rename ::tcl::file::$name {} }
    }
}
interp eval user {
namespace eval ::sim {
real_proc call {args} {
    lassign [::sim::up C $args] code body
    if {$code ne "0"} { return -code error -errorcode VIVADO $body }
    return $body
}

# ---- where a command stands ---------------------------------------------------------------------------------

# Whether line `line` of `file` can hold the command `cmd`.
real_proc fits {file line cmd} {
    variable text
    if {![info exists text($file)]} { return 0 }
    set first [lindex [split [string trim $cmd]] 0]
    if {$first eq ""} { return 0 }
    return [expr {[string first $first [lindex $text($file) [expr {$line - 1}]]] >= 0}]
}

# File and line of the command that the user's script is at. Top-level commands and procedure bodies carry their
# own line numbers (they are padded with line feeds); scripts within them count from where they begin.
real_proc where {} {
    variable files
    variable procs
    set file ""
    set line 0
    set bases {}
    set nth -1
    set fresh 0
    set top [expr {[info frame] - 1}]
    for {set i 1} {$i <= $top} {incr i} {
        set frame [info frame $i]
        set type [dict get $frame type]
        set cmd [dict get $frame cmd]
        set name [expr {[dict exists $frame proc] ? [dict get $frame proc] : ""}]
        if {$type ne "eval" && [string match ::sim::* $name]} {
            if {$name eq "::sim::chunk"} {
                incr nth
                set file [lindex $files $nth]
                set fresh 1
            }
            continue
        }
        if {$nth < 0 || [string match "::sim::*" $cmd]} continue
        set at [dict get $frame line]
        switch -- $type {
            proc {
                if {[info exists procs($name)]} {
                    set file $procs($name)
                    set line $at
                    set bases [list $at]
                    set fresh 0
                }
            }
            source {
                set file [dict get $frame file]
                set line $at
                set bases [list $at]
            }
            eval {
                if {$fresh} {
                    set fresh 0
                    set line $at
                    set bases [list $at]
                    continue
                }
                for {set b [expr {[llength $bases] - 1}]} {$b >= 0} {incr b -1} {
                    set guess [expr {[lindex $bases $b] + $at - 1}]
                    if {[fits $file $guess $cmd]} {
                        set line $guess
                        lappend bases $guess
                        break
                    }
                }
                if {$b < 0 && [fits $file $at $cmd]} {
                    set line $at
                    lappend bases $at
                }
            }
        }
    }
    return [list $file $line]
}

# The line of an error by its trace: the innermost procedure or top-level command, and the loops within.
real_proc where_failed {file first trace} {
    variable procs
    set inner 0
    foreach row [split $trace "\n"] {
        if {[regexp {^    \(procedure "(.*)" line (\d+)\)$} $row -> name line]} {
            if {![string match ::* $name]} { set name ::$name }
            if {[info exists procs($name)]} { return [list $procs($name) [expr {$line + $inner}]] }
            foreach known [array names procs *::[namespace tail $name]] {
                return [list $procs($known) [expr {$line + $inner}]]
            }
            set inner 0
        } elseif {[regexp {^    \("uplevel" body line (\d+)\)$} $row -> line]} {
            if {$line >= $first} { return [list $file [expr {$line + $inner}]] }
            incr inner [expr {$line - 1}]
        } elseif {[regexp {^    \((?:file ".*"|".*" body|".*" (?:then|else) script|"while" body|in namespace eval .*|".*" arm) line (\d+)\)$} $row -> line]} {
            incr inner [expr {$line - 1}]
        }
    }
    return [list $file $first]
}

# ---- Vivado's commands ----------------------------------------------------------------------------------------

real_proc vivado {args} {
    variable caught
    lassign [::sim::up C [list %do {*}[where] $caught {*}$args]] code body
    if {$code ne "0"} { return -code error -errorcode VIVADO $body }
    return $body
}

real_proc define {names} {
    variable commands
    foreach name $names {
        set commands($name) 1
        if {$name ne "source"} { interp alias {} ::$name {} ::sim::vivado $name }
    }
    namespace eval ::common {}
    interp alias {} ::common::send_gid_msg {} ::sim::vivado send_gid_msg
    interp alias {} ::common::send_msg_id {} ::sim::vivado send_msg_id
    namespace eval ::debug {}
    interp alias {} ::debug::report_design_status {} ::sim::vivado report_design_status
    namespace eval ::xhub {}
    foreach name [lsearch -all -inline $names xhub_*] {
        interp alias {} ::xhub::[string range $name 5 end] {} ::sim::vivado $name
    }
}

real_proc unknown_command {args} {
    variable commands
    variable caught
    # As in boot.tcl: an index in brackets stands for itself.
    if {[llength $args] == 1 && [regexp {^(-?\d+(:-?\d+)?|\*)$} [lindex $args 0]]} { return "\[[lindex $args 0]\]" }
    if {[regexp {^(?:::)?ipx::(\w+)$} [lindex $args 0] -> packager]} {
        return [uplevel 1 [list ::sim::vivado "ipx $packager" {*}[lrange $args 1 end]]]
    }
    set given [lindex $args 0]
    set name [namespace tail $given]
    set matching [lsort [array names commands $name*]]
    if {$name ne "" && ![string match {*[*?]*} $name]} {
        if {$name eq "reset_run"} { set matching reset_runs }
        if {$name eq "wait_on_run"} { set matching wait_on_run }
        if {[llength $matching] == 1} {
            return [uplevel 1 [list ::[lindex $matching 0] {*}[lrange $args 1 end]]]
        }
        if {[llength $matching] > 1} {
            return [call %no_command {*}[where] $caught $given "ambiguous command name \"$name\": [join $matching]"]
        }
    }
    if {[auto_load $given [uplevel 1 {namespace current}]]} { return [uplevel 1 $args] }
    return [call %no_command {*}[where] $caught $given "invalid command name \"$given\""]
}

# ---- Tcl's own that are watched ---------------------------------------------------------------------------------

real_proc watched_proc {name params body} {
    variable procs
    lassign [where] file line
    set padded $body
    set cmd [dict get [info frame -1] cmd]
    # What a package or text put together at run time defines has no line of its own.
    if {$file ne "" && ![fits $file $line $cmd]} { set file "" }
    if {$file ne ""} {
        set at [string first $body $cmd]
        if {$at > 0} { incr line [expr {[llength [split [string range $cmd 0 [expr {$at - 1}]] "\n"]] - 1}] }
        set padded "[string repeat "\n" [expr {$line - 1}]]$body"
    }
    set made [uplevel 1 [list ::sim::real_proc $name $params $padded]]
    set full [uplevel 1 [list namespace which -command $name]]
    if {$file ne ""} { set procs($full) $file }
    return $made
}

real_proc watched_catch {script args} {
    variable caught
    incr caught
    set failed [real_catch {uplevel 1 [list ::sim::real_catch $script {*}$args]} code options]
    incr caught -1
    if {$failed} { return -options $options $code }
    return $code
}

real_proc watched_try {args} {
    variable caught
    set guards [expr {"on" in $args || "trap" in $args}]
    incr caught $guards
    set failed [real_catch {uplevel 1 [list ::sim::real_try {*}$args]} result options]
    incr caught -$guards
    if {$failed} { dict incr options -level; return -options $options $result }
    return $result
}

real_proc not_run {what} {
    call %not_run $what {*}[where]
}

real_proc watched_exec {args} {
    return [call %exec {*}[where] {*}$args]
}

real_proc watched_exit {{code 0}} {
    variable caught
    variable said
    call %exit {*}[where] $code $said
    ::sim::up X $code
}

real_proc watched_after {args} {
    if {[llength $args] > 1 && [string is integer -strict [lindex $args 0]]} { not_run "after with a script" }
    return
}

real_proc watched_vwait {args} { not_run vwait }
real_proc watched_socket {args} { not_run socket; error "socket: not opened in a dry run" }
real_proc watched_load {args} { not_run "load [lindex $args 0]"; error "load: no library is loaded in a dry run" }

# Console text goes nowhere; channels are written.
real_proc watched_puts {args} {
    set rest $args
    set newline {}
    if {[llength $rest] > 1 && [lindex $rest 0] eq "-nonewline"} {
        set newline -nonewline
        set rest [lrange $rest 1 end]
    }
    switch -- [llength $rest] {
        1 {
            variable said [lindex $rest 0]
            return
        }
        2 {
            if {[lindex $rest 0] in {stdout stderr}} {
                variable said [lindex $rest 1]
                return
            }
            return [::sim::real_puts {*}$newline {*}$rest]
        }
        default { return [uplevel 1 [list ::sim::real_puts {*}$args]] }
    }
}

# ---- files: reading is real, writing is in memory ---------------------------------------------------------------

real_proc absolute {path} {
    variable cwd
    return [real_file join $cwd $path]
}

real_proc watched_pwd {} {
    variable cwd
    return $cwd
}

real_proc watched_cd {{path ~}} {
    variable cwd
    set to [real_file normalize [absolute $path]]
    if {[lindex [call %stat $to] 0] ne "directory"} {
        return -code error "couldn't change working directory to \"$path\": no such file or directory"
    }
    set cwd $to
    call %cd $to
    return
}

real_proc watched_open {name {mode r} {permissions {}}} {
    if {[string index [string trimleft $name] 0] eq "|"} {
        not_run "open [string trim $name]"
        return [memory_channel "" "" r]
    }
    set path [real_file normalize [absolute $name]]
    set kind [lindex [call %stat $path] 0]
    set binary [string match *b* $mode]
    switch -glob -- $mode {
        r - rb - RDONLY {
            if {$kind ne "file"} { return -code error "couldn't open \"$name\": no such file or directory" }
            set held [call %held $path]
            if {$held eq "real"} {
                set channel [::sim::real_open $path]
            } else {
                set channel [memory_channel $path [call %get $path] r]
            }
        }
        default {
            if {$kind eq "directory"} { return -code error "couldn't open \"$name\": illegal operation on a directory" }
            if {[lindex [call %stat [real_file dirname $path]] 0] ne "directory" || ([string match r* $mode] && $kind ne "file")} {
                return -code error "couldn't open \"$name\": no such file or directory"
            }
            set content ""
            if {![string match w* $mode] && !("TRUNC" in $mode) && $kind eq "file"} { set content [call %get $path] }
            call %put $path $content
            set channel [memory_channel $path $content $mode]
        }
    }
    if {$binary} { fconfigure $channel -translation binary }
    return $channel
}

real_proc memory_channel {path content mode} {
    variable channels
    variable serial
    set key [incr serial]
    set at 0
    if {[string match a* $mode] || "APPEND" in $mode} { set at [string length $content] }
    set channels($key) [dict create path $path content $content at $at]
    set ways [expr {$mode in {r rb RDONLY} ? "read" : [string match *+* $mode] || "RDWR" in $mode ? "read write" : "write"}]
    return [chan create $ways [list ::sim::memory $key]]
}

real_proc memory {key sub channel args} {
    variable channels
    switch -- $sub {
        initialize { return {initialize finalize watch read write seek} }
        watch return
        finalize {
            unset channels($key)
            return
        }
        read {
            dict with channels($key) {}
            set count [lindex $args 0]
            set bytes [string range $content $at [expr {$at + $count - 1}]]
            dict incr channels($key) at [string length $bytes]
            return $bytes
        }
        write {
            set bytes [lindex $args 0]
            dict with channels($key) {}
            if {$at > [string length $content]} { append content [string repeat \0 [expr {$at - [string length $content]}]] }
            set content "[string range $content 0 [expr {$at - 1}]]$bytes[string range $content [expr {$at + [string length $bytes]}] end]"
            dict set channels($key) content $content
            dict incr channels($key) at [string length $bytes]
            call %put $path $content
            return [string length $bytes]
        }
        seek {
            lassign $args offset base
            switch -- $base {
                start { set at $offset }
                current { set at [expr {[dict get $channels($key) at] + $offset}] }
                end { set at [expr {[string length [dict get $channels($key) content]] + $offset}] }
            }
            dict set channels($key) at $at
            return $at
        }
    }
}

real_proc watched_file {sub args} {
    set known {atime attributes channels copy delete dirname executable exists extension isdirectory isfile join link lstat mkdir mtime nativename normalize owned pathtype readable readlink rename rootname separator size split stat system tail tempfile type volumes writable}
    if {$sub ni $known} {
        set matching [lsearch -all -inline -glob $known $sub*]
        if {[llength $matching] != 1} { return [uplevel 1 [list ::sim::real_file $sub {*}$args]] }
        set sub [lindex $matching 0]
    }
    switch -- $sub {
        exists - isfile - isdirectory - readable - writable - executable - owned - size - type - mtime - atime {
            if {![llength $args]} { return -code error "wrong # args: should be \"file $sub name\"" }
            set path [real_file normalize [absolute [lindex $args 0]]]
            lassign [call %stat $path] kind size time
            switch -- $sub {
                exists - readable - owned - writable { return [expr {$kind ne "none"}] }
                isfile { return [expr {$kind eq "file"}] }
                isdirectory { return [expr {$kind eq "directory"}] }
                executable { return [expr {$kind eq "directory" || ($kind eq "file" && [call %held $path] eq "real" && [real_file executable $path])}] }
            }
            if {$kind eq "none"} { return -code error "could not read \"[lindex $args 0]\": no such file or directory" }
            switch -- $sub {
                size { return $size }
                type { return $kind }
                default {
                    return [expr {[llength $args] > 1 ? [lindex $args 1] : $time}]
                }
            }
        }
        stat - lstat {
            set path [real_file normalize [absolute [lindex $args 0]]]
            lassign [call %stat $path] kind size now
            if {$kind eq "none"} { return -code error "could not read \"[lindex $args 0]\": no such file or directory" }
            upvar 1 [lindex $args 1] into
            array set into [list type $kind size $size mtime $now atime $now ctime $now mode 33188 uid 0 gid 0 nlink 1 ino 0 dev 0]
            return
        }
        normalize { return [real_file normalize [absolute [lindex $args 0]]] }
        readlink { return [real_file readlink [absolute [lindex $args 0]]] }
        mkdir {
            foreach dir $args { call %mkdir [real_file normalize [absolute $dir]] }
            return
        }
        delete {
            foreach path $args {
                if {$path in {-force --}} continue
                call %delete [real_file normalize [absolute $path]] [expr {"-force" in $args}]
            }
            return
        }
        copy - rename {
            set force 0
            set names {}
            foreach word $args {
                if {$word eq "-force"} { set force 1 } elseif {$word ne "--"} { lappend names $word }
            }
            if {[llength $names] < 2} { return -code error "wrong # args: should be \"file $sub ?-option value ...? source ?source ...? target\"" }
            set to [real_file normalize [absolute [lindex $names end]]]
            foreach name [lrange $names 0 end-1] {
                call %transfer $sub $force [real_file normalize [absolute $name]] $to [expr {[llength $names] > 2}]
            }
            return
        }
        link { not_run "file link"; return [lindex $args 0] }
        attributes {
            if {[llength $args] > 2} { return }
            return {}
        }
        tempfile {
            if {[llength $args]} { upvar 1 [lindex $args 0] name }
            variable serial
            set name [real_file join [watched_pwd] "tmp_[incr serial]"]
            return [watched_open $name w+]
        }
        default { return [uplevel 1 [list ::sim::real_file $sub {*}$args]] }
    }
}

# {a,b} in a glob pattern, written out.
real_proc braces {pattern} {
    if {![regexp -indices {\{([^{}]*)\}} $pattern whole inner]} { return [list $pattern] }
    set out {}
    foreach choice [split [string range $pattern {*}$inner] ,] {
        lappend out {*}[braces [string replace $pattern {*}$whole $choice]]
    }
    return $out
}

real_proc watched_glob {args} {
    set quiet 0
    set base ""
    set prefix ""
    set tails 0
    set join 0
    set types {}
    for {set i 0} {$i < [llength $args]} {incr i} {
        switch -glob -- [lindex $args $i] {
            -nocomplain { set quiet 1 }
            -tails { set tails 1 }
            -join { set join 1 }
            -d* { set base [lindex $args [incr i]] }
            -path { set prefix [lindex $args [incr i]] }
            -types { set types [lindex $args [incr i]] }
            -- { incr i; break }
            -* { return -code error "bad option \"[lindex $args $i]\": must be -directory, -join, -nocomplain, -path, -tails, -types, or --" }
            default break
        }
    }
    set patterns [lrange $args $i end]
    if {$join} { set patterns [list [real_file join {*}$patterns]] }
    set found {}
    foreach given $patterns {
        foreach pattern [braces $prefix$given] {
            set parts [real_file split $pattern]
            set at [expr {[real_file pathtype $pattern] eq "absolute" ? "" : $base}]
            set reached [list $at]
            foreach part $parts {
                set next {}
                foreach dir $reached {
                    if {![regexp {[*?\[\\]} $part]} {
                        set path [expr {$dir eq "" ? $part : [real_file join $dir $part]}]
                        if {[lindex [call %stat [real_file normalize [absolute $path]]] 0] ne "none"} { lappend next $path }
                        continue
                    }
                    set here [real_file normalize [absolute [expr {$dir eq "" ? "." : $dir}]]]
                    foreach entry [call %list $here] {
                        if {[string match .* $entry] && ![string match .* $part]} continue
                        if {[string match $part $entry]} { lappend next [expr {$dir eq "" ? $entry : [real_file join $dir $entry]}] }
                    }
                }
                set reached $next
            }
            lappend found {*}$reached
        }
    }
    set out {}
    foreach path $found {
        set kind [lindex [call %stat [real_file normalize [absolute $path]]] 0]
        if {"d" in $types && $kind ne "directory"} continue
        if {"f" in $types && $kind ne "file"} continue
        if {$tails && $base ne ""} { set path [string range $path [expr {[string length [real_file join $base x]] - 1}] end] }
        lappend out $path
    }
    if {![llength $out] && !$quiet} { return -code error "no files matched glob pattern[expr {[llength $patterns] > 1 ? "s" : ""}] \"[join $patterns]\"" }
    return $out
}

# ---- scripts ------------------------------------------------------------------------------------------------------

# Splits a script into {line text} pairs of whole commands.
real_proc split_script {text} {
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

# One top-level command, on its own line number.
real_proc chunk {line command} {
    uplevel 1 "[string repeat "\n" [expr {$line - 1}]]$command"
}

# Runs a script: after a command that fails, the next one. `given` is 1 for a script of the command line: its
# commands have their own bounds.
real_proc run_file {path given {skip 0}} {
    variable files
    variable text
    variable caught
    variable result
    variable session
    set content [call %text $path]
    set text($path) [split $content "\n"]
    set before [info script]
    info script $path
    lappend files $path
    set depth [llength $files]
    # In a run, what the generated script catches is still a failed step; a script of the user's is judged by itself.
    set kept $caught
    if {$session eq "run"} { set caught 0 }
    set result ""
    set raised ""
    foreach {line command} [lrange [split_script $content] [expr {2 * $skip}] end] {
        if {$given} { bound 4000000 [call %next $path $line] }
        set code [real_catch {uplevel 1 [list ::sim::chunk $line $command]} result options]
        set files [lrange $files 0 [expr {$depth - 1}]]
        if {$code == 2} break
        if {$code == 1} {
            if {$caught} { set raised $options; break }
            set trace [dict get $options -errorinfo]
            call %failed {*}[where_failed $path $line $trace] $result [dict get $options -errorcode]
            set result ""
        }
    }
    set caught $kept
    set files [lrange $files 0 [expr {$depth - 2}]]
    info script $before
    if {$raised ne ""} { return -options $raised $result }
    return $result
}

real_proc watched_source {args} {
    set named {}
    for {set i 0} {$i < [llength $args]} {incr i} {
        switch -glob -- [lindex $args $i] {
            -e* { incr i }
            -* {}
            default { lappend named [lindex $args $i] }
        }
    }
    if {[llength $named] != 1} {
        return [vivado source {*}$args]
    }
    set path [real_file normalize [absolute [lindex $named 0]]]
    if {[lindex [call %stat $path] 0] ne "file"} {
        variable caught
        return [call %unreadable {*}[where] $caught [lindex $named 0]]
    }
    # What a package is made of is no script of the user's.
    foreach dir [list [info library] {*}$::auto_path] {
        if {[string match [real_file normalize $dir]/* $path]} { return [uplevel 1 [list ::sim::real_source $path]] }
    }
    return [uplevel 1 [list ::sim::run_file $path 0]]
}

# After a bound was hit: forgets where the script was.
real_proc forget {} {
    variable files {}
    variable caught 0
}

real_proc source {path} {
    return [uplevel #0 [list ::sim::run_file [real_file normalize [absolute $path]] 0]]
}

# A constraint file: as in boot.tcl.
real_proc xdc {file} {
    variable caught
    set content [call %text $file]
    incr caught
    foreach {line command} [split_script $content] {
        if {[regexp {^\s*#} $command]} continue
        set word [lindex [split [string trimleft $command]] 0]
        if {$word in {if for foreach while proc source puts exec open namespace switch catch return uplevel}} {
            call %xdc_refused $word $file $line
            continue
        }
        call %xdc_at $file $line
        if {[real_catch {uplevel #0 $command} message]} { call %xdc_failed $message $file $line }
    }
    incr caught -1
    call %xdc_at "" 0
    return
}
}
foreach name {proc catch try} { interp alias {} ::$name {} ::sim::watched_$name }
foreach name {exec exit after vwait socket load puts pwd cd open file glob source} {
    if {$name eq "after"} { rename ::after ::sim::real_after }
    interp alias {} ::$name {} ::sim::watched_$name
}
interp alias {} ::quit {} ::sim::watched_exit
interp alias {} ::unload {} ::sim::watched_load
interp alias {} ::unknown {} ::sim::unknown_command
}

::sim::await
exit 0
