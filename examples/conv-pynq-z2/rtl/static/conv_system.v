// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
// Pixels from a generator go through the partition "conv" into a checksum. While the partition is being reconfigured, decouple
// holds its outputs at zero, so that nothing undefined reaches the static.
module conv_system (
    input  wire       clk,
    input  wire       reset,
    input  wire       decouple,
    input  wire       pause,
    input  wire       step,
    output wire [3:0] status
);

  wire [31:0] pixel;
  wire        pixel_valid;
  wire        line_start;
  wire        frame_start;

  pixel_source source_i (
      .clk        (clk),
      .reset      (reset),
      .pause      (pause & ~step),
      .pixel      (pixel),
      .valid      (pixel_valid),
      .line_start (line_start),
      .frame_start(frame_start)
  );

  wire [31:0] rp_result;
  wire        rp_valid;

  conv_rp conv (
      .clk        (clk),
      .reset      (reset | decouple),
      .pixel      (pixel),
      .pixel_valid(pixel_valid),
      .line_start (line_start),
      .result     (rp_result),
      .valid      (rp_valid)
  );

  // The decoupler: registered, so that the boundary has a known timing.
  reg [31:0] result;
  reg        result_valid;

  always @(posedge clk) begin
    result       <= decouple ? 32'd0 : rp_result;
    result_valid <= ~decouple & rp_valid;
  end

  checksum checksum_i (
      .clk        (clk),
      .reset      (reset),
      .data       (result),
      .valid      (result_valid),
      .frame_start(frame_start),
      .digest     (status)
  );

endmodule
