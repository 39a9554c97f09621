# Made by dfxkit from the partitions of dfx.toml. Flat: XDC knows no if, for or proc.

create_pblock pblock_u_count
add_cells_to_pblock [get_pblocks pblock_u_count] [get_cells -quiet [list u_count]]
resize_pblock [get_pblocks pblock_u_count] -add SLICE_X0Y0:SLICE_X9Y49

create_pblock {pblock_core_0_.u shift}
add_cells_to_pblock [get_pblocks {pblock_core_0_.u shift}] [get_cells -quiet [list {core[0].u shift}]]
resize_pblock [get_pblocks {pblock_core_0_.u shift}] -add SLICE_X20Y0:SLICE_X29Y49
