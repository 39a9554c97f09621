// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
// Trees: generates, arrays, defaults, blocks without names.
`ifdef NOWHERE
module wrong; endmodule
`elsif ALSO_NOWHERE
module wrong2; endmodule
`else
module leaf #(parameter W = 1, parameter [3:0] K = W + 1, parameter string S = "a")(input [W-1:0] a, output [K:0] q);
  wire [W-1:0] x = a;
endmodule
`endif
module middle #(parameter DEPTH = 2, parameter NAME = "none") (input clk);
  generate
    if (DEPTH > 0) begin : deeper
      middle #(.DEPTH(DEPTH - 1), .NAME("inner")) m(.clk);
      if (NAME == "inner") leaf only_inner();
    end else begin
      leaf #(.W(3)) end_of_it();
    end
  endgenerate
endmodule
module top #(parameter N = 3, parameter MODE = 2) ();
  localparam int TABLE_SIZE = N * 4;
  genvar i, j;
  wire clk;
  generate
    for (i = 0; i < N; i = i + 1) begin : row
      localparam LAST = i == N - 1;
      for (j = 0; j <= i; j = j + 1) begin : column
        if (i == j) leaf #(i + 1) diagonal();
        else if (j > 0) begin leaf #(.K(j)) inner(); end
        else case (i) 1: leaf one(); 2, 3: begin : two leaf u(); leaf v(); end default: ; endcase
      end
      if (LAST) begin : last leaf u(); end
    end
    case (MODE)
      0, 1: leaf low();
      2: begin : chosen leaf high(); end
      default: leaf other();
    endcase
  endgenerate
  if (TABLE_SIZE > 10) leaf big();
  for (genvar k = N; k > 0; k--) leaf #(.W(k)) down();
  leaf pair [1:0] (), single();
  leaf #(.S("x"), .W()) named();
  middle mid(clk);
  and g1(clk, clk, clk), g2(clk, clk);
  not (clk, clk);
  function automatic int unused(int a); if (a > 0) begin return 1; end return 0; endfunction
  task automatic t; begin : b if (clk) begin end end endtask
  always_comb begin : p
    automatic int c;
    unique case (clk) 1'b0: c = 0; default: begin c = 1; end endcase
    for (int z = 0; z < 2; z++) c += z;
  end
  initial begin fork begin end join_none $display("module fake(input x); endmodule"); end
  assign (strong0, weak1) clk = 1'b0;
  typedef struct { int a; } s_t;
  s_t s = '{a: 1};
  enum logic [2:0] {E0, E1 = 5} e;
  if (E1 == 5) begin : by_enum leaf u(); end
  property pr; @(posedge clk) clk |-> clk; endproperty
  assert property (pr);
endmodule
