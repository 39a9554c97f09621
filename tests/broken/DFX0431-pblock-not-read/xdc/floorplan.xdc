set cells [get_cells -hierarchical]
create_pblock pb
add_cells_to_pblock pb [lindex {left_i} 0]
resize_pblock pb -add {SLICE_X82Y0:SLICE_X91Y49}
