// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
// One light that moves right.
module shift (
    input  wire       clk,
    input  wire       reset,
    input  wire       tick,
    output reg  [3:0] value
);

  always @(posedge clk) begin
    if (reset) value <= 4'b1000;
    else if (tick) value <= {value[0], value[3:1]};
  end

endmodule
