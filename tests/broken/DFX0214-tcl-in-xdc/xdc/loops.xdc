# for is fine in a comment
set pins {a if b}
foreach pin $pins {
  set_property IOSTANDARD LVCMOS33 [get_ports $pin]
}
if {1} { set_property PACKAGE_PIN H16 [get_ports clk] }
