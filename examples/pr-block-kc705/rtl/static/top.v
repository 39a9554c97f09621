// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
// A clock buffer, a tick of about ten a second, and the partition that turns ticks into patterns on the LEDs.
module top (
    input  wire       sysclk_p,
    input  wire       sysclk_n,
    input  wire       cpu_reset,
    output reg  [7:0] led
);

  wire sysclk;
  wire clk;

  IBUFDS sysclk_buffer (
      .I (sysclk_p),
      .IB(sysclk_n),
      .O (sysclk)
  );

  BUFG clk_buffer (
      .I(sysclk),
      .O(clk)
  );

  reg [24:0] divider = 25'd0;
  reg        tick = 1'b0;

  always @(posedge clk) begin
    {tick, divider} <= {1'b0, divider} + 26'd1;
  end

  wire [7:0] pattern;

  pr_block pr_block_ins (
      .clk    (clk),
      .reset  (cpu_reset),
      .tick   (tick),
      .pattern(pattern)
  );

  always @(posedge clk) led <= pattern;

endmodule
