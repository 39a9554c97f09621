# Made by dfxkit. It is made anew before every use: change dfx.toml, or put a template of your own into templates/ beside it.
# Tcl 8.5. The last line of output is `dfxkit:: END <steps> <nonce>`, and only when everything went well.
namespace eval dfxkit {
    variable project demo
    variable description dfx.toml
    variable release 2024.2
    variable needs_utf8 false
    variable steps shells
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

# The abstract shell of every partition, from the parent's routed design. Each command carves out its partition, locks the rest, and verifies
# the shell against the design (UG909, Abstract Shell Design Flow); the design in memory stays as it was.
if {[catch {
    dfxkit::check_release
    set directory [file normalize /demo/build/shells]
    file delete -force $directory
    file mkdir $directory
    open_checkpoint [file normalize /demo/build/project/demo.runs/impl_1/top_routed.dcp]
    write_abstract_shell -force -cell u_count [file join $directory u_count.dcp]
    write_abstract_shell -force -cell u_shift [file join $directory u_shift.dcp]
    close_project
} message]} {
    dfxkit::failed $message $::errorInfo
}
dfxkit::done
