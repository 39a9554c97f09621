set_property PACKAGE_PIN H16 [get_ports clk]
