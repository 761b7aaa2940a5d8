"""The table of names: checked without importing what they stand for."""

import subprocess
import sys

import pytest

from inrbench import registry


def test_names_are_checked_and_labelled_without_torch():
    code = (
        "import sys; from inrbench import papers, registry, experiment_files, sources, run, show;"
        "from inrbench.datasets import case_name, manifest, download;"
        "registry.check('network', 'siren'); registry.label('objective', 'least_squares');"
        "[c for e in experiment_files.load_all() for c in e.cells()];"
        "heavy = {'torch', 'pandas', 'astra', 'matplotlib', 'scipy'} & set(sys.modules);"
        "heavy or [__import__('inrbench.papers.' + name) for name in papers.MODULES];"
        "heavy |= {'torch', 'astra', 'matplotlib'} & set(sys.modules);"
        "sys.exit(repr(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_built_in_name_leads_to_something_callable():
    for kind in registry.KINDS:
        for name in registry.names(kind):
            assert callable(registry.load(kind, name)), (kind, name)


def test_unknown_names_name_the_nearest():
    with pytest.raises(ValueError, match="unknown network 'sirne': did you mean 'siren'"):
        registry.check("network", "sirne")
    with pytest.raises(ValueError, match="known are autograd, jvp"):
        registry.load("gradient", "zzz")


def test_a_name_is_not_taken_over():
    registry.register("network", "siren", "inrbench.networks.siren:SIREN", "SIREN")  # the same
    with pytest.raises(ValueError, match=r"already inrbench\.networks.siren:SIREN"):
        registry.register("network", "siren", "elsewhere:SIREN", "SIREN")


def test_unknown_parameters_name_the_nearest():
    with pytest.raises(ValueError, match="no parameter 'iteration': did you mean 'iterations'"):
        registry.make("method", "cgls", iteration=3)


def test_a_parameter_without_a_default_is_asked_for():
    with pytest.raises(ValueError, match="method 'tv': missing a required argument: 'strength'"):
        registry.make("method", "tv", iterations=3)


@pytest.mark.parametrize(
    ("kind", "name", "parameters"),
    [
        ("method", "cgls", {"iterations": "many"}),
        ("method", "cgls", {"iterations": 2.5}),
        ("network", "siren", {"width": None}),
        ("gradient", "jvp", {"rate": "0.1"}),
        ("dataset", "forbild", {"photons": "many"}),
    ],
)
def test_values_of_another_type_are_named(kind, name, parameters):
    ((parameter, value),) = parameters.items()
    with pytest.raises(ValueError, match=f"{parameter}={value!r}: input should be"):
        registry.check_parameters(name, registry.load(kind, name), parameters)


def test_an_integer_passes_for_a_float_and_null_where_it_may():
    registry.check_parameters("jvp", registry.load("gradient", "jvp"), {"rate": 1, "chunk": None})
