"""Whether an experiment can run: its file, chosen values, plug-ins, data, projectors, memory."""

from dataclasses import replace

import pytest
import yaml

from inrbench import projectors as real
from inrbench.doctor import demand, experiments
from inrbench.doctor.data import Place
from inrbench.doctor.device import Device
from inrbench.doctor.finding import Finding
from inrbench.doctor.projectors import Trial
from inrbench.meters import host

CPU = Device(
    keys={"cpu": {}},
    backends={**real.BACKENDS},
    fdk={**real.FDK},
    packages={**real.PACKAGES},
)
CUDA = replace(CPU, name="cuda", keys={"cpu": {}, "cuda": {}}, memory=2**34)
SOUND = [Trial(name, slot) for slot, names in real.BACKENDS.items() for name in names]
EXPERIMENT = {
    "title": "Of the doctor's tests",
    "presets": {"laptop": {}, "tiny": {"datasets": {"forbild": {"size": 16}}}},
    "seeds": [0],
    "datasets": {"forbild": {"size": 32, "views": 12, "columns": 48}},
    "methods": [{"name": "fbp"}],
}
NETWORK = {
    "parts": {"network": {"hash": {"name": "hash_encoding", "backend": "tinycudann"}}},
    "methods": [
        {
            "name": "inr",
            "axes": {
                "network": ["hash"],
                "objective": ["least_squares"],
                "gradient": ["autograd"],
            },
            "parameters": {"iterations": 5, "learning_rate": 1e-3},
        }
    ],
}


@pytest.fixture
def examined(tmp_path, monkeypatch):
    """Write `EXPERIMENT` with changes as the experiment `mine`; its two findings."""
    monkeypatch.setenv("INRBENCH_DATA", str(tmp_path / "data"))

    def examine(device=CPU, trials=SOUND, places=(), tinycudann=None, room=(), **changes):
        text = yaml.safe_dump({**EXPERIMENT, **changes}, sort_keys=False)
        (tmp_path / "mine.yaml").write_text(text)
        wanted = demand.demands(tmp_path)
        found = experiments.findings(wanted, device, trials, list(places), tinycudann, room, 300)
        return {finding.what: finding for finding in found}

    return examine


def test_one_that_has_all_can_run(examined):
    found = examined()
    assert found.keys() == {"mine-laptop", "mine-tiny"}
    assert {(one.state, one.says) for one in found.values()} == {("ok", "can run on the CPU")}


def test_a_chosen_file_that_is_missing_names_the_search_that_makes_it(examined):
    found = examined(chosen="seek-small")["mine-laptop"]
    assert found.state == "broken" and "there is no" in found.says
    assert found.mend == (
        "snakemake seek --config preset=small && inrbench choose seek --preset small"
    )


def test_only_the_first_preset_is_broken_the_others_are_warnings(examined):
    found = examined(chosen="seek-small")
    assert (found["mine-laptop"].state, found["mine-tiny"].state) == ("broken", "warning")


def test_a_file_with_a_fault_says_which_and_opens_it(examined, tmp_path):
    found = examined(metods=[])["mine-laptop"]
    assert found.state == "broken" and "did you mean 'methods'?" in found.says
    assert found.mend == (
        f"${{EDITOR:-vi}} {tmp_path}/mine.yaml && inrbench validate mine --preset laptop"
    )


def test_a_file_that_is_no_yaml_stops_no_other(examined, tmp_path):
    (tmp_path / "other.yaml").write_text("{")
    found = examined()
    assert found["mine-laptop"].state == "ok" and found["other"].state == "broken"


def test_a_plug_in_that_is_missing_or_does_not_import_is_found(examined, tmp_path):
    found = examined(plugins=["nowhere.py"])["mine-laptop"]
    assert found.state == "broken" and "there is no such plug-in" in found.says
    (tmp_path / "plain.py").write_text(
        "import not_installed\nfrom inrbench.plugins import register\n\n\n"
        '@register("method", "plain", "plain")\nclass Plain:\n    pass\n'
    )
    found = examined(plugins=["plain.py"], methods=[{"name": "plain"}])["mine-laptop"]
    assert found.state == "broken" and "No module named 'not_installed'" in found.says
    assert found.mend == f"inrbench check {tmp_path}/plain.py"


def test_data_that_nobody_has_is_found_until_its_case_is_prepared(examined):
    nowhere = Place("tooth", "nobody has tooth.h5", "inrbench data fetch tooth")
    changes = {"datasets": {"tooth": {"views": 31}}, "presets": {"laptop": {}}}
    found = examined(places=[nowhere], **changes)["mine-laptop"]
    assert (found.state, found.mend) == ("broken", nowhere.mend)
    assert found.says == "tooth: nobody has tooth.h5"
    assert examined(places=[Place("tooth", "here")], **changes)["mine-laptop"].state == "ok"


