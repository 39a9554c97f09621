// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
// Top of the static design. Everything but the pads is in conv_system.
module top (
    input  wire       clk125,
    input  wire [1:0] btn,
    input  wire [1:0] sw,
    output wire [3:0] led
);

  // Power-on reset, stretched; btn[0] starts it again.
  reg [15:0] reset_count = 16'd0;
  wire       reset = ~reset_count[15];

  always @(posedge clk125) begin
    if (btn[0]) reset_count <= 16'd0;
    else if (reset) reset_count <= reset_count + 16'd1;
  end

  conv_system system_i (
      .clk     (clk125),
      .reset   (reset),
      .decouple(sw[0]),
      .pause   (sw[1]),
      .step    (btn[1]),
      .status  (led)
  );

endmodule
