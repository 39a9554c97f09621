# The pins of your board: without them Vivado refuses to write a bitstream (DRC NSTD-1 and UCIO-1).
create_clock -period 10.000 -name clk [get_ports clk]
# set_property -dict {PACKAGE_PIN XX IOSTANDARD LVCMOS33} [get_ports clk]
# set_property -dict {PACKAGE_PIN XX IOSTANDARD LVCMOS33} [get_ports {led[0]}]
# set_property -dict {PACKAGE_PIN XX IOSTANDARD LVCMOS33} [get_ports {led[1]}]
# set_property -dict {PACKAGE_PIN XX IOSTANDARD LVCMOS33} [get_ports {led[2]}]
# set_property -dict {PACKAGE_PIN XX IOSTANDARD LVCMOS33} [get_ports {led[3]}]
