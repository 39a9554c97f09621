# Made by dfxkit from the partitions of dfx.toml. Flat: XDC knows no if, for or proc.

create_pblock pblock_inst_count
add_cells_to_pblock [get_pblocks pblock_inst_count] [get_cells -quiet [list inst_count]]
resize_pblock [get_pblocks pblock_inst_count] -add SLICE_X1Y240:SLICE_X5Y267

create_pblock pblock_inst_shift
add_cells_to_pblock [get_pblocks pblock_inst_shift] [get_cells -quiet [list inst_shift]]
resize_pblock [get_pblocks pblock_inst_shift] -add SLICE_X10Y240:SLICE_X15Y267
