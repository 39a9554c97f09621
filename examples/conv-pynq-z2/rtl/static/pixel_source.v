// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
// A moving test picture of 640 by 480 pixels: a diagonal ramp with a frame number in it.
module pixel_source (
    input  wire        clk,
    input  wire        reset,
    input  wire        pause,
    output reg  [31:0] pixel,
    output reg         valid,
    output reg         line_start,
    output reg         frame_start
);

  localparam WIDTH = 640;
  localparam HEIGHT = 480;

  reg [9:0] x;
  reg [8:0] y;
  reg [7:0] frame;

  always @(posedge clk) begin
    if (reset) begin
      x           <= 10'd0;
      y           <= 9'd0;
      frame       <= 8'd0;
      pixel       <= 32'd0;
      valid       <= 1'b0;
      line_start  <= 1'b0;
      frame_start <= 1'b0;
    end else begin
      valid       <= ~pause;
      line_start  <= ~pause & (x == 10'd0);
      frame_start <= ~pause & (x == 10'd0) & (y == 9'd0);
      pixel       <= {frame, 5'd0, y, x} + {22'd0, x ^ {1'b0, y}};
      if (~pause) begin
        if (x == WIDTH - 1) begin
          x <= 10'd0;
          if (y == HEIGHT - 1) begin
            y     <= 9'd0;
            frame <= frame + 8'd1;
          end else y <= y + 9'd1;
        end else x <= x + 10'd1;
      end
    end
  end

endmodule
