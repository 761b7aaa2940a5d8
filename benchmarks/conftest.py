"""After pytest-benchmark's table: ratios, tensor peaks and floors of `test_gradients.py`."""

import pytest
import torch

MIB = 2**20


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter, config):
    rows = [b.extra_info for b in config._benchmarksession.benchmarks if "peaks" in b.extra_info]
    if not rows:
        return
    write = terminalreporter.write_line
    write("")
    write(f"Gradients: medians, {torch.get_num_threads()} threads; / and 1/: to autograd")
    write(
        f"{'grid':<10}{'network':<18}{'mode':<12}{'s':>8}{'/':>7}{'floors':>8}{'MiB':>9}{'1/':>7}"
    )
    for row in rows:
        seconds, peaks = row["seconds"], row["peaks"]
        for mode in seconds:
            write(
                f"{row['grid']:<10}{row['network']:<18}{mode:<12}{seconds[mode]:8.3f}"
                f"{seconds[mode] / seconds['autograd']:7.2f}{seconds[mode] / row['floor']:8.2f}"
                f"{peaks[mode] / MIB:9.1f}{peaks['autograd'] / peaks[mode]:7.1f}"
            )
    write("One floor: four forward passes' multiplications, and three gathers with tables")
    for row in rows:
        rates = ", ".join(f"{name} {rate / 1e9:.2f} G/s" for name, rate in row["rates"].items())
        write(f"{row['grid']:<10}{row['network']:<18}{row['floor']:.3f} s at {rates}")
