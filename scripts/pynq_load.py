#!/usr/bin/env python3
# SPDX-FileCopyrightText: dfxkit contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Loads a kit with PYNQ itself, on a device that is not there.

    python3 scripts/pynq_load.py KIT

KIT is the directory of a kit with the format `pynq`. PYNQ's own code reads the pairs: `Overlay` takes static/NAME.bit with its .hwh, and
`Overlay.pr_download` each module's into its region. What PYNQ would write to the device is compared with the kit's .bin files, and the
physical addresses that it gives with those of kit.json. Only the device is a stub: it keeps what is downloaded. Prints a line for each
module; exit 1 when one does not load or differs.

PYNQ 4.0 is needed (see scripts/pynq_compare.py for how to have it without a board); without it this says so and exits with 0.

A fault of PYNQ 4.0: a region of the project flow (BDTYPE="RBD", to Vivado 2020.1) is no hierarchy to it, so that `pr_download` ends with
"'DefaultIP' object has no attribute 'download'", whatever the files say. Then the pair is read by PYNQ's parser for partial bitstreams and
the bitstream given to the device, which is all that pr_download does with the files.
"""

import contextlib
import io
import json
import pathlib
import platform
import sys


def import_pynq(family):
    """PYNQ chooses its parsers by the machine that it runs on, once, while it is imported."""
    machine = {"zynq": "armv7l", "zynquplus": "aarch64"}.get(family, "x86_64")
    platform.machine = lambda: machine
    with contextlib.redirect_stderr(io.StringIO()):
        import pynq
        from pynq.pl_server import embedded_device
    # The program xclbinutil is not asked: memories are no matter here.
    embedded_device._create_xclbin = lambda _: embedded_device.DEFAULT_XCLBIN
    return pynq, embedded_device


def stub(pynq, embedded_device):
    import numpy

    class Stub(pynq.Device):
        """Takes what PYNQ gives it."""

        def __init__(self):
            super().__init__("dfxkit-stub")
            self.capabilities = {"MEMORY_MAPPED": True}
            self.downloads = []
            self.name = "stub"

        def get_bitfile_metadata(self, bitfile_name, partial=False):
            handler = embedded_device._get_bitstream_handler(bitfile_name)
            return handler.get_parser(partial=partial)

        def download(self, bitstream, parser=None):
            data = embedded_device._get_bitstream_handler(bitstream.bitfile_name).get_bin_data()
            self.downloads.append((bitstream.bitfile_name, bitstream.partial, bytes(data)))

        def gen_cache(self, bitstream, parser=None):
            pass

        def mmap(self, base, length):
            return numpy.zeros(length // 4, dtype="u4")

    return Stub()


def architecture(hwh):
    import re

    found = re.search(rb'<SYSTEMINFO[^>]*\bARCH="([^"]*)"', hwh.read_bytes())
    return found.group(1).decode() if found else ""


def downloaded(device, kit, path, partial):
    """What PYNQ would give to the FPGA manager, against the kit's own file for it."""
    name, was_partial, data = device.downloads[-1]
    problems = []
    if pathlib.Path(name) != (kit / path).resolve():
        problems.append(f"PYNQ downloaded {name}")
    if was_partial != partial:
        problems.append(f"partial is {was_partial}")
    other = (kit / path).with_suffix(".bin")
    if not other.exists():
        problems.append(f"no {other.name} to compare with")
    elif other.read_bytes() != data:
        problems.append(f"PYNQ's data differs from {other.name}")
    return problems


def addresses(module, ip_dict, region):
    """Every address range of kit.json, as PYNQ gives it."""
    problems = []
    have = {(key, entry["phys_addr"], entry["addr_range"]) for key, entry in ip_dict.items() if "phys_addr" in entry}
    for r in module["ranges"]:
        base, size = int(r["base"], 16), int(r["high"], 16) - int(r["base"], 16) + 1
        prefix = f"{region}/{r['path']}" if region else r["path"]
        if not any(key.startswith(prefix) and (b, s) == (base, size) for key, b, s in have):
            seen = sorted((k, hex(b), hex(s)) for k, b, s in have if r["path"] in k)
            problems.append(f"{prefix}: expected {base:#x} ({size:#x} bytes), PYNQ has {seen}")
    return problems


def region_of(cell, overlay):
    """The hierarchy of PYNQ's that is the partition: the longest one that its cell path ends with."""
    keys = {*overlay.hierarchy_dict, *overlay.ip_dict, *overlay.mem_dict}
    names = {k for k in keys if cell == k or cell.endswith(f"/{k}")}
    # Windows of a project-flow region are called REGION/INTERFACE.
    names |= {k.rpartition("/")[0] for k in keys if f"{cell}/".endswith(f"/{k.rpartition('/')[0]}/")}
    return max(filter(None, names), key=len, default=None)


def load(kit, manifest, pynq, embedded_device):
    files = {f["kind"]: f["path"] for f in manifest["static"]["files"]}
    device = stub(pynq, embedded_device)
    pynq.Device.active_device = device
    nothing = staticmethod(lambda *_, **__: None)
    pynq.overlay.Clocks = type("Clocks", (), {"set_pl_clk": nothing, "set_device": nothing})
    overlay = pynq.Overlay(str(kit / files["full"]), device=device)
    problems = downloaded(device, kit, files["full"], False)
    print(f"static: {len(overlay.ip_dict)} IP{''.join(f', {p}' for p in problems)}")
    failed = bool(problems)
    cells = {p["name"]: p["cell"] for p in manifest["partitions"]}
    # Twice, so that every module follows another one.
    for module in manifest["modules"] * 2:
        own = {f["kind"]: f["path"] for f in module["files"]}
        region = region_of(cells[module["partition"]], overlay)
        path, note = own["partial"], ""
        if region is None:
            problems = [f"PYNQ knows no region for {cells[module['partition']]}"]
        else:
            try:
                overlay.pr_download(region, str(kit / path))
                ip = overlay.ip_dict
                prefix = region
            except AttributeError as error:
                if "has no attribute 'download'" not in str(error):
                    raise
                note = " (PYNQ's fault with project-flow regions: its parser and its bitstream instead of pr_download)"
                parser = device.get_bitfile_metadata(str(kit / path), partial=True)
                pynq.Bitstream(str(kit / path), partial=True, device=device).download(parser)
                ip, prefix = parser.ip_dict, ""
            problems = downloaded(device, kit, path, True) + addresses(module, ip, prefix)
        failed |= bool(problems)
        print(f"{module['partition']}/{module['name']}: {'; '.join(problems) or 'loaded'}, {len(module['ranges'])} ranges{note}")
    return failed


def main():
    if len(sys.argv) != 2:
        print(__doc__.split("\n\n")[1].strip(), file=sys.stderr)
        return 2
    kit = pathlib.Path(sys.argv[1]).resolve()
    manifest = json.loads((kit / "kit.json").read_text(encoding="utf-8"))
    hwh = next((f["path"] for f in manifest["static"]["files"] if f["kind"] == "hwh"), None)
    if hwh is None:
        print("the static of this kit has no .hwh, so PYNQ cannot load it", file=sys.stderr)
        return 1
    try:
        pynq, embedded_device = import_pynq(architecture(kit / hwh))
    except ImportError as error:
        print(f"SKIPPED: pynq cannot be imported: {error}")
        return 0
    return 1 if load(kit, manifest, pynq, embedded_device) else 0


if __name__ == "__main__":
    sys.exit(main())
