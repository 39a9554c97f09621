# Made by dfxkit from the partitions of dfx.toml. Flat: XDC knows no if, for or proc.

create_pblock pblock_u_left
add_cells_to_pblock [get_pblocks pblock_u_left] [get_cells -quiet [list u_left]]
resize_pblock [get_pblocks pblock_u_left] -add SLICE_X0Y0:SLICE_X9Y49

create_pblock pblock_u_right
add_cells_to_pblock [get_pblocks pblock_u_right] [get_cells -quiet [list u_right]]
resize_pblock [get_pblocks pblock_u_right] -add SLICE_X50Y0:SLICE_X59Y49
