# SPDX-FileCopyrightText: dfxkit contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# The parts of Tcl's library (tcllib, which Vivado ships) that build scripts load: json, fileutil, cmdline.
# Own code on the documented interfaces; loaded at the first `package require` of one of them.

namespace eval ::json {
    variable text ""
    variable at 0
}

# The JSON text as nested dicts and lists; true, false and null are their words.
proc ::json::json2dict {text} {
    set ::json::text $text
    set ::json::at 0
    set value [::json::Value]
    ::json::Blank
    if {$::json::at < [string length $text]} { return -code error "unexpected text after the JSON value" }
    return $value
}

proc ::json::many-json2dict {text {max -1}} {
    set ::json::text $text
    set ::json::at 0
    set out {}
    while {$max != 0} {
        ::json::Blank
        if {$::json::at >= [string length $text]} break
        lappend out [::json::Value]
        incr max -1
    }
    return $out
}

proc ::json::validate {text} { expr {![catch {::json::json2dict $text}]} }

proc ::json::Blank {} {
    regexp -indices -start $::json::at {\A\s*} $::json::text where
    set ::json::at [expr {[lindex $where 1] + 1}]
}

proc ::json::Expect {char} {
    ::json::Blank
    if {[string index $::json::text $::json::at] ne $char} {
        return -code error "expected \"$char\" at character $::json::at of the JSON text"
    }
    incr ::json::at
}

proc ::json::Ahead {} {
    ::json::Blank
    return [string index $::json::text $::json::at]
}

proc ::json::Value {} {
    switch -- [::json::Ahead] {
        "\{" {
            incr ::json::at
            set out [dict create]
            if {[::json::Ahead] eq "\}"} { incr ::json::at; return $out }
            while 1 {
                ::json::Blank
                set key [::json::Quoted]
                ::json::Expect :
                dict set out $key [::json::Value]
                if {[::json::Ahead] ne ","} break
                incr ::json::at
            }
            ::json::Expect "\}"
            return $out
        }
        "\[" {
            incr ::json::at
            set out {}
            if {[::json::Ahead] eq "\]"} { incr ::json::at; return $out }
            while 1 {
                lappend out [::json::Value]
                if {[::json::Ahead] ne ","} break
                incr ::json::at
            }
            ::json::Expect "\]"
            return $out
        }
        "\"" { return [::json::Quoted] }
        default {
            if {![regexp -start $::json::at {\A[-+0-9.eEa-z]+} $::json::text word]} {
                return -code error "unexpected character at $::json::at of the JSON text"
            }
            incr ::json::at [string length $word]
            if {![string is double -strict $word] && $word ni {true false null}} {
                return -code error "unexpected word \"$word\" in the JSON text"
            }
            return $word
        }
    }
}

proc ::json::Quoted {} {
    if {![regexp -start $::json::at {\A"((?:[^"\\]|\\.)*)"} $::json::text whole inner]} {
        return -code error "expected a quoted text at character $::json::at of the JSON text"
    }
    incr ::json::at [string length $whole]
    return [subst -nocommands -novariables [string map {\\/ /} $inner]]
}

namespace eval ::fileutil {}

# All files below a directory for which the filter command (with the name as last word) is true.
proc ::fileutil::find {{base .} {filter {}}} {
    set out {}
    foreach path [lsort [glob -nocomplain -directory $base *]] {
        if {$filter eq "" || [uplevel 1 [linsert $filter end [file tail $path]]]} { lappend out $path }
        if {[file isdirectory $path]} { lappend out {*}[uplevel 1 [list ::fileutil::find $path $filter]] }
    }
    return $out
}

proc ::fileutil::findByPattern {base args} {
    set kind -glob
    while {[string match -* [lindex $args 0]]} {
        set word [lindex $args 0]
        set args [lrange $args 1 end]
        if {$word eq "--"} break
        set kind $word
    }
    if {[llength $args] == 1} { set args [lindex $args 0] }
    set out {}
    foreach path [::fileutil::find $base] {
        foreach pattern $args {
            set tail [file tail $path]
            if {$kind eq "-regexp" ? [regexp -- $pattern $tail] : [string match $pattern $tail]} {
                lappend out $path
                break
            }
        }
    }
    return $out
}

proc ::fileutil::cat {args} {
    set out ""
    foreach name $args {
        if {[string match -* $name]} continue
        set channel [open $name r]
        append out [read $channel]
        close $channel
    }
    return $out
}

proc ::fileutil::writeFile {args} { ::fileutil::Put w $args }
proc ::fileutil::appendToFile {args} { ::fileutil::Put a $args }
proc ::fileutil::Put {mode words} {
    set channel [open [lindex $words end-1] $mode]
    puts -nonewline $channel [lindex $words end]
    close $channel
}

