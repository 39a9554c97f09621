// A reconfigurable module: counts down. Every module of the partition has exactly these ports.
module slot (
    input  wire       clk,
    input  wire       tick,
    output reg  [3:0] count
);

  initial count = 0;
  always @(posedge clk) if (tick) count <= count - 1'b1;

endmodule
