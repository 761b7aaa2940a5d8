"""Versions beside pins and ranges, and packages that do not import."""

import re
import sys
from importlib import metadata
from pathlib import Path

import pytest

from inrbench.doctor import packages

CHECKOUT = Path(__file__).parents[2]
NUMPY = metadata.version("numpy")


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout that wants these packages, with these pins."""
    # Imports are tried by a test of their own.
    monkeypatch.setattr(packages, "_imports", lambda *_: [])

    def write(dependencies, pins="", extras=""):
        wanted = ", ".join(f'"{one}"' for one in dependencies)
        (tmp_path / "pyproject.toml").write_text(
            f"[project]\ndependencies = [{wanted}]\n[project.optional-dependencies]\n{extras}\n"
        )
        (tmp_path / "requirements.txt").write_text(pins)
        return {finding.what: finding for finding in packages.examine(tmp_path)}

    return write


def test_the_python_that_is_needed_is_the_project_s():
    text = (CHECKOUT / "pyproject.toml").read_text()
    assert f'requires-python = ">={".".join(map(str, packages.PYTHON))}"' in text


def test_a_pin_that_differs_is_a_warning_with_the_command_for_the_pin(checkout):
    found = checkout(["numpy>=1"], "numpy==0.1\n")["unlike the pins"]
    assert found.state == "warning"
    assert found.says == f"numpy {NUMPY} (pinned: 0.1)"
    assert found.mend.endswith(" install numpy==0.1")


def test_another_build_of_the_pinned_version_is_the_pinned_one(checkout):
    assert checkout(["numpy>=1"], f"numpy=={NUMPY}\n").keys() == {"Python"}
    cpu = packages.Requirement("torch", ">=2.6", "2.13.0", None)
    assert cpu.pinned("2.13.0+cpu") and cpu.pinned("2.13.0") and not cpu.pinned("2.13.1")


def test_what_is_out_of_range_or_missing_is_broken(checkout):
    found = checkout(["numpy>=1,<1.5", "not-there>=2", "torch"])
    assert found["out of range"].state == found["missing"].state == "broken"
    assert found["out of range"].says == f"numpy {NUMPY} (wanted: >=1,<1.5)"
    assert found["out of range"].mend.endswith(" install 'numpy>=1,<1.5'")
    assert found["missing"].mend.endswith(" install 'not-there>=2'")


def test_what_is_optional_is_a_warning_and_nobody_misses_what_is_not_pinned(checkout):
    extras = 'cone = ["not-there>=2"]\npeers = ["nor-this"]'
    found = checkout(["numpy"], "not-there==2.7\n", extras)
    assert found.keys() == {"Python", "missing (optional)"}
    assert found["missing (optional)"].state == "warning"
    assert found["missing (optional)"].says == "not-there"


def test_what_the_packages_need_themselves_is_held_to_its_pin(checkout):
    version = metadata.version("packaging")
    found = checkout(["numpy"], "packaging==0.1\n")["their own needs unlike the pins"]
    assert (found.state, found.says) == ("warning", f"packaging {version} (pinned: 0.1)")


@pytest.mark.parametrize(
    ("version", "span", "inside"),
    [
        ("2.13.0+cpu", ">=2.6", True),
        ("2.6", ">=2.6.0", True),
        ("2.5.1", ">=2.6", False),
        ("2.10", ">=2.9", True),
        ("3.0rc1", "<3", False),
        ("2.4", ">=1.26,!=2.4", False),
        ("1", "", True),
    ],
)
def test_a_range_holds_what_it_says(version, span, inside):
    assert packages.Requirement("x", span, None, None).holds(version) is inside


def test_outside_a_checkout_the_installed_package_tells_its_ranges(tmp_path):
    found = {one.name: one for one in packages.requirements(tmp_path)}
    assert found["torch"].extra is None and found["torch"].range.startswith(">=")
    assert found["itk-rtk"].extra == "cone"
    assert not any(one.pin for one in found.values())
    assert packages.install("itk-rtk", checkout=tmp_path).endswith(
        f"'itk-rtk{found['itk-rtk'].range}'"
    )


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("raise OSError('libcuda.so.1: cannot open')", "OSError: libcuda.so.1: cannot open"),
        (
            "import ctypes; ctypes.string_at(0)",
            "killed by SIGSEGV .*; the last it printed: import",
        ),
    ],
)
def test_a_package_that_does_not_import_is_broken(tmp_path, monkeypatch, code, sentence):
    (tmp_path / "planted_package.py").write_text(code)
    (tmp_path / "planted_package-1.0.dist-info").mkdir()
    (tmp_path / "planted_package-1.0.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: planted_package\nVersion: 1.0\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(packages.MODULES, "planted-package", "planted_package")
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["planted_package"]\n')
    found = packages.examine(tmp_path)
    (broken,) = (one for one in found if one.state == "broken")
    assert broken.what == "planted-package" and re.search(sentence, broken.says)
    assert broken.mend.endswith("install --force-reinstall --no-deps planted-package")


def test_the_command_is_for_the_python_that_runs(monkeypatch):
    monkeypatch.setattr(packages.shutil, "which", lambda _: "/elsewhere/bin/pip")
    assert packages.pip("x") == f"{sys.executable} -m pip install x"
    monkeypatch.setattr(
        packages.shutil, "which", lambda _: str(Path(sys.executable).parent / "pip")
    )
    assert packages.pip("x") == "pip install x"


def test_an_old_python_ends_it_before_anything_else(monkeypatch):
    monkeypatch.setattr(packages.sys, "version_info", (3, 10, 2, "final", 0))
    (only,) = packages.examine()
    assert only.state == "broken" and only.says == "3.10.2, where inrbench needs 3.11 or newer"
    assert only.mend == "make PYTHON=python3.11"