proc ::fileutil::touch {args} {
    foreach name $args {
        close [open $name a]
        file mtime $name [clock seconds]
    }
}

proc ::fileutil::foreachLine {variable name body} {
    upvar 1 $variable line
    foreach line [split [string trimright [::fileutil::cat $name] "\n"] "\n"] { uplevel 1 $body }
}

proc ::fileutil::grep {pattern {names {}}} {
    set out {}
    foreach name $names {
        set number 0
        foreach line [split [::fileutil::cat $name] "\n"] {
            incr number
            if {[regexp -- $pattern $line]} { lappend out "$name:$number:$line" }
        }
    }
    return $out
}

proc ::fileutil::tempfile {{prefix ""}} {
    close [file tempfile name $prefix]
    return $name
}

proc ::fileutil::stripPath {prefix path} {
    set prefix [file split $prefix]
    set parts [file split $path]
    set count [llength $prefix]
    if {[lrange $parts 0 $count-1] ne $prefix} { return $path }
    if {[llength $parts] == $count} { return . }
    return [file join {*}[lrange $parts $count end]]
}

proc ::fileutil::relative {base path} {
    set base [file split [file normalize $base]]
    set path [file split [file normalize $path]]
    while {[llength $base] && [lindex $base 0] eq [lindex $path 0]} {
        set base [lrange $base 1 end]
        set path [lrange $path 1 end]
    }
    set up [lrepeat [llength $base] ..]
    if {![llength $up] && ![llength $path]} { return . }
    return [file join {*}$up {*}$path]
}

namespace eval ::cmdline {}

# Takes one option off the list: 1 found, 0 at the end, -1 unknown.
proc ::cmdline::getopt {listName options optionName valueName} {
    upvar 1 $listName list $optionName option $valueName value
    set option ""
    set value ""
    set word [lindex $list 0]
    if {![string match -* $word] || $word eq "-"} { return 0 }
    if {$word eq "--"} {
        set list [lrange $list 1 end]
        return 0
    }
    set option [string range $word 1 end]
    foreach known $options {
        set name [lindex [split $known .] 0]
        if {$name ne $option} continue
        set list [lrange $list 1 end]
        set value 1
        if {[string match *.arg* $known]} {
            if {![llength $list]} {
                set value "Option \"$option\" requires an argument"
                return -1
            }
            set value [lindex $list 0]
            set list [lrange $list 1 end]
        }
        return 1
    }
    set value "Illegal option \"-$option\""
    return -1
}

# Options as {name.arg default text} or {name text}: their values as a flat list; an unknown one is an error.
proc ::cmdline::getoptions {listName options {usage "options:"}} {
    upvar 1 $listName list
    set specs {}
    set out [dict create]
    foreach option $options {
        set spec [lindex $option 0]
        lappend specs $spec
        set name [lindex [split $spec .] 0]
        if {[string match *.secret $spec]} continue
        dict set out $name [expr {[string match *.arg* $spec] ? [lindex $option 1] : 0}]
    }
    lappend specs help ?
    while {[set state [::cmdline::getopt list $specs option value]] == 1} {
        if {$option in {help ?}} {
            return -code error -errorcode {CMDLINE USAGE} [::cmdline::usage $options $usage]
        }
        dict set out $option $value
    }
    if {$state < 0} { return -code error -errorcode {CMDLINE ERROR} [::cmdline::usage $options $usage] }
    return $out
}

proc ::cmdline::typedGetoptions {listName options {usage "options:"}} {
    upvar 1 $listName list
    return [::cmdline::getoptions list $options $usage]
}

proc ::cmdline::usage {options {usage "options:"}} {
    set text "[file rootname [file tail [::cmdline::getArgv0]]] $usage\n"
    foreach option $options {
        set spec [lindex $option 0]
        set name "-[lindex [split $spec .] 0]"
        if {[string match *.arg* $spec]} {
            append text [format " %-20s %s <%s>\n" "$name value" [lindex $option 2] [lindex $option 1]]
        } else {
            append text [format " %-20s %s\n" $name [lindex $option 1]]
        }
    }
    append text " --                   Forcibly stop option processing\n"
    append text " -help                Print this message\n -?                   Print this message\n"
    return $text
}

proc ::cmdline::getArgv0 {} {
    if {[info exists ::argv0]} { return $::argv0 }
    return [info nameofexecutable]
}

package provide json 1.3.3
package provide fileutil 1.16
package provide cmdline 1.5
