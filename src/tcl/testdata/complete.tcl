# SPDX-FileCopyrightText: dfxkit contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
# Splits each file of argv into commands as Tcl itself does; fails when one is not complete.
foreach file $argv {
    set channel [open $file r]
    set text [read $channel]
    close $channel
    set command {}
    foreach line [split $text \n] {
        append command $line \n
        if {[info complete $command]} {
            set command {}
        }
    }
    if {![info complete $text] || $command ne ""} {
        puts stderr "$file: not complete: $command"
        exit 1
    }
}
