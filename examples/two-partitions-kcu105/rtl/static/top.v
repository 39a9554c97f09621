// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
// One clock, one tick, two partitions with four LEDs each.
module top (
    input  wire       clk_p,
    input  wire       clk_n,
    input  wire       reset,
    output reg  [3:0] count_led,
    output reg  [3:0] shift_led
);

  wire clk_in;
  wire clk;

  IBUFDS clk_in_buffer (
      .I (clk_p),
      .IB(clk_n),
      .O (clk_in)
  );

  BUFG clk_buffer (
      .I(clk_in),
      .O(clk)
  );

  reg [23:0] divider = 24'd0;
  reg        tick = 1'b0;

  always @(posedge clk) begin
    {tick, divider} <= {1'b0, divider} + 25'd1;
  end

  wire [3:0] count_value;
  wire [3:0] shift_value;

  count u_count (
      .clk  (clk),
      .reset(reset),
      .tick (tick),
      .value(count_value)
  );

  shift u_shift (
      .clk  (clk),
      .reset(reset),
      .tick (tick),
      .value(shift_value)
  );

  always @(posedge clk) begin
    count_led <= count_value;
    shift_led <= shift_value;
  end

endmodule
