"""Whole runs: a machine where all is well, planted back ends, and a Python with nothing in it."""

import json

from inrbench.experiments import files as experiments

WRONG_ADJOINT = """
def make(*arguments):
    made = original.make(*arguments)
    return replace(made, apply_adjoint=lambda y: 1.001 * made.apply_adjoint(y))
"""
SEGFAULT = """
def make(geometry, *arguments):
    import ctypes
    ctypes.string_at(0)
"""
RANDOM = """
def make(*arguments):
    import torch
    made = original.make(*arguments)
    return replace(made, apply=lambda x: made.apply(x) * (1 + 1e-3 * torch.rand(1)))
"""


def test_where_all_is_well_it_ends_with_0_and_every_thing_is_in_its_json(doctor):
    code, text, errors = doctor("-m", "inrbench", "doctor", "--json")
    assert code == 0, text + errors
    said = json.loads(text)
    assert said["healthy"] is True
    assert said["summary"].startswith("All that the default experiments need works here")
    found = {(one["part"], one["what"]): one for one in said["findings"]}
    assert len(found) == len(said["findings"])
    for one in found.values():
        assert one.keys() == {"part", "what", "state", "says", "mend"}
        assert one["state"] in ("ok", "warning") and one["says"]
        assert (one["mend"] is None) == (one["state"] == "ok")
    parts = [one["part"] for one in said["findings"]]
    assert list(dict.fromkeys(parts)) == [
        "packages", "device", "arithmetic", "projectors", "room", "data", "references",
        "experiments",
    ]  # fmt: skip
    named = {what for part, what in found if part == "experiments"}
    assert named == {
        f"{name}-{preset}" for name in experiments.available() for preset in
        experiments.presets(name)
    }  # fmt: skip
    tried = {what for part, what in found if part == "projectors"}
    assert tried >= {"astra, 2D on the CPU", "rtk, 3D on the CPU", "diffct, 2D on the CPU",
                     "diffct, 3D on the CPU"}  # fmt: skip
    assert "ten repeats equal" in found["projectors", "rtk, 3D on the CPU"]["says"]


def test_faulty_back_ends_are_found_and_none_of_them_ends_it(doctor, plant):
    plant("rtk", WRONG_ADJOINT)
    plant("diffct", SEGFAULT)
    path = plant("astra", RANDOM)
    code, text, errors = doctor("-m", "inrbench.doctor", "--json", PYTHONPATH=path)
    assert code == 1, text + errors
    said = json.loads(text)
    assert said["healthy"] is False
    found = {one["what"]: one for one in said["findings"]}
    astra, rtk = found["astra, 2D on the CPU"], found["rtk, 3D on the CPU"]
    diffct = [found[f"diffct, {k}D on the CPU"] for k in (2, 3)]
    assert "ten repeats differ by" in astra["says"]
    assert "<Ax, y> = <x, A'y> to 1.0e-03, where 1e-05 is allowed" in rtk["says"]
    assert all("was killed by SIGSEGV" in one["says"] for one in diffct)
    # Experiments on a CPU need the first two; nobody needs diffct there.
    assert (astra["state"], rtk["state"]) == ("broken", "broken")
    assert {one["state"] for one in diffct} == {"warning"}
    assert "--force-reinstall --no-deps itk-rtk==" in rtk["mend"]
    assert found["quick-laptop"]["state"] == "broken"
    assert found["quick-laptop"]["mend"] == astra["mend"]
    assert found["quick-tiny"]["state"] == "warning"
    assert "its projector in 3D on the CPU, rtk, does not work" in found["tune_3d-laptop"]["says"]


def test_with_the_standard_library_alone_it_says_what_to_install(doctor):
    """-S: this Python without the packages that are installed in it."""
    code, text, errors = doctor("-S", "-m", "inrbench.doctor")
    assert code == 1
    assert "Traceback" not in text + errors
    missing = next(line for line in text.splitlines() if " missing: " in line)
    assert missing.split()[0] == "broken" and "astra-toolbox" in missing
    assert "experiment files: they cannot be read: No module named" in text
    assert text.partition("\nTo mend:\n")[2].splitlines() == [
        "broken: packages: missing, missing (optional); data: manifests; "
        "experiments: experiment files",
        "    make .venv/installed && source .venv/bin/activate",
    ]
