#!/usr/bin/env python3
# SPDX-FileCopyrightText: dfxkit contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Times PYNQ's partial reconfiguration on a device of plain files: the rival in `cargo bench -p dfxkit-loader`.

    python3 scripts/pynq_swap.py --root ROOT [--memory] --static-hwh S.hwh --module-hwh M.hwh --region NAME --swaps N A.bit B.bit

PYNQ 4.0.0 runs without a board when a `Device` subclass takes the place of the real one. This one does what PYNQ's own
`EmbeddedDevice.download` does for a partial image (the image turned into a .bin in lib/firmware, then `flags`, then `firmware`),
below ROOT; with --memory it copies the image and does nothing else, as the recording fake of the loader does. Everything before and behind it is PYNQ's: `Overlay.pr_download`, the parsing of the hand-off file, the dictionaries.
XRT and `xclbinutil`, which are not on a host, are left out, so PYNQ has less to do here than on a board.

Prints one JSON line: {"median_seconds": .., "swaps": ..}. Without PYNQ it prints SKIPPED and why, and exits with 0. To have it:
`pip install numpy "pycparser<3" pydantic pynqmetadata pynqutils`, the source archive of pynq 4.0.0 unpacked, its directory in
PYTHONPATH.
"""

import argparse
import contextlib
import io
import json
import pathlib
import platform
import shutil
import statistics
import tempfile
import time


def stub(pynq, embedded, root, memory):
    """A device whose files lie below root, or one that only copies."""
    manager = root / "sys/class/fpga_manager/fpga0"

    class StubDevice(pynq.Device):
        _probe_priority_ = 7

        @classmethod
        def _probe_(cls):
            return [cls()]

        def __init__(self):
            super().__init__("stub")
            self.name = "stub"
            self.capabilities = {"MEMORY_MAPPED": True, "REGISTER_RW": False, "CALLABLE": False}

        def get_bitfile_metadata(self, name, partial=False):
            return embedded._get_bitstream_handler(name).get_parser(partial=partial)

        def mmap(self, base, length):
            import numpy

            return numpy.zeros(length >> 2, numpy.uint32)

        def download(self, bitstream, parser=None):
            data = getattr(parser, "bin_data", None)
            if data is None:
                data = embedded._get_bitstream_handler(bitstream.bitfile_name).get_bin_data()
            bitstream.binfile_name = pathlib.Path(bitstream.bitfile_name).stem + ".bin"
            if memory:
                self.copied, self.told = bytearray(data), bitstream.binfile_name
                return
            (root / "lib/firmware" / bitstream.binfile_name).write_bytes(data)
            for attribute, value in (("flags", "1"), ("firmware", bitstream.binfile_name)):
                with open(manager / attribute, "w", encoding="ascii") as file:
                    file.write(value)

    return StubDevice()


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--root", type=pathlib.Path, required=True)
    arguments.add_argument("--memory", action="store_true")
    arguments.add_argument("--static-hwh", type=pathlib.Path, required=True)
    arguments.add_argument("--module-hwh", type=pathlib.Path, required=True)
    arguments.add_argument("--region", required=True)
    arguments.add_argument("--swaps", type=int, default=30)
    arguments.add_argument("bit", type=pathlib.Path, nargs=2)
    options = arguments.parse_args()
    # PYNQ chooses its parser by the machine when it is imported.
    platform.machine = lambda: "aarch64"
    try:
        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            import pynq
            from pynq.pl_server import embedded_device
    except ImportError as error:
        print(f"SKIPPED: pynq cannot be imported: {error}")
        return
    embedded_device._create_xclbin = lambda memories: embedded_device.DEFAULT_XCLBIN
    with tempfile.TemporaryDirectory(dir=options.root) as name:
        work = pathlib.Path(name)
        shutil.copy(options.static_hwh, work / "top.hwh")
        shutil.copy(options.bit[0], work / "top.bit")
        modules = []
        for n, bit in enumerate(options.bit):
            modules.append(str(work / f"module_{n}.bit"))
            shutil.copy(bit, modules[-1])
            shutil.copy(options.module_hwh, work / f"module_{n}.hwh")
        device = stub(pynq, embedded_device, options.root, options.memory)
        pynq.Device.active_device = device
        overlay = pynq.Overlay(str(work / "top.bit"), download=False)
        times = []
        for n in range(options.swaps + 2):
            began = time.perf_counter()
            overlay.pr_download(options.region, modules[n % 2])
            times.append(time.perf_counter() - began)
        expected = pathlib.Path(modules[(options.swaps + 1) % 2]).stem + ".bin"
        if options.memory:
            actual = device.told
        else:
            actual = (options.root / "sys/class/fpga_manager/fpga0/firmware").read_text(encoding="ascii")
        if actual != expected:
            raise RuntimeError(f"the stub was told {actual}, expected {expected}")
    # The first ones warm its caches.
    print(json.dumps({"median_seconds": statistics.median(times[2:]), "swaps": options.swaps, "version": pynq.__version__}))


if __name__ == "__main__":
    main()
