create_pblock p ;# c
add_cells_to_pblock [get_pblocks p] [get_cells -quiet [list a/b \
  {c d}]]
resize_pblock [get_pblocks p] -add {SLICE_X0Y0:SLICE_X13Y49 RAMB36_X0Y0:RAMB36_X0Y9}
resize_pblock p -remove SLICE_X2Y0:SLICE_X3Y49
set_property -dict {SNAPPING_MODE ON RESET_AFTER_RECONFIG 1} [get_pblocks p]
set_property HD.RECONFIGURABLE true [get_cells "a/b"]
