// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
// The partition filled with the 32-bit convolution.
module conv_rp (
    input  wire        clk,
    input  wire        reset,
    input  wire [31:0] pixel,
    input  wire        pixel_valid,
    input  wire        line_start,
    output wire [31:0] result,
    output wire        valid
);

  wire [31:0] filtered;

  conv3x3_core #(
      .WIDTH(32)
  ) core_i (
      .clk        (clk),
      .reset      (reset),
      .pixel      (pixel),
      .pixel_valid(pixel_valid),
      .line_start (line_start),
      .result     (filtered),
      .valid      (valid)
  );

  assign result = filtered;

endmodule
