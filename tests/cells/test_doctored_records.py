"""A doctored record is refused in a sentence, or shown."""

import json
from pathlib import Path

import pytest
from everywhere import written
from made_record import made, whole

from inrbench.cells import records
from inrbench.cells.record import SCHEMA, Record
from inrbench.cells.result import Result
from inrbench.compare import noise

DELETED = object()


def doctored(path, value):
    """The text of a record with another value at a path ("time.total")."""
    fields = inner = whole()
    *parents, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in parents:
        inner = inner[step]
    if value is DELETED:
        del inner[last]
    else:
        inner[last] = value
    return json.dumps(fields)


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("metrics.mse", -1e-9, r"metrics\.mse: .*greater than or equal to 0"),
        ("metrics.mse", float("inf"), r"metrics\.mse: .*finite"),
        ("metrics.mse", float("nan"), r"metrics\.mse: .*finite"),
        ("metrics.mse", 1e101, r"metrics\.mse: "),
        ("metrics.mse", "1e-6", r"metrics\.mse: .*number \(got '1e-6'\)"),
        ("metrics.psnr", float("-inf"), r"metrics\.psnr: .*finite"),
        ("metrics.best", 1.0, r"unknown key 'metrics\.best'"),
        ("metrics", [], r"metrics: .*\(got a list of 0\)"),
        ("time.total", -1, r"time\.total: .*greater"),
        ("time.iteration", True, r"time\.iteration: .*number"),
        ("time.timed", 2.5, r"time\.timed: .*integer"),
        ("time", None, "time: "),
        ("memory.0.bytes", -1, r"memory\.0\.bytes: .*greater"),
        ("memory.0.bytes", 10**400, r"memory\.0\.bytes: .*\(got a huge integer\)"),
        ("memory.0.name", "status", r"memory\.0\.name: .*'tensor_peak'"),
        ("memory", {}, r"memory: .*array"),
        ("fit", {"chunk": 1, "modelled": "x", "phase": "p"}, r"fit\.modelled: .*integer"),
        ("cell.dataset", "../../x", r"cell\.dataset: "),
        ("cell.method", "a/b", r"cell\.method: "),
        ("cell.experiment", ".hidden", r"cell\.experiment: "),
        ("cell.preset", "a\x1b[2Jb", r"cell\.preset: .*\\x1b"),
        ("cell.seed", -1, r"cell\.seed: "),
        ("cell.seed", 2**63, r"cell\.seed: "),
        ("labels", [], "labels: "),
        ("labels.method", DELETED, "labels: method is missing"),
        ("labels.network", 3, r"labels\.network: .*string"),
        ("labels.network", "x" * 1000, r"labels\.network: "),
        ("labels.a b", "x", r"labels\.a b"),
        ("status", "fine", "status: "),
        ("unit", "inch", "unit: "),
        ("reason", ["x"], "reason: .*string"),
        ("machine", [], "machine: "),
        ("machine.key.threads", "2", r"machine\.key\.threads: .*integer"),
        ("machine.key.speed", 2, r"unknown key 'machine\.key\.speed'"),
        ("machine.key.device_memory", 1e300, r"device_memory: .*integer"),
        ("machine.fingerprint.cpu.load", [], r"cpu\.load: .*at least 1"),
        ("machine.fingerprint.cpu.load", ["busy"], r"cpu\.load\.0: .*number"),
        ("machine.fingerprint.packages", ["torch"], r"packages: "),
        ("machine.fingerprint.git", "main", r"git: "),
        ("spec", {}, r"spec\.dataset is missing"),
        ("spec.method", "inr", r"spec\.method: "),
        ("spec.method.name", DELETED, r"spec\.method\.name is missing"),
        ("spec.dataset.name", "../x", r"spec\.dataset\.name: "),
        ("spec.method.network", "siren", r"spec\.method\.network: "),
        ("spec.method.rho", float("nan"), r"method\.rho: nan is not a finite number"),
        ("spec.method.rho", [{"x": 2**64}], r"method\.rho\.0\.x: a huge integer is not a finite"),
        ("spec.memory_budget", -1, r"spec\.memory_budget: "),
        ("created", 3, "created: .*string"),
        ("more", 3, "unknown key 'more'"),
        ("a\x1b[2J\n\u202eb", 3, r"unknown key 'a\\x1b\[2J\\n\\u202eb'"),
        ("schema_version", 3, f"schema version 3, this inrbench reads {SCHEMA}"),
        ("schema_version", "\x1b", r"schema version '\\x1b', this inrbench reads"),
        ("schema_version", DELETED, "schema version None"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_a_sentence_with_its_key(tmp_path, path, value, sentence):
    file = tmp_path / "record.json"
    file.write_text(doctored(path, value))
    with pytest.raises(ValueError, match=sentence) as caught:
        records.read(file)
    check_sentence(caught.value, file)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "not a complete JSON file"),
        (b"[" * 100_000, "not a complete JSON file .*recursion limit"),
        (b'{"a":' * 100_000, "not a complete JSON file .*recursion limit"),
        (b"\xff\xfe{}", "not a complete JSON file"),
        (b"1" * 10_000, "not a complete JSON file"),
        (b'{"a": "\\ud800"}', "not a complete JSON file"),
        (b"null", "schema version None"),
        (b"[]", "schema version None"),
        (b"{" + b" " * 2**21 + b"}", "has 2,097,154 bytes"),
    ],
)
def test_what_is_no_json_is_refused_in_a_sentence(tmp_path, content, sentence):
    file = tmp_path / "record.json"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=sentence) as caught:
        records.read(tmp_path)
    check_sentence(caught.value, file)


def check_sentence(error, file):
    said = str(error)
    assert said.startswith(f"{file}: ") and said.isprintable() and len(said) < 700
    assert "pydantic" not in said and "validation error" not in said


@pytest.mark.parametrize("value", [float("nan"), "1", None, 1e200])
def test_doctored_noise_is_refused_in_a_sentence(tmp_path, value):
    key = whole()["machine"]["key"]
    runs = [Result(made(machine={"key": key}, metrics={"mse": mse}), tmp_path) for mse in (1, 2)]
    fields = noise.estimate(runs).model_dump()
    fields["measures"]["mse"]["e-p/d/m"]["0"][0] = value
    (tmp_path / "noise.json").write_text(json.dumps(fields))
    with pytest.raises(ValueError, match=r"noise\.json: not a noise file \(measures\.mse\.e-p"):
        noise.read(tmp_path / "noise.json")


def test_noise_of_records_without_a_machine_is_refused():
    with pytest.raises(ValueError, match="noise needs at least two runs"):
        noise.estimate([Result(made(metrics={"mse": mse}), Path()) for mse in (1e-6, 2e-6)])


@pytest.mark.parametrize(("base", "new"), [(5e-324, 1e100), (1e100, 5e-324), (0.0, 0.0)])
def test_numbers_at_the_ends_of_what_a_record_may_have_are_printed(tmp_path, base, new):
    def record(seed, number):
        fields = whole()
        fields["cell"]["seed"] = seed
        fields["metrics"] = dict.fromkeys(fields["metrics"], number)
        fields["time"] |= dict.fromkeys(("iteration", "spread", "total", "pace"), number)
        for reading in fields["memory"]:
            reading["bytes"] = 0 if number < 1 else 2**63 - 1
        return Record.model_validate_json(json.dumps(fields))

    assert written([record(0, base), record(0, new)], tmp_path)["latex"].isascii()
    assert written([record(0, base), record(1, new)], tmp_path)["json"]
