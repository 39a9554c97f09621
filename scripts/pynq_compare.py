#!/usr/bin/env python3
# SPDX-FileCopyrightText: dfxkit contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Compares `dfxkit hwh show` with PYNQ's own parser on every .hwh below a directory.

    python3 scripts/pynq_compare.py --dfxkit target/debug/dfxkit CORPUS

PYNQ is the oracle: `pynq.pl_server.hwh_parser`, needs no board. To have it: `pip install numpy "pycparser<3" pydantic pynqmetadata
pynqutils`, and the source archive of pynq 4.0.0 unpacked, its directory in PYTHONPATH. Without it this script says so and exits
with 0, as a test that was skipped.

Every dictionary that PYNQ makes is made here a second time from dfxkit's JSON, and compared: ip_dict (type, block design type,
address, range, memory id, kind, parameters, registers), mem_dict, interrupt_pins, interrupt_controllers, gpio_dict, clock_dict,
hierarchy_dict. A difference is an error unless one of FAULTS names it. Exit 1 on any other difference, 2 when no file was found.

Not compared: real Versal files (none at hand; the made-up one in crates/handoff/tests/data is), `driver` and `device` of PYNQ's entries (objects of a running PYNQ), descriptions.
"""

import argparse
import collections
import contextlib
import io
import json
import pathlib
import platform
import subprocess
import sys

# Where PYNQ departs from what Vivado wrote. The key is printed with its count.
FAULTS = {
    "decoupler": "PYNQ ends at a decoupler's pin; dfxkit goes on to the module behind it, and lists the pins on both sides",
    "disabled-register": "PYNQ lists registers that IS_ENABLED switches off",
    "no-processor": "PYNQ's parser raises on a design of a family that it has no processor for",
    "packed-divisors": "PYNQ reports the dividers of Versal's clocks as 1; no file holds them, and dfxkit says none",
    "empty-parameter": "PYNQ drops parameters whose empty value Vivado leaves out; dfxkit lists them as empty",
}


def oracle(arch):
    """PYNQ's parser class for an architecture, or None with the reason when PYNQ is not there."""
    platform.machine = lambda: "x86_64"
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            from pynq.pl_server import hwh_parser
    except ImportError as error:
        return None, f"pynq cannot be imported: {error}"
    classes = {"zynq": "_HWHZynq", "zynquplus": "_HWHUltrascale", "versal": "_HWHVersal"}
    return getattr(hwh_parser, classes.get(arch, "_HWHABC"), hwh_parser._HWHABC), ""


