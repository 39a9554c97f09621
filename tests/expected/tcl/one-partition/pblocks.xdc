# Made by dfxkit from the partitions of dfx.toml. Flat: XDC knows no if, for or proc.

create_pblock pblock_system_i_conv
add_cells_to_pblock [get_pblocks pblock_system_i_conv] [get_cells -quiet [list system_i/conv]]
resize_pblock [get_pblocks pblock_system_i_conv] -add {SLICE_X50Y50:SLICE_X57Y99 RAMB36_X3Y10:RAMB36_X3Y19}
set_property SNAPPING_MODE ON [get_pblocks pblock_system_i_conv]
set_property RESET_AFTER_RECONFIG true [get_pblocks pblock_system_i_conv]
