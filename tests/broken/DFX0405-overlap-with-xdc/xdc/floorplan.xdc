create_pblock pblock_left
add_cells_to_pblock [get_pblocks pblock_left] [get_cells -quiet [list left_i]]
resize_pblock [get_pblocks pblock_left] -add {SLICE_X82Y0:SLICE_X105Y49 DSP48_X3Y0:DSP48_X4Y19}
resize_pblock [get_pblocks pblock_left] -add {RAMB18_X4Y0:RAMB18_X5Y19 RAMB36_X4Y0:RAMB36_X5Y9}
set_property SNAPPING_MODE ON [get_pblocks pblock_left]
