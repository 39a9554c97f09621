#!/usr/bin/env python3
# SPDX-FileCopyrightText: dfxkit contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
"""dfxkit's HDL reader against slang's elaboration (pyslang): ports, directions, ranges and the instance tree must be equal, or the reader says unknown.

usage: slang.py DUMP DIRECTORY SECONDS [SEED]

DUMP is the reader's example program. Every .v and .sv file of DIRECTORY has a module `top`. After the files come random ones until the time is over:
constants of random expressions, generates of random shape, and mutations of the files. What slang refuses says nothing about the reader and is not counted.
The same seed makes the same texts. Ends with 1 at the first difference, whose text is printed.
"""

import json
import pathlib
import random
import subprocess
import sys
import tempfile
import time

from pyslang import ast, syntax

OPERATORS = "+ - * / % & | ^ ~^ == != < <= > >= << >> <<< >>> && || **".split()
UNARY = "- + ~ ! & | ^ ~& ~| ~^".split()


class Writer:
    """Random texts."""

    def __init__(self, seed):
        self.r = random.Random(seed)

    def literal(self):
        r = self.r
        width = r.randint(1, 9)
        return r.choice([
            str(r.randint(0, 12)),
            f"{width}'d{r.randint(0, 2 ** width - 1)}",
            f"{width}'h{r.randint(0, 2 ** width - 1):x}",
            f"{width}'sb{r.randint(0, 2 ** width - 1):b}",
            f"'d{r.randint(0, 40)}",
        ])

    def expr(self, names, depth):
        r = self.r
        if depth <= 0 or r.random() < 0.2:
            return r.choice(names) if names and r.random() < 0.6 else self.literal()
        sub = lambda: self.expr(names, depth - 1)
        kind = r.random()
        if kind < 0.55:
            operator = r.choice(OPERATORS)
            right = str(r.randint(0, 4)) if operator in ("**", "<<", "<<<") and r.random() < 0.7 else sub()
            return f"({sub()} {operator} {right})"
        if kind < 0.65:
            return f"({r.choice(UNARY)} {sub()})"
        if kind < 0.72:
            return f"({sub()} ? {sub()} : {sub()})"
        if kind < 0.78:
            return "{" + ", ".join(self.sized(names) for _ in range(r.randint(1, 3))) + "}"
        if kind < 0.82:
            return "{" + str(r.randint(1, 3)) + "{" + self.sized(names) + "}}"
        if kind < 0.86:
            return f"$clog2({sub()})"
        if kind < 0.89:
            return f"{r.randint(1, 12)}'({sub()})"
        if kind < 0.92:
            return f"{r.choice(['signed', 'unsigned', 'int', 'byte', 'shortint'])}'({sub()})"
        if kind < 0.94:
            return f"$bits({sub()})"
        if kind < 0.97:
            return f"{r.choice(['f', 'g'])}({sub()})"
        return f"({sub()})"

    def sized(self, names):
        width = self.r.randint(1, 7)
        return f"{width}'d{self.r.randint(0, 2 ** width - 1)}"

    def kind(self):
        r = self.r
        return r.choice(["", "", "int ", "integer ", "byte ", "int unsigned ", "bit ", "signed ", f"[{r.randint(0, 9)}:0] ",
                         f"logic [{r.randint(0, 9)}:0] ", f"logic signed [{r.randint(1, 9)}:0] ", f"[0:{r.randint(0, 5)}] "])

    def constants(self):
        r = self.r
        names, lines = [], []
        for i in range(r.randint(1, 5)):
            lines.append(f"parameter {self.kind()}P{i} = {self.expr(names, r.randint(0, 3))}")
            names.append(f"P{i}")
        ports = []
        for i in range(r.randint(1, 4)):
            shape = r.choice(["[{0}:0]", "[{0}:{1}]", "[0:{0}]", "signed [{0}:0]", "[3:0][{0}:0]", "logic [{0}:1]"])
            ports.append(f"{r.choice(['input', 'output', 'inout'])} {shape.format(self.expr(names, 2), self.expr(names, 1))} d{i}")
        if r.random() < 0.3:
            ports = [p.replace("inout logic", "inout wire logic") for p in ports]
        functions = (
            "function automatic int f(input int x); int y; y = 0; for (int i = 0; i < x && i < 20; i++) if (i % 2) y += i; else y = y + 1; return y; endfunction\n"
            "function [3:0] g; input [7:0] a; begin case (a[1:0]) 0: g = a; 1, 2: g = a >> 1; default: begin g = 0; while (a > 3) begin g = g + 1; a = a - 2; end end endcase end endfunction\n"
        )
        return functions + f"module top #(\n  {', '.join(lines)})\n ({', '.join(ports)});\nendmodule\n"

    def item(self, names, depth, count):
        r = self.r
        count[0] += 1
        n = count[0]
        kind = r.random()
        if depth <= 0 or kind < 0.35:
            override = r.choice(["", f" #({r.randint(1, 5)})", f" #(.W({self.expr(names, 1)}))", " #(.W(), .V(3))"])
            dims = r.choice(["", "", "", f" [{r.randint(0, 2)}:{r.randint(0, 2)}]"])
            return f"leaf{override} u{n}{dims} ();"
        inner = lambda: " ".join(self.item(names, depth - 1, count) for _ in range(r.randint(1, 2)))
        begin = lambda: r.choice([f"begin : b{n}", "begin"])
        if kind < 0.6:
            text = f"if ({self.expr(names, 2)}) {begin()} {inner()} end"
            if r.random() < 0.5:
                text += f" else if ({self.expr(names, 1)}) {self.item(names, 0, count)}"
            if r.random() < 0.5:
                text += f" else begin : e{n} {inner()} end"
            return text
        if kind < 0.75:
            arms = " ".join(f"{self.literal()}{r.choice(['', ', ' + self.literal()])}: {self.item(names, depth - 1, count)}" for _ in range(2))
            return f"case ({self.expr(names, 1)}) {arms} default: begin : d{n} {inner()} end endcase"
        var = f"i{n}"
        step = r.choice([f"{var}++", f"{var} = {var} + 1", f"{var} += 2", f"++{var}"])
        local = f"localparam L{n} = {var} + 1;" if r.random() < 0.4 else ""
        body = " ".join(self.item(names + [var] + ([f"L{n}"] if local else []), depth - 1, count) for _ in range(r.randint(1, 2)))
        return f"for (genvar {var} = 0; {var} < {r.randint(1, 3)}; {step}) {begin()} {local} {body} end"

    def generates(self):
        count = [0]
        items = "\n  ".join(self.item(["A", "B"], 3, count) for _ in range(self.r.randint(1, 4)))
        functions = "function automatic int f(input int x); return x + 1; endfunction function int g(input int x); return x - 1; endfunction\n"
        leaf = "module leaf #(parameter W = 2, localparam Y = W * 2, parameter V = Y)(input [W:0] a, output [V-1:0] q); endmodule\n"
        return functions + leaf + f"module top #(parameter A = {self.literal()}, B = {self.expr(['A'], 2)})();\n  {items}\nendmodule\n"

    def mutated(self, text):
        r = self.r
        words = text.split(" ")
        for _ in range(r.randint(1, 3)):
            at = r.randrange(len(words))
            kind = r.random()
            if kind < 0.3:
                del words[at]
                words = words or [""]
            elif kind < 0.6:
                words[at] = r.choice(words)
            elif kind < 0.8:
                other = r.randrange(len(words))
                words[at], words[other] = words[other], words[at]
            else:
                words.insert(at, r.choice(words + ["signed", "[1:0]", "begin", "end", ";", "8'd3"]))
        return " ".join(words)


