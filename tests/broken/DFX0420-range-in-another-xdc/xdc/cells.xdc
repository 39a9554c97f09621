# no end of line at the end
create_pblock pb
add_cells_to_pblock pb [get_cells left_i]