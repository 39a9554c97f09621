// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
module top(input clk, output [3:0] led);
  bank bank(.clk(clk));
  slot bank_left(.clk(clk)), bank_up(.clk(clk)), top(.clk(clk));
  slot left_i(.clk(clk), .led(led[1:0]));
  slot right_i(.clk(clk), .led(led[3:2]));
endmodule
module bank(input clk);
  slot left(.clk(clk));
endmodule