def ours(dfxkit, path):
    command = [dfxkit, "hwh", "show", str(path), "--registers", "--message-format", "json"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: exit {run.returncode}: {run.stderr.strip()}")
    return json.loads(run.stdout.splitlines()[0])


def pin(reference):
    return f"{reference['module']}/{reference['port']}" if reference["module"] else reference["port"]


def expected_ip(model):
    """ip_dict and mem_dict as PYNQ's documentation describes them, from dfxkit's model."""
    modules = {m["path"]: m for m in model["modules"]}
    by_instance = {m["instance"]: m for m in model["modules"]}
    ps = model["processing_system"]
    ranges = model["memory_map"]
    if ps is not None:
        ranges = [r for r in ranges if r["master"] == ps]
        which = "slave_interface"
    else:
        which = "master_interface"
    entries = {}
    renamed = set()
    for r in ranges:
        m = by_instance[r["instance"]]
        if m["bd_type"] == "BLOCK_CONTAINER":
            continue
        name, interface = m["path"], r[which]
        if name in entries and entries[name]["mem_id"] and interface:
            # A second window of one module: both are called by their interface.
            first = f"{name}/{entries[name]['mem_id']}"
            entries[first] = dict(entries[name])
            renamed.add(name)
            name = f"{name}/{interface}"
        elif (m["vlnv"] or "").startswith("xilinx.com:module_ref:") and m["bd_type"]:
            name = f"{name}/{interface}"
        kind = r["kind"] if isinstance(r["kind"], str) else r["kind"]["other"]
        entries[name] = {
            "type": m["vlnv"],
            "bdtype": m["bd_type"],
            "phys_addr": r["base"],
            "addr_range": r["high"] - r["base"] + 1,
            "mem_id": interface,
            "memtype": kind.upper(),
            "parameters": m["parameters"],
            "module": m,
        }
    for name in renamed:
        entries.pop(name, None)
    if ps is not None:
        entries[ps] = {"type": modules[ps]["vlnv"], "parameters": modules[ps]["parameters"], "module": modules[ps]}
    memories = {}
    for name, entry in list(entries.items()):
        if entry.get("memtype") == "MEMORY":
            memories[name] = entry
        elif entry.get("memtype") == "REGISTER" and entry.get("bdtype") == "RBD":
            memories[name] = entries.pop(name)
    return entries, memories


class Report:
    def __init__(self, path):
        self.path = path
        self.compared = collections.Counter()
        self.faults = collections.Counter()
        self.errors = []

    def same(self, what, name, expected, actual):
        self.compared[what] += 1
        if expected != actual:
            self.errors.append(f"{what} {name}: PYNQ {expected!r}, dfxkit {actual!r}")

    def fault(self, name):
        assert name in FAULTS, name
        self.faults[name] += 1


def compare_entries(report, what, theirs, mine):
    for name in sorted(set(theirs) | set(mine)):
        if name not in theirs or name not in mine:
            report.compared[what] += 1
            report.errors.append(f"{what} {name}: only in {'dfxkit' if name in mine else 'PYNQ'}")
            continue
        a, b = theirs[name], dict(mine[name])
        empty = {k for k, v in b["parameters"].items() if v == "" and k not in a["parameters"]}
        if empty:
            report.fault("empty-parameter")
            b["parameters"] = {k: v for k, v in b["parameters"].items() if k not in empty}
        for key in ("type", "bdtype", "phys_addr", "addr_range", "mem_id", "memtype", "parameters"):
            if key in a or key in b:
                report.same(f"{what}.{key}", name, a.get(key), b.get(key))
        compare_registers(report, what, name, a.get("registers"), b["module"])


def compare_registers(report, what, name, theirs, module):
    mine = collections.defaultdict(list)
    for block in module["address_blocks"]:
        for register in block["registers"]:
            mine[register["name"]].append(register)
    if theirs is None:  # PYNQ gives the processor's own entry none
        return
    report.same(f"{what}.registers", name, sorted(theirs), sorted(mine))
    for register, a in theirs.items():
        candidates = mine.get(register, [])
        if not candidates:
            continue
        b = candidates[-1]
        if not b["enabled"]:
            report.fault("disabled-register")
        report.same(
            f"{what}.register",
            f"{name}.{register}",
            (a["address_offset"], a["size"], a["access"]),
            (b["offset"], b["size_bits"], b["access"]),
        )
        fields = {f["name"]: (f["bit_offset"], f["bit_width"], f["access"]) for f in b["fields"]}
        report.same(
            f"{what}.fields",
            f"{name}.{register}",
            {k: (v["bit_offset"], v["bit_width"], v["access"]) for k, v in a["fields"].items()},
            fields,
        )


def compare_interrupts(report, theirs, model):
    modules = {m["path"]: m for m in model["modules"]}
    ip = lambda path: ((modules.get(path) or {}).get("vlnv") or ":::").split(":")[2]
    mine, controllers = {}, {}
    for interrupt in model["interrupts"]:
        value = (interrupt["controller"] or "", interrupt["index"], interrupt["raw"])
        if ip(interrupt["source"]["module"]) == "axi_intc":
            controllers[interrupt["source"]["module"]] = value
            continue
        for reference in interrupt["pins"]:
            mine[pin(reference)] = value
    for name in sorted(set(theirs.interrupt_pins) | set(mine)):
        report.compared["interrupt_pins"] += 1
        entry = theirs.interrupt_pins.get(name)
        value = entry and (entry["controller"], entry["index"], entry.get("raw_irq"))
        if value == mine.get(name):
            continue
        if entry is None and any("decoupler" in ip(p["module"]) for i in model["interrupts"] for p in i["pins"]
                                 if pin(i["source"]) == name or name in map(pin, i["pins"])):
            report.fault("decoupler")
        else:
            report.errors.append(f"interrupt_pins {name}: PYNQ {value}, dfxkit {mine.get(name)}")
    names = set(theirs.interrupt_controllers) | set(controllers)
    for name in sorted(names):
        entry = theirs.interrupt_controllers.get(name)
        value = entry and (entry["parent"], entry["index"], entry.get("raw_irq"))
        report.same("interrupt_controllers", name, value, controllers.get(name))


def compare_gpio(report, theirs, model):
    mine = {g["slice"]: g for g in model["gpio"]}
    for name in sorted(set(theirs.gpio_dict) | set(mine)):
        a, b = theirs.gpio_dict.get(name), mine.get(name)
        report.same("gpio_dict.index", name, a and a["index"], b and b["index"])
        report.same("gpio_dict.pins", name, a and sorted(a["pins"]), b and sorted(map(pin, b["pins"])))


def compare_clocks(report, theirs, model):
    mine = {
        c["index"]: {
            "enable": int(c["enabled"]),
            "divisor0": c["divisors"] and c["divisors"][0],
            "divisor1": c["divisors"] and c["divisors"][1],
        }
        for c in model["clocks"]
    }
    for index in sorted(set(theirs.clock_dict) | set(mine)):
        if model["system"]["arch"] == "versal" and mine.get(index, {}).get("divisor0") is None:
            report.fault("packed-divisors")
            mine[index].update(divisor0=1, divisor1=1)
        report.same("clock_dict", index, theirs.clock_dict.get(index), mine.get(index))


def compare_hierarchy(report, theirs, model):
    """Every hierarchy of PYNQ's is one of ours with the same children; ours also lists those that hold no address."""
    mine = {h["path"]: h for h in model["hierarchies"]}
    modules = {m["path"] for m in model["modules"]}
    for name, entry in theirs.hierarchy_dict.items():
        report.compared["hierarchy_dict"] += 1
        if name in modules and name not in mine:
            # Two windows of one module: PYNQ makes a hierarchy of the module.
            inside = [f"{name}/{k}" for k in (*entry["ip"], *entry["memories"])]
            if not all(k in theirs.ip_dict or k in theirs.mem_dict for k in inside):
                report.errors.append(f"hierarchy_dict {name}: {inside}")
            continue
        level = mine.get(name)
        if level is None:
            report.errors.append(f"hierarchy_dict {name}: only in PYNQ")
            continue
        unknown = set(entry["ip"]) | set(entry["memories"])
        unknown -= set(level["modules"])
        unknown = {u for u in unknown if f"{name}/{u}" not in modules}
        children = set(entry["hierarchies"]) - set(level["hierarchies"]) - set(level["modules"])
        if unknown or children:
            report.errors.append(f"hierarchy_dict {name}: not in dfxkit: {sorted(unknown | children)}")


def compare(dfxkit, path):
    report = Report(path)
    model = ours(dfxkit, path)
    arch = model["system"]["arch"]
    parser, why = oracle(arch)
    if parser is None:
        return None, why
    try:
        theirs = parser(hwh_name=str(path))
    except Exception as error:  # whatever PYNQ raises is the finding
        if model["processing_system"] is not None or arch in ("zynq", "zynquplus"):
            report.errors.append(f"PYNQ raises {type(error).__name__}: {error}")
        report.fault("no-processor")
        report.note = f"{type(error).__name__}: {error}"
        return report, ""
    ip, memories = expected_ip(model)
    compare_entries(report, "ip_dict", theirs.ip_dict, ip)
    compare_entries(report, "mem_dict", theirs.mem_dict, memories)
    compare_interrupts(report, theirs, model)
    compare_gpio(report, theirs, model)
    compare_clocks(report, theirs, model)
    compare_hierarchy(report, theirs, model)
    return report, ""


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--dfxkit", default="dfxkit", help="the program, by default from PATH")
    arguments.add_argument("directory", type=pathlib.Path, help="every .hwh below it is compared")
    options = arguments.parse_args()
    _, why = oracle("zynq")
    if why:
        print(f"SKIPPED: {why}")
        return 0
    files = sorted(options.directory.rglob("*.hwh"))
    if not files:
        print(f"no .hwh below {options.directory}", file=sys.stderr)
        return 2
    total, faults, errors = collections.Counter(), collections.Counter(), 0
    for path in files:
        report, _ = compare(options.dfxkit, path)
        total += report.compared
        faults += report.faults
        errors += len(report.errors)
        note = getattr(report, "note", "")
        print(f"{path.relative_to(options.directory)}: {sum(report.compared.values())} compared,"
              f" {len(report.errors)} differ{', ' + note if note else ''}")
        for error in report.errors:
            print(f"  {error}")
    print(f"\n{len(files)} files, {sum(total.values())} comparisons, {errors} differences")
    for what, count in sorted(total.items()):
        print(f"  {what}: {count}")
    for name, count in sorted(faults.items()):
        print(f"  fault of PYNQ, {name} ({count}): {FAULTS[name]}")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
