"""What pytest-benchmark's files say of the machine, and a table after its own.

The table has the ratios, tensor peaks and floors of `test_gradients.py`. The machine's comparison
key, by device, stands in the files' `machine_info`, as `comparison_key`: on `--benchmark-compare`
pytest-benchmark itself warns where what is compared was measured on another machine or with other
versions.
"""

import pytest
import torch

from inrbench.meters import machine

MIB = 2**20


def pytest_addoption(parser):
    parser.addoption("--preset", help="of the experiment `regression`, whose kernels are measured")


def pytest_configure(config):
    machine.set_precision()  # as cells have it


def pytest_benchmark_update_machine_info(config, machine_info):
    devices = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
    keys = {device: machine.comparison_key(device, "") for device in devices}
    for key in keys.values():
        del key["data_checksum"]  # random numbers, the same everywhere
    machine_info["comparison_key"] = keys
    for changing in ("hz_actual", "hz_actual_friendly"):  # by themselves, from call to call
        machine_info.get("cpu", {}).pop(changing, None)


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
