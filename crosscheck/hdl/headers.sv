// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
// Headers of every form.
`define WIDTH 6
`define RANGE(a, b = 0) [(a)-1:b]
`define JOIN(a, b) a``b
package types;
  localparam int unsigned N = 3;
  typedef logic [N-1:0] index_t;
  typedef enum logic [1:0] {IDLE, RUN = 2, DONE} state_t;
  typedef enum {RED, GREEN} colour_t;
  typedef struct packed { logic [7:0] data; state_t state; logic [1:0][3:0] lanes; } beat_t;
  typedef union packed { logic [17:0] all; beat_t beat; } word_t;
  typedef index_t [1:0] pair_t;
  function automatic int unsigned log2(int unsigned n);
    int unsigned r = 0;
    while ((1 << r) < n) r++;
    return r;
  endfunction
endpackage
interface stream #(parameter W = 8) (input logic clk);
  logic [W-1:0] data;
  logic valid, ready;
  modport source(input clk, ready, output data, valid);
  modport sink(input clk, data, valid, output ready);
endinterface
typedef logic signed [11:0] sample_t;
module ansi import types::*; #(
    parameter int W = 8, V = W * 2, parameter type T = logic [W-1:0], localparam int L = log2(V), parameter MODE = "FAST"
  ) (
    input clk, rst,
    input wire [W-1:0] a, b,
    (* mark_debug = "true" *) input logic signed [V-1:0] c,
    output reg [L:0] d = '0,
    output T e,
    inout wire [0:3] f,
    input index_t g, input types::state_t h, input beat_t i, input word_t j, input pair_t k, colour_t l,
    input logic [1:0][W-1:0] m,
    input logic n [3], input logic [3:0] o [1:0][2],
    output sample_t p,
    input int q, input byte unsigned r, input bit s, input integer t, input time u,
    input var logic [(MODE == "FAST" ? 4 : 2)-1:0] v,
    input `RANGE(`WIDTH) w, input `RANGE(8, 4) x,
    input wire signed y, output var logic [`JOIN(W, ) - 1 : 0] z,
    input \odd$name , input [3:0] \a[b] );
endmodule
module old(clk, d, q, io, n);
  parameter W = 4;
  parameter [1:0] SEL = 2;
  localparam D = clogb2(W * 30);
  input clk;
  input signed [W-1:0] d;
  output [D:0] q;
  reg [D:0] q;
  inout [SEL:0] io;
  output reg n;
  function integer clogb2;
    input [31:0] value;
    integer i;
    begin
      clogb2 = 0;
      for (i = 0; i < 32 && value > 0; i = i + 1) begin
        value = value >> 1;
        clogb2 = clogb2 + 1;
      end
    end
  endfunction
  always @(posedge clk) begin : work integer i; for (i = 0; i < 4; i = i + 1) q <= d; n <= ~n; end
endmodule
module empty; endmodule
module nothing(); endmodule
module top(input logic clk, stream.sink s, input types::beat_t beat);
  wire [3:0] io;
  old #(.W(6)) o1(clk, 6'd0, , io, );
  old #(8, 1) o2(.clk(clk), .d(8'd0), .q(), .io(), .n());
  empty e();
  nothing n();
endmodule
