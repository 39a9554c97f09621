library ieee; use work.p.all;
package p is constant W : integer := 8; type r is record a : bit; end record; function f(n : integer) return integer; end;
package body p is function f(n : integer) return integer is variable m : integer := 0; begin while m < n loop m := m + 1; end loop; return m; end; end;
use work.p.all;
entity m is generic (G : natural := 2); port (d : in std_logic_vector(f(W) - 1 downto 0); q : out r); end;
architecture a of m is component c is port (x : in bit); end component; begin
  g : for i in 0 to G generate u : c port map (x => d(0)); end generate;
  h : if G = 2 generate v : entity work.m generic map (G => 0); else generate w : c port map (d(0)); end generate;
end;
