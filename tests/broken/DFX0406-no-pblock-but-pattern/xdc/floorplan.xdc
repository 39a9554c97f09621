create_pblock pb
add_cells_to_pblock pb [get_cells -hierarchical *left*]
resize_pblock pb -add {SLICE_X82Y0:SLICE_X91Y49}
