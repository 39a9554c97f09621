// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
module top(input clk, output [3:0] led);
  wire bank, bank_left, bank_up, core, left, system;
  slot left_i(.clk(clk), .led(led[1:0]));
  slot right_i(.clk(clk), .led(led[3:2]));
endmodule