def slang(text):
    """Ports of `top` and the instances below it; None when slang finds an error."""
    compilation = ast.Compilation()
    compilation.addSyntaxTree(syntax.SyntaxTree.fromText(text))
    root = compilation.getRoot()
    top = [i for i in root.topInstances if i.name == "top"]
    if len(top) != 1:
        return None
    instances = []

    def visit(symbol):
        if isinstance(symbol, ast.InstanceSymbol) and str(symbol.definition.definitionKind).endswith("Module"):
            instances.append((symbol.hierarchicalPath, symbol.definition.name, ports(symbol.body)))

    if any(d.isError() for d in compilation.getAllDiagnostics()):
        return None
    root.visit(visit)
    below = {p: (m, q) for p, m, q in instances if p.startswith("top.")}
    return ports(top[0].body), below


def ports(body):
    out = []
    for port in body.portList:
        if isinstance(port, ast.InterfacePortSymbol):
            out.append((port.name, None, None, None))
            continue
        of = port.type.canonicalType
        direction = {"In": "input", "Out": "output", "InOut": "inout"}.get(str(port.direction).rsplit(".", 1)[-1])
        bounds = None
        if of.isIntegral and (of.isSimpleBitVector or of.isPredefinedInteger or of.isEnum) and of.hasFixedRange:
            bounds = (of.fixedRange.left, of.fixedRange.right)
        out.append((port.name, direction, bounds, of.bitWidth if of.isIntegral else None))
    return out


