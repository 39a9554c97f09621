-- SPDX-FileCopyrightText: dfxkit contributors
-- SPDX-License-Identifier: MIT OR Apache-2.0
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
package shapes is
  constant WIDTH : natural := 8;
  subtype word is std_logic_vector(WIDTH - 1 downto 0);
  type words is array (natural range <>) of word;
  type beat is record
    data : word;
    valid, last : std_logic;
  end record;
  type mode is (slow, fast);
  function log2c(n : positive) return natural;
  component cell
    generic (K : integer := 1);
    port (c : in std_logic; q : out std_logic);
  end component;
end package shapes;
package body shapes is
  function log2c(n : positive) return natural is
    variable r : natural := 0;
    variable m : natural := 1;
  begin
    while m < n loop
      r := r + 1;
      m := m * 2;
    end loop;
    return r;
  end function;
end package body;

library ieee;
use ieee.std_logic_1164.all;
entity cell is
  generic (K : integer := 1);
  port (c : in std_logic; q : out std_logic);
end entity cell;
architecture rtl of cell is
begin
  q <= c when K > 0 else '0';
end architecture rtl;

library ieee;
use ieee.std_logic_1164.all;
use work.shapes.all;
entity top is
  generic (
    N : positive := 3;
    NAME : string := "top; end";
    SPEED : mode := fast);
  port (
    clk, rst : in std_logic;
    d : in word := (others => '0');
    a : in std_logic_vector(log2c(200) - 1 downto 0);
    q : out words(0 to N - 1);
    b : inout beat;
    \Odd Name\ : buffer std_logic;
    plain : std_logic);
begin
end entity top;
architecture rtl of top is
  signal s, t : std_logic;
  attribute keep : string;
  attribute keep of s : signal is "true";
  function twice(x : integer) return integer is
  begin
    if x > 0 then
      return 2 * x;
    end if;
    return 0;
  end function twice;
  component other is
    port (c : in std_logic);
  end component other;
  for all : other use entity work.cell(rtl);
begin
  s <= '1' when clk = '1' else '0';
  process (clk) is
    variable v : integer;
  begin
    if rising_edge(clk) then
      for i in 0 to 3 loop
        v := i;
      end loop;
      case v is
        when 0 => t <= '0';
        when others => t <= '1';
      end case;
    end if;
  end process;
  named : process begin wait; end process named;
  u1 : cell port map (c => clk, q => open);
  u2 : entity work.cell generic map (K => twice(2)) port map (c => s);
  u3 : entity work.cell(rtl) port map (s, open);
  u4 : component cell port map (c => clk);
  u5 : other port map (c => clk);
  rows : for i in N - 1 downto 0 generate
    signal inner : std_logic;
  begin
    u6 : cell generic map (i) port map (c => inner);
    first : if i = 0 generate
      u7 : cell port map (c => inner);
    end generate first;
  end generate rows;
  choice : if N > 4 generate
    u8 : cell port map (c => clk);
  elsif SPEED = fast generate
    u9 : cell port map (c => clk);
  else generate
    u10 : cell port map (c => clk);
  end generate choice;
  cased : case N generate
    when 1 | 2 =>
      u11 : cell port map (c => clk);
    when others =>
      u12 : cell port map (c => clk);
  end generate cased;
  assert N > 0 report "N : positive; is port map" severity failure;
end architecture rtl;
