"""torch, CUDA, NVML and tiny-cuda-nn: what is said of each answer, and of a real device."""

import pytest
import torch

from inrbench.doctor import device, encoding
from inrbench.doctor.device import ALLOCATED, Device

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
DRIVER = "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build\n"


@pytest.fixture
def driver(tmp_path, monkeypatch):
    """A kernel that has loaded NVIDIA's driver."""
    path = tmp_path / "version"
    path.write_text(DRIVER)
    monkeypatch.setattr(device, "_DRIVER", path)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def test_without_a_driver_the_cpu_is_all_there_is(tmp_path, monkeypatch):
    monkeypatch.setattr(device, "_DRIVER", tmp_path / "nothing")
    found = device._cuda({"built": None, "refused": None})
    assert (found.state, found.mend) == ("ok", None)


def test_a_driver_beside_a_torch_without_cuda_is_a_warning(driver):
    found = device._cuda({"built": None, "refused": None})
    assert found.state == "warning" and "580.95.05" in found.says
    assert "this torch is built without CUDA" in found.says
    # CUDA's own packages are missing, too.
    assert "--force-reinstall torch" in found.mend and "--no-deps" not in found.mend


def test_a_device_that_torch_refuses_says_why(driver, monkeypatch):
    asked = {"built": "13.0", "refused": "No CUDA GPUs are available"}
    found = device._cuda(asked)
    assert found.state == "warning" and "No CUDA GPUs are available" in found.says
    assert found.mend == "nvidia-smi"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert device._cuda(asked).mend == "unset CUDA_VISIBLE_DEVICES"


def test_a_torch_that_crashes_is_broken(tmp_path, monkeypatch):
    (tmp_path / "torch.py").write_text("import ctypes; ctypes.string_at(0)")
    monkeypatch.syspath_prepend(tmp_path)
    here, (found,) = device.examine(300)
    assert here is None and found.state == "broken"
    assert "was killed by SIGSEGV" in found.says and "torch" in found.mend


def reading(amount, how="NVML's figure for this process's id; 3 samples"):
    return {"name": "any", "bytes": amount, "how": how}


@pytest.mark.parametrize(
    ("process", "state", "command"),
    [
        (reading(2 * ALLOCATED), "ok", None),
        (reading(2 * ALLOCATED, "NVML lists no compute process; so, instead, ..."), "warning",
         "docker run --pid=host"),
        (reading(ALLOCATED // 2), "warning", "nvidia-smi"),
        (reading(None, "NVML could not be asked: NVMLError: no driver"), "warning", "nvidia-smi"),
        (reading(None, "NVML could not be asked: ModuleNotFoundError: pynvml"), "warning",
         "install nvidia-ml-py"),
    ],
)  # fmt: skip
def test_nvml_must_see_what_was_allocated_and_that_it_is_this_process_s(process, state, command):
    found = device.nvml_finding([process, reading(ALLOCATED)])
    assert found.state == state
    assert found.mend is None if command is None else command in found.mend


@pytest.mark.gpu
@needs_cuda
def test_nvml_sees_a_real_allocation():
    process, delta = device.watch()
    assert delta["bytes"] >= ALLOCATED or process["bytes"] >= ALLOCATED


@pytest.mark.gpu
@needs_cuda
def test_a_real_device_is_described():
    asked = device.ask()
    here = Device(**asked["device"])
    assert here.name == "cuda" and here.keys.keys() == {"cpu", "cuda"} and here.memory > 2**30
    assert device._cuda(asked).state == "ok"


def test_tinycudann_is_for_cuda():
    (found,) = encoding.examine(Device(), 300)
    assert found.state == "ok" and "for CUDA devices" in found.says


@pytest.mark.parametrize(
    ("away", "state", "words"),
    [
        (2e-7, "ok", "2.0e-07 off"),
        (0.3, "warning", "3.0e-01 off torch's values at 4096 points, where 1e-03 is allowed"),
        (float("nan"), "warning", "nan off"),
        ("the process was killed by SIGABRT", "warning", "SIGABRT"),
        (None, "warning", "not installed"),
    ],
)
def test_tinycudann_must_have_our_values(away, state, words):
    found = encoding.judged(away)
    assert found.state == state and words in found.says
    assert state == "ok" or "NVlabs/tiny-cuda-nn" in found.mend


@pytest.mark.gpu
@needs_cuda
def test_a_real_tinycudann_has_our_values():
    pytest.importorskip("tinycudann")
    assert encoding.distance() < encoding.TOLERANCE