def test_a_projector_that_is_missing_or_wrong_is_found(examined):
    trials = [replace(SOUND[0], absent="it cannot be imported")]
    found = examined(trials=trials)["mine-laptop"]
    assert (found.state, found.says) == ("broken", "no projector in 2D on the CPU")
    assert "astra-toolbox" in found.mend
    trials = [replace(SOUND[0], fault="the process was killed by SIGSEGV")]
    found = examined(trials=trials)["mine-laptop"]
    assert found.says == "its projector in 2D on the CPU, astra, does not work"
    assert "--force-reinstall" in found.mend


def test_measured_data_that_is_not_prepared_has_the_dimension_of_the_method_beside_it(examined):
    changes = {"datasets": {"rod": {"name": "mbircone"}}, "methods": [{"name": "fdk"}]}
    rtk = [trial for trial in SOUND if trial.backend != "rtk"]
    found = examined(trials=rtk, **changes, presets={"laptop": {}})["mine-laptop"]
    assert found.says == "no projector in 3D on the CPU; no library for FDK (rtk)"
    assert found.mend.count("itk-rtk") == 1


def test_on_cuda_fdk_is_diffct_s_or_rtk_s(examined):
    changes = {"datasets": {"shepp_logan": {"size": 8, "views": 12, "detector": 12}},
               "methods": [{"name": "fdk"}], "presets": {"laptop": {}}}  # fmt: skip

    def says(*absent):
        trials = [trial for trial in SOUND if trial.backend not in absent]
        return examined(CUDA, trials, **changes)["mine-laptop"].says

    assert says("rtk") == says("diffct") == says("astra") == "can run on CUDA"
    assert says("rtk", "diffct") == "no library for FDK (diffct or rtk)"


def test_2d_data_are_prepared_on_the_cpu_wherever_cells_run(examined):
    trials = [trial for trial in SOUND if trial.slot != (2, "cpu")]
    assert examined(CUDA, trials)["mine-laptop"].says == "no projector in 2D on the CPU"


def test_tinycudann_is_missed_where_a_hash_encoding_asks_for_it(examined):
    sound = Finding("device", "tinycudann", "ok", "2e-07 off torch's values")
    absent = Finding("device", "tinycudann", "warning", "not installed", "pip install x")
    assert examined(CUDA, tinycudann=sound, **NETWORK)["mine-laptop"].state == "ok"
    found = examined(CUDA, tinycudann=absent, **NETWORK)["mine-laptop"]
    assert (found.state, found.mend) == ("broken", "pip install x")
    assert "tinycudann: not installed" in found.says
    assert examined(CPU, tinycudann=sound, **NETWORK)["mine-laptop"].state == "broken"
    assert examined(CPU, tinycudann=sound)["mine-laptop"].state == "ok"


def test_images_that_some_cells_cannot_hold_are_a_warning_and_that_none_can_is_broken(
    examined, monkeypatch
):
    monkeypatch.setattr(host, "available", lambda: 10_000)  # an image of 16^2 fits with its scan
    found = examined()
    assert found["mine-laptop"].state == "broken"
    assert "1 of 1 methods needs more memory than the 9.77 KiB" in found["mine-laptop"].says
    assert found["mine-laptop"].mend == "inrbench plan mine --preset laptop --device cpu"
    assert found["mine-tiny"].state == "ok"
    small = {"name": "forbild", "label": "small", "size": 16, "views": 12, "columns": 48}
    datasets = EXPERIMENT["datasets"] | {"small": small}  # 6,400 and 3,328 bytes with their scans
    found = examined(replace(CUDA, memory=5_000), datasets=datasets)
    assert found["mine-laptop"].state == "warning"
    assert "1 of 2 methods needs more" in found["mine-laptop"].says


def test_without_torch_nothing_can_run(examined):
    found = examined(None)["mine-laptop"]
    assert (found.state, found.says) == ("broken", "torch does not run")


def test_every_shipped_experiment_is_read():
    wanted = demand.demands()
    assert all(one.unread is None and one.specs and one.dimensions for one in wanted)
    firsts = [one.name.rpartition("-")[0] for one in wanted if one.first]
    assert sorted(firsts) == sorted(set(firsts))


def test_without_room_nothing_can_run(examined):
    room = [Finding("room", "disk for data (d)", "broken", "1 MiB could not be written", "df"),
            Finding("room", "memory", "ok", "much")]  # fmt: skip
    found = examined(room=room)
    for preset, state in (("laptop", "broken"), ("tiny", "warning")):
        line = found[f"mine-{preset}"]
        assert line.state == state and line.mend == "df"
        assert "disk for data (d): 1 MiB could not be written" in line.says
