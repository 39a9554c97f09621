# Made by dfxkit from [build.bitstream] of dfx.toml: sourced by Vivado before write_bitstream, in the design in memory.
set_property BITSTREAM.GENERAL.COMPRESS TRUE [current_design]
source /demo/hooks/bits.tcl
