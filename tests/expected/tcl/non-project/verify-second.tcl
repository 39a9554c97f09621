# Made by dfxkit. It is made anew before every use: change dfx.toml, or put a template of your own into templates/ beside it.
# Tcl 8.5. The last line of output is `dfxkit:: END <steps> <nonce>`, and only when everything went well.
namespace eval dfxkit {
    variable project demo
    variable description dfx.toml
    variable release 2024.2
    variable needs_utf8 false
    variable steps verify:second
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

if {[catch {
    dfxkit::check_release
    set initial /demo/build/runs/impl_1/top_postroute_physopt.dcp
    set additional /demo/build/runs/child_0_impl_1/top_postroute_physopt.dcp
    set verdict /demo/build/steps/verify-second/pr_verify.log
    foreach file [list $initial $additional] {
        if {![file exists $file]} {
            error "$file is not there"
        }
    }
    file delete -force $verdict
    file mkdir [file dirname $verdict]
    set thrown [catch {pr_verify -full_check -initial $initial -additional [list $additional] -file $verdict} message]
    if {$thrown && ![file exists $verdict]} {
        error $message
    }
    # The verdict itself is read and judged by the gates, counts included.
    if {$thrown} {
        dfxkit::say pr_verify refused
    } else {
        dfxkit::say pr_verify ended
    }
} message]} {
    dfxkit::failed $message $::errorInfo
}
dfxkit::done
