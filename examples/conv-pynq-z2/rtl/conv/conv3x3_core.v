// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
// A 3x3 convolution over a stream of pixels of WIDTH bits with a sharpening kernel: two line buffers in block RAM, nine products,
// an adder tree, a right shift and a clamp. Latency: six clocks. The first two lines and columns see zeros outside the picture.
module conv3x3_core #(
    parameter WIDTH = 8,
    parameter LINE  = 640
) (
    input  wire             clk,
    input  wire             reset,
    input  wire [WIDTH-1:0] pixel,
    input  wire             pixel_valid,
    input  wire             line_start,
    output reg  [WIDTH-1:0] result,
    output reg              valid
);

  // Kernel, signed: corners, edges, centre.
  localparam signed [5:0] CORNER = -6'sd1;
  localparam signed [5:0] EDGE = -6'sd2;
  localparam signed [5:0] CENTRE = 6'sd16;
  localparam SHIFT = 2;

  reg  [WIDTH-1:0] line_1     [0:LINE-1];
  reg  [WIDTH-1:0] line_2     [0:LINE-1];
  reg  [      9:0] column;
  reg  [      9:0] last;
  reg  [WIDTH-1:0] up_1;
  reg  [WIDTH-1:0] up_2;
  reg  [WIDTH-1:0] here;
  reg              here_valid;

  wire [      9:0] position = line_start ? 10'd0 : column;

  always @(posedge clk) begin
    if (pixel_valid) begin
      up_1             <= line_1[position];
      up_2             <= line_2[position];
      line_1[position] <= pixel;
      // up_1 still holds what was read at the position before.
      line_2[last]     <= up_1;
      last             <= position;
    end
  end

  always @(posedge clk) begin
    if (reset) begin
      column     <= 10'd0;
      here_valid <= 1'b0;
    end else begin
      here_valid <= pixel_valid;
      if (pixel_valid) begin
        column <= (position == LINE - 1) ? 10'd0 : position + 10'd1;
      end
    end
    here <= pixel;
  end

  // The window, three columns of three pixels.
  reg [WIDTH-1:0] w00, w01, w02, w10, w11, w12, w20, w21, w22;
  reg             window_valid;

  always @(posedge clk) begin
    if (reset) begin
      {w00, w01, w02, w10, w11, w12, w20, w21, w22} <= {9 * WIDTH{1'b0}};
      window_valid <= 1'b0;
    end else begin
      window_valid <= here_valid;
      if (here_valid) begin
        {w00, w01, w02} <= {w01, w02, up_2};
        {w10, w11, w12} <= {w11, w12, up_1};
        {w20, w21, w22} <= {w21, w22, here};
      end
    end
  end

  localparam P = WIDTH + 8;
  reg signed [P-1:0] corners;
  reg signed [P-1:0] edges;
  reg signed [P-1:0] centre;
  reg                products_valid;

  wire [WIDTH+1:0] corner_sum = w00 + w02 + w20 + w22;
  wire [WIDTH+1:0] edge_sum = w01 + w10 + w12 + w21;

  always @(posedge clk) begin
    products_valid <= window_valid & ~reset;
    corners        <= $signed({1'b0, corner_sum}) * CORNER;
    edges          <= $signed({1'b0, edge_sum}) * EDGE;
    centre         <= $signed({1'b0, w11}) * CENTRE;
  end

  reg signed [P+1:0] total;
  reg                total_valid;

  always @(posedge clk) begin
    total_valid <= products_valid & ~reset;
    total       <= corners + edges + centre;
  end

  wire signed [P+1:0] scaled = total >>> SHIFT;

  always @(posedge clk) begin
    valid <= total_valid & ~reset;
    if (scaled < 0) result <= {WIDTH{1'b0}};
    else if (|scaled[P+1:WIDTH]) result <= {WIDTH{1'b1}};
    else result <= scaled[WIDTH-1:0];
  end

endmodule
