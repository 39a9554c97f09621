// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
// The partition filled with the 16-bit convolution.
module conv_rp (
    input  wire        clk,
    input  wire        reset,
    input  wire [31:0] pixel,
    input  wire        pixel_valid,
    input  wire        line_start,
    output wire [31:0] result,
    output wire        valid
);

  wire [15:0] filtered;

  conv3x3_core #(
      .WIDTH(16)
  ) core_i (
      .clk        (clk),
      .reset      (reset),
      .pixel      (pixel[15:0]),
      .pixel_valid(pixel_valid),
      .line_start (line_start),
      .result     (filtered),
      .valid      (valid)
  );

  assign result = {16'd0, filtered};

endmodule
