# Made by dfxkit from the partitions of dfx.toml. Flat: XDC knows no if, for or proc.

create_pblock pblock_u_count
add_cells_to_pblock [get_pblocks pblock_u_count] [get_cells -quiet [list u_count]]
resize_pblock [get_pblocks pblock_u_count] -add SLICE_X5Y65:SLICE_X12Y114

create_pblock pblock_u_shift
add_cells_to_pblock [get_pblocks pblock_u_shift] [get_cells -quiet [list u_shift]]
resize_pblock [get_pblocks pblock_u_shift] -add SLICE_X17Y65:SLICE_X24Y114
