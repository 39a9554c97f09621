// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
module slot #(parameter W = 4) (input clk, input step, output reg [W-1:0] led);
  always @(posedge clk) if (step) led <= led - 1;
endmodule
