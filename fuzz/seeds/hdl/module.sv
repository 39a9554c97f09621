`define R(a) [(a)-1:0]
package p; typedef struct packed { logic [3:0] a; } t; function int f(int x); return x + 1; endfunction endpackage
interface b; logic v; modport s(input v); endinterface
module m import p::*; #(parameter W = 8, parameter type T = t) (input `R(W) d, input T e, b.s x, output [f(W):0] q);
  for (genvar i = 0; i < 2; i++) begin : g if (W > 4) leaf #(.W(i)) u(); else case (W) 1: leaf v(); default: ; endcase end
endmodule
module leaf #(parameter W = 1)(input [W:0] a); assign w = a; endmodule
