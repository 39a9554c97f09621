// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! AMD FPGA devices, configuration frames, bitstream codec, Pblock geometry and proofs.
