// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
// All LEDs on, all off.
module pr_block (
    input  wire       clk,
    input  wire       reset,
    input  wire       tick,
    output reg  [7:0] pattern
);

  always @(posedge clk) begin
    if (reset) pattern <= 8'h00;
    else if (tick) pattern <= ~pattern;
  end

endmodule
