create_pblock pb
add_cells_to_pblock [get_pblocks pb] [get_cells left_i]
resize_pblock [get_pblocks pb] -add {SLICE_X82Y0:SLICE_X91Y49 BUFHCE_X0Y0:BUFHCE_X0Y11}
set_property SNAPPING_MODE ON [get_pblocks pb]
