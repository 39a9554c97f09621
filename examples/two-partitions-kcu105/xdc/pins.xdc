# SPDX-FileCopyrightText: dfxkit contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
# KCU105: the 125 MHz clock, the CPU reset button, eight LEDs (board user guide, UG917).
create_clock -period 8.000 -name clk125 [get_ports clk_p]
set_property -dict {PACKAGE_PIN G10 IOSTANDARD LVDS} [get_ports clk_p]
set_property -dict {PACKAGE_PIN F10 IOSTANDARD LVDS} [get_ports clk_n]
set_property -dict {PACKAGE_PIN AN8 IOSTANDARD LVCMOS18} [get_ports reset]
set_property -dict {PACKAGE_PIN AP8 IOSTANDARD LVCMOS18} [get_ports {count_led[0]}]
set_property -dict {PACKAGE_PIN H23 IOSTANDARD LVCMOS18} [get_ports {count_led[1]}]
set_property -dict {PACKAGE_PIN P20 IOSTANDARD LVCMOS18} [get_ports {count_led[2]}]
set_property -dict {PACKAGE_PIN P21 IOSTANDARD LVCMOS18} [get_ports {count_led[3]}]
set_property -dict {PACKAGE_PIN N22 IOSTANDARD LVCMOS18} [get_ports {shift_led[0]}]
set_property -dict {PACKAGE_PIN M22 IOSTANDARD LVCMOS18} [get_ports {shift_led[1]}]
set_property -dict {PACKAGE_PIN R23 IOSTANDARD LVCMOS18} [get_ports {shift_led[2]}]
set_property -dict {PACKAGE_PIN P23 IOSTANDARD LVCMOS18} [get_ports {shift_led[3]}]
set_false_path -from [get_ports reset]
set_false_path -to [get_ports {count_led[*] shift_led[*]}]
