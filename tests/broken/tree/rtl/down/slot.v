// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
module slot(input clk, output reg [1:0] led);
  always @(posedge clk) led <= led - 1;
endmodule
