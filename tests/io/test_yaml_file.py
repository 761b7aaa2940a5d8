"""YAML gives what JSON has, of a bounded size, or a sentence with the line."""

import json
import math

import pytest

from inrbench.io import yaml_file

LAUGHS = "\n".join(
    ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    + [f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]" for k in range(1, 10)]
)
MERGED = "\n".join(
    ["a0: &a0 {k: v}"]
    + [f"a{k}: &a{k} {{b{k}: *a{k - 1}, c{k}: *a{k - 1}}}" for k in range(1, 29)]
)


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("a: [", 1, "not readable as YAML: expected the node content"),
        ("a: \x01", None, "not readable as YAML: .*special characters"),
        ("x: 1\na: 2026-01-01", 2, "2026-01-01 is read as a date: put it in quotes"),
        ("a: 2001-12-14t21:59:43.10-05:00", 1, "is read as a date"),
        ("a: !!binary aGVsbG8=", 1, "'tag:yaml.org,2002:binary': expected text, numbers, true"),
        ("a: !!set {x, y}", 1, "set"),
        ("!!omap [a: 1]", 1, "omap"),
        ("a: !!python/object/apply:os.system [id]", 1, "python/object/apply:os.system"),
        ("a: !mine 3", 1, "'!mine'"),
        ("a: !!bool x", 1, "bool"),
        ("a: .inf", 1, "'.inf': expected a finite number"),
        ("a: -.INF", 1, "expected a finite number"),
        ("a: .nan", 1, "expected a finite number"),
        ("a: 1e999", 1, "'1e999': expected a finite number"),
        ("a: 99999999999999999999", 1, "expected a finite number"),
        ("a: 0x_", 1, "'0x_': expected a finite number"),
        (f"a: {'9' * 5000}", 1, "expected a finite number"),
        ("x: 0\n3: x", 2, "the key '3' is no text: put it in quotes"),
        ("on: x", 1, "the key 'on' is no text"),
        ("? [a]\n: x", 1, "the key a list or mapping is no text"),
        ("a: {<<: {1: 2}}", 1, "the key '1' is no text"),
        ("a: 1\na: 2", 1, "key 'a' stands twice"),
        ('a: "\\ud800"', 1, "half of a character"),
        ('a: "\\UFFFFFFFF"', None, "not readable as YAML"),
        ("a: &x [*x]", 1, "the alias 'x' stands inside of what it repeats"),
        ("a: &x {b: {c: *x}}", 1, "the alias 'x' stands inside"),
        ("a: *x", 1, "found undefined alias"),
        ("[" * 31, 1, "nested more than 30 levels deep"),
        ("- " * 31 + "x", 1, "nested more than 30 levels deep"),
        ("[" * 50_000, 1, "nested more than 30 levels deep"),
        (LAUGHS, 5, "stands for more than 20,000 values"),
        (MERGED, 13, "stands for more than 20,000 values"),
        ("\n".join(f"a{k}: &a{k} {{b: {f'*a{k - 1}' if k else 1}}}" for k in range(40)), 30,
         "nested more than 30 levels deep"),
        (f"[{', '.join('x' * 20_000)}]", 1, "stands for more than 20,000 values"),
        ("x" * (2**18 + 1), None, "has 262,145 bytes, and at most 262,144 are read"),
    ],
)  # fmt: skip
def test_what_json_does_not_have_gets_a_sentence(tmp_path, text, line, sentence):
    path = tmp_path / "a.yaml"
    path.write_text(text)
    with pytest.raises(ValueError, match=sentence) as caught:
        yaml_file.read(path)
    said = str(caught.value)
    assert said.isprintable() and said.startswith(str(path)) and len(said) < 1000
    assert line is None or f"a.yaml, line {line}: " in said


def test_everything_else_is_read_as_it_stands(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(
        "a: &a {x: 1e-3, y: [0, -5, 0x10, 2.5, true, null, '2026-01-01', no date, \"\\x1b\"]}\n"
        "b: {<<: *a, x: 2}\nc: [*a, *a]\n'3': 9223372036854775807\n'on': ''\n"
    )
    found = yaml_file.read(path)
    a = {"x": 1e-3, "y": [0, -5, 16, 2.5, True, None, "2026-01-01", "no date", "\x1b"]}
    assert found == {"a": a, "b": a | {"x": 2}, "c": [a, a], "3": 2**63 - 1, "on": ""}
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert math.isclose(found["a"]["x"], 0.001)
    path.write_text("")
    assert yaml_file.read(path) is None
