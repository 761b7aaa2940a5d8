"""What makes two records comparable, and what only explains them."""

import json
import re
import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch

from inrbench.meters import machine


def test_the_key_holds_what_changes_numbers_and_nothing_that_changes_by_itself():
    assert set(machine.comparison_key("cpu", "abc")) == {
        "device", "device_memory", "driver_major", "torch", "cuda", "float32_matmul_precision",
        "tf32_matmul", "tf32_cudnn", "threads", "data_checksum", "protocol_version",
    }  # fmt: skip


def test_the_key_repeats_and_is_plain_json():
    key = machine.comparison_key("cpu", "abc")
    assert key == machine.comparison_key("cpu", "abc") == json.loads(json.dumps(key))
    assert key["data_checksum"] == "abc"
    assert key["protocol_version"] == machine.PROTOCOL_VERSION
    assert key["threads"] == torch.get_num_threads()
    assert key["driver_major"] is None and key["cuda"] is None


def test_the_memory_of_a_cpu_is_in_whole_gib(monkeypatch):
    monkeypatch.setattr(machine, "_cpu_memory", lambda: 24_500_000_000)
    assert machine.comparison_key("cpu", "")["device_memory"] == 23 * 2**30
    monkeypatch.setattr(machine, "_cpu_memory", lambda: None)
    assert machine.comparison_key("cpu", "")["device_memory"] is None


def test_precision_is_full_float32_and_in_the_key():
    torch.set_float32_matmul_precision("high")
    torch.backends.cudnn.allow_tf32 = True
    assert machine.comparison_key("cpu", "")["float32_matmul_precision"] == "high"
    machine.set_precision()
    key = machine.comparison_key("cpu", "")
    assert key["float32_matmul_precision"] == "highest"
    assert key["tf32_matmul"] is False and key["tf32_cudnn"] is False


def test_the_fingerprint_is_plain_json_with_none_for_what_is_unknown():
    fingerprint = machine.fingerprint("cpu")
    assert json.loads(json.dumps(fingerprint)) == fingerprint
    assert fingerprint["packages"]["torch"] == torch.__version__
    assert fingerprint["gpu"] is None
    assert set(fingerprint["packages"]) == set(machine.PACKAGES)


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_the_revision_is_that_of_the_package_s_own_checkout(tmp_path):
    def git(*arguments):
        who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        subprocess.run(["git", *who, *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init")
    (tmp_path / "file").write_text("1")
    git("add", "file")
    git("commit", "-m", "first")
    here = tmp_path.resolve()
    clean = machine._git(here)
    assert re.fullmatch(r"[0-9a-f]{40}", clean["revision"])
    assert clean["dirty"] is False
    (tmp_path / "file").write_text("2")
    assert machine._git(here) == clean | {"dirty": True}
    (tmp_path / "site-packages").mkdir()
    assert machine._git(here / "site-packages") is None, "installed inside another repository"


class Driver:
    """Plays NVML with two GPUs."""

    NVMLError = RuntimeError
    names = ("NVIDIA H200", "NVIDIA GeForce RTX 4090")

    def nvmlDeviceGetHandleByIndex(self, index):
        if index >= len(self.names):
            raise RuntimeError
        return index

    def nvmlDeviceGetHandleByUUID(self, uuid):
        return {"GPU-b": 1}[uuid]

    def nvmlDeviceGetName(self, handle):
        return self.names[handle]

    def nvmlSystemGetDriverVersion(self):
        return "580.159.03"

    def nvmlShutdown(self):
        pass


@pytest.fixture
def driver(monkeypatch):
    """A machine with a driver, and a torch built for CUDA."""
    monkeypatch.setattr(machine.nvml, "load", Driver)
    monkeypatch.setattr(machine, "_version", lambda package: "2.13.0")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def test_the_label_is_the_first_gpu_that_cuda_may_see(driver, monkeypatch):
    assert machine.label() == "nvidia-h200"
    for visible in ("1", "1,0", "GPU-b"):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        assert machine.label() == "nvidia-geforce-rtx-4090"


@pytest.mark.parametrize("visible", ["", "-1"])
def test_the_label_is_the_cpu_where_cuda_may_see_no_gpu(driver, monkeypatch, visible):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert "nvidia" not in machine.label()


@pytest.mark.parametrize("version", ["2.13.0+cpu", None])
def test_the_label_is_the_cpu_where_torch_cannot_use_the_gpu(driver, monkeypatch, version):
    monkeypatch.setattr(machine, "_version", lambda package: version)
    assert "nvidia" not in machine.label()


@pytest.mark.parametrize(
    ("model", "label"),
    [
        ("AMD EPYC", "amd-epyc"),
        ("AMD EPYC 7763 64-Core Processor", "amd-epyc-7763"),
        ("Intel(R) Xeon(R) Platinum 8480C CPU @ 2.00GHz", "intel-xeon-platinum-8480c"),
        ("12th Gen Intel(R) Core(TM) i7-12700H", "12th-gen-intel-core-i7-12700h"),
        ("???", "unknown"),
    ],
)
def test_the_label_of_a_cpu_is_short(monkeypatch, model, label):
    monkeypatch.setattr(machine, "_version", lambda package: None)
    monkeypatch.setattr(machine, "_cpu_model", lambda: model)
    assert machine.label() == label


def test_the_driver_counts_by_its_major_version(driver):
    assert machine._driver_major() == 580


def test_the_label_has_only_characters_of_a_folder_and_needs_no_torch():
    code = (
        "import sys; from inrbench import machine; print(machine.label()); "
        "assert not {'torch', 'numpy'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"[a-z0-9-]+", done.stdout.strip())


def test_the_clocks_of_a_gpu_are_none_where_the_driver_does_not_tell(monkeypatch):
    class Silent(Driver):
        NVML_CLOCK_SM = NVML_CLOCK_MEM = NVML_TEMPERATURE_GPU = 0

        def nvmlDeviceGetClockInfo(self, handle, kind):
            return 1980

        def refuse(self, *_):
            raise RuntimeError("Not Supported")

        nvmlDeviceGetMaxClockInfo = nvmlDeviceGetTemperature = refuse
        nvmlDeviceGetEnforcedPowerLimit = nvmlDeviceGetMigMode = refuse

    monkeypatch.setattr(machine.nvml, "load", Silent)
    monkeypatch.setattr(machine.nvml, "device_uuid", lambda device: "b")
    assert machine.fingerprint("cuda")["gpu"] == {
        "driver": "580.159.03", "sm_clock": 1980, "sm_clock_limit": None, "memory_clock": 1980,
        "temperature": None, "power_limit": None,
    }  # fmt: skip


def test_the_key_of_a_gpu_names_model_memory_driver_and_cuda(driver, monkeypatch):
    properties = SimpleNamespace(name="NVIDIA H200", total_memory=150_100_000_000)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: properties)
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    key = machine.comparison_key("cuda", "")
    assert key["device"] == "NVIDIA H200"
    assert key["device_memory"] == 140 * 2**30
    assert key["driver_major"] == 580
    assert key["cuda"] == "13.0"


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_real_gpu_has_a_driver_a_label_and_clocks():
    assert machine.default_device() == "cuda"
    key = machine.comparison_key("cuda", "")
    assert key["driver_major"] > 300
    assert key["device"] == torch.cuda.get_device_name()
    print("\n", machine.label(), machine.fingerprint("cuda")["gpu"])
    assert machine.fingerprint("cuda")["gpu"]["sm_clock"] > 0
