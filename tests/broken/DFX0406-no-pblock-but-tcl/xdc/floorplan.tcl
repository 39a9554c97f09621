create_pblock pb