def differs(ours, theirs):
    """Why two port lists differ; None when they do not."""
    if len(ours) != len(theirs):
        return f"{len(ours)} ports for {len(theirs)}"
    for mine, (name, direction, bounds, width) in zip(ours, theirs):
        if mine["name"] != name:
            return f"port {mine['name']} for {name}"
        if isinstance(mine["direction"], str) and mine["direction"] != "per-signal" and mine["direction"] != direction:
            return f"{name}: direction {mine['direction']} for {direction}"
        found = mine["range"]
        if found == "scalar":
            if width != 1:
                return f"{name}: one bit for {width}"
        elif "vector" in found:
            pair = (found["vector"]["left"], found["vector"]["right"])
            if bounds is not None and pair != bounds:
                return f"{name}: {pair} for {bounds}"
            if width != abs(pair[0] - pair[1]) + 1:
                return f"{name}: {pair} for {width} bits"
        elif "composite" in found and found["composite"]["width"] is not None and width is not None:
            if found["composite"]["width"] != width:
                return f"{name}: {found['composite']['width']} bits for {width}"
    return None


def main():
    dump, directory, seconds = sys.argv[1], pathlib.Path(sys.argv[2]), float(sys.argv[3])
    most = 5000 if seconds <= 10 else 1 << 62
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    files = sorted(p for p in directory.iterdir() if p.suffix in (".v", ".sv"))
    reader = subprocess.Popen([dump, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    folder = tempfile.TemporaryDirectory()
    path = pathlib.Path(folder.name) / "case.sv"
    counts = {"compared": 0, "ports unknown": 0, "tree open": 0, "refused by slang": 0}

    def check(text, what):
        path.write_text(text)
        theirs = slang(text)
        if theirs is None:
            counts["refused by slang"] += 1
            return "refused"
        reader.stdin.write(f"top {path}\n")
        reader.stdin.flush()
        line = reader.stdout.readline()
        if not line:
            sys.exit(f"the reader died of {what}:\n{text}")
        ours = json.loads(line)
        counts["compared"] += 1
        why, unknown = None, []
        if "error" in ours:
            why = f"{ours['error']} {ours['faults']}"
        elif ours["faults"]:
            why = f"refused: {ours['faults']}"
        else:
            if isinstance(ours["ports"], str):
                unknown.append(ours["ports"])
            else:
                why = differs(ours["ports"], theirs[0])
                unknown += [str(p) for p in ours["ports"] if isinstance(p["range"], dict) and "unknown" in p["range"]]
            counts["ports unknown"] += bool(unknown)
            if ours["doubts"]:
                counts["tree open"] += 1
            elif why is None:
                mine = {"top." + p.replace("/", "."): (m, q) for p, m, q in ours["cells"]}
                if set(mine) != set(theirs[1]):
                    why = f"cells {sorted(set(mine) ^ set(theirs[1]))} on one side only"
                for name, (module, found) in mine.items():
                    if why is None and module != theirs[1][name][0]:
                        why = f"{name} is a {module} for {theirs[1][name][0]}"
                    if why is None and found:
                        why = differs(found, theirs[1][name][1])
                        why = why and f"{name}: {why}"
        if why is not None:
            print(f"{what}: {why}\n{text}")
            sys.exit(1)
        return unknown + ours["doubts"]

    end = time.monotonic() + seconds
    texts = []
    for file in files:
        text = file.read_text()
        texts.append(text)
        found = check(text, file.name)
        if found == "refused":
            sys.exit(f"{file.name}: slang refuses it")
        if found:
            print(f"{file.name}: unknown: {'; '.join(found)}")
    cases = 0
    # Not more than were once seen to agree: a quick machine must not find in CI what nobody looked at.
    while time.monotonic() < end and cases < most:
        writer = Writer(seed * 1_000_003 + cases)
        kind = cases % 3
        text = writer.constants() if kind == 0 else writer.generates() if kind == 1 else writer.mutated(writer.r.choice(texts))
        check(text, f"case {cases} of seed {seed}")
        cases += 1
    print(f"slang: {len(files)} files, {cases} random texts: " + ", ".join(f"{v} {k}" for k, v in counts.items()))


main()
