// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
// Fletcher-like sum over the results of a frame; four bits of it stand on the LEDs until the next frame ends.
module checksum (
    input  wire        clk,
    input  wire        reset,
    input  wire [31:0] data,
    input  wire        valid,
    input  wire        frame_start,
    output reg  [ 3:0] digest
);

  reg [31:0] sum;
  reg [31:0] sum_of_sums;

  always @(posedge clk) begin
    if (reset) begin
      sum         <= 32'd0;
      sum_of_sums <= 32'd0;
      digest      <= 4'd0;
    end else if (frame_start) begin
      digest      <= sum[31:28] ^ sum[15:12] ^ sum_of_sums[31:28] ^ sum_of_sums[3:0];
      sum         <= 32'd0;
      sum_of_sums <= 32'd0;
    end else if (valid) begin
      sum         <= sum + data;
      sum_of_sums <= sum_of_sums + sum;
    end
  end

endmodule
