# SPDX-FileCopyrightText: dfxkit contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# SIMULATED: the Tcl interface of the DFX controller (PG374) as far as build scripts call it.
# `format_bin_for_icap -i in.bin ?-o out.bin? ?-bs 0|1? ?-c 0|1?`: with -bs 1 the bytes of each 32-bit word change order.
# Without -o the name is not known publicly: `<in>_icap.bin` here. Compression (-c) is not done.
namespace eval ::@CORE@ {}
proc ::@CORE@::format_bin_for_icap {args} {
    array set option {-i {} -o {} -bs 0 -c 0}
    foreach {name value} $args {
        if {![info exists option($name)]} { return -code error "unknown option '$name' of format_bin_for_icap" }
        set option($name) $value
    }
    if {![file exists $option(-i)]} { return -code error "file '$option(-i)' does not exist" }
    if {$option(-o) eq ""} { set option(-o) "[file rootname $option(-i)]_icap.bin" }
    set in [open $option(-i) rb]
    set bytes [read $in]
    close $in
    if {$option(-bs)} {
        while {[string length $bytes] % 4} { append bytes "\x00" }
        binary scan $bytes iu* words
        set bytes [binary format I* $words]
    }
    set out [open $option(-o) wb]
    puts -nonewline $out $bytes
    close $out
    puts "SIMULATED: $option(-i) formatted for the ICAP in $option(-o)"
    return $option(-o)
}
