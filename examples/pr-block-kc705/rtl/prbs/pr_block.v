// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
// A pseudo-random pattern: the polynomial x^8 + x^6 + x^5 + x^4 + 1.
module pr_block (
    input  wire       clk,
    input  wire       reset,
    input  wire       tick,
    output reg  [7:0] pattern
);

  wire next = pattern[7] ^ pattern[5] ^ pattern[4] ^ pattern[3];

  always @(posedge clk) begin
    if (reset | (pattern == 8'h00)) pattern <= 8'h01;
    else if (tick) pattern <= {pattern[6:0], next};
  end

endmodule
