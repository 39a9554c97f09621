resize_pblock pb -add {SLICE_X82Y0:SLICE_X191Y49}
set_property SNAPPING_MODE ON [get_pblocks pb]
