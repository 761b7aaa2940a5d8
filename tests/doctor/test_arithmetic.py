"""Products in each precision: what their errors say, and what multiplies bfloat16."""

import pytest
import torch

from inrbench.doctor import arithmetic
from inrbench.doctor.arithmetic import findings, unit_of


def measured(error=2e-7, bfloat16=(3e-3, 1.5)):
    return {"types": {"float32": (error, 1.0), "bfloat16": bfloat16}, "unit": "by AMX"}


def test_errors_of_the_cpu_here_are_those_of_their_types():
    found = arithmetic.measure("cpu")["types"]
    assert found["float32"][0] < 1e-6
    assert 1e-3 < found["bfloat16"][0] < 1e-2  # 8 bits: not float32 under another name


def test_a_float32_of_ten_bits_is_broken_where_cells_run(monkeypatch):
    for needed, state in ((True, "broken"), (False, "warning")):
        found = findings(measured(error=3e-4), "cuda", needed)[0]
        assert found.state == state and "3.0e-04 off float64" in found.says
        assert found.mend == "unset NVIDIA_TF32_OVERRIDE TORCH_ALLOW_TF32_CUBLAS_OVERRIDE"


def test_a_wrong_bfloat16_is_a_warning_as_nothing_needs_it():
    for error in (0.5, float("nan")):
        found = findings(measured(bfloat16=(error, 1.0)), "cpu", True)[1]
        assert found.state == "warning" and "1e-02 is expected" in found.says


def test_a_unit_that_a_variable_keeps_idle_is_a_warning(monkeypatch):
    for variable in arithmetic.LIMITS:
        monkeypatch.delenv(variable, raising=False)  # the tests may run as on another processor
    slow = measured(bfloat16=(3e-3, 0.03))
    assert findings(slow, "cpu", True)[1].state == "ok"  # slow by itself
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    found = findings(slow, "cpu", True)[1]
    assert (found.state, found.mend) == ("warning", "unset ONEDNN_MAX_CPU_ISA")


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({"avx512f", "avx512_bf16", "amx_bf16"}, "by AMX"),
        ({"avx512f", "avx512_bf16"}, "by AVX512-BF16"),
        ({"avx2"}, "emulated: the processor has neither AMX nor AVX512-BF16"),
        (None, "not known"),
    ],
)
def test_what_multiplies_bfloat16(flags, words):
    assert words in unit_of(flags)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_cuda_keeps_float32_and_has_tf32():
    found = arithmetic.measure("cuda")["types"]
    assert found["float32"][0] < 1e-6
    if torch.cuda.get_device_capability()[0] >= 8:
        assert 1e-5 < found["TF32"][0] < 2e-3
