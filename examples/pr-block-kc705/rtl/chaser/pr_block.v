// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
// One light that runs from end to end and back.
module pr_block (
    input  wire       clk,
    input  wire       reset,
    input  wire       tick,
    output reg  [7:0] pattern
);

  reg up;

  always @(posedge clk) begin
    if (reset | (pattern == 8'h00)) begin
      pattern <= 8'h01;
      up      <= 1'b1;
    end else if (tick) begin
      if (up) begin
        pattern <= pattern << 1;
        up      <= ~pattern[6];
      end else begin
        pattern <= pattern >> 1;
        up      <= pattern[1];
      end
    end
  end

endmodule
