// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
// Counts up.
module count (
    input  wire       clk,
    input  wire       reset,
    input  wire       tick,
    output reg  [3:0] value
);

  always @(posedge clk) begin
    if (reset) value <= 4'd0;
    else if (tick) value <= value + 4'd1;
  end

endmodule
