# Made by dfxkit from the partitions of dfx.toml. Flat: XDC knows no if, for or proc.

create_pblock {pblock_core_0_.pr_u{1}}
add_cells_to_pblock [get_pblocks {pblock_core_0_.pr_u{1}}] [get_cells -quiet [list {core[0].pr/u{1}}]]
resize_pblock [get_pblocks {pblock_core_0_.pr_u{1}}] -add SLICE_X0Y0:SLICE_X9Y49
