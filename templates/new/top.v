// The static design: it stays while the slot is exchanged.
module top (
    input  wire       clk,
    output reg  [3:0] led
);

  // About twelve ticks a second at 100 MHz.
  reg [23:0] prescaler = 0;
  reg        tick = 0;
  always @(posedge clk) {tick, prescaler} <= {1'b0, prescaler} + 1'b1;

  // The partition's outputs go through registers of the static design: its timing is then the same for every module.
  wire [3:0] count;
  always @(posedge clk) led <= count;

  slot slot_i (
      .clk  (clk),
      .tick (tick),
      .count(count)
  );

endmodule
