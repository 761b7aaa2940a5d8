"""`inrbench check` finds each of these faults, in whichever kind of part, and says what it is."""

import re

import pytest

from inrbench import registry
from inrbench.registry import plugin_files
from inrbench.templates import write
from inrbench.testing import check, trial

# What the templates are, with one fault each: kind, what is replaced by what, the sentence, and
# what is added at the end; after the kind, the test that finds it.
THIRD_MORE = """
PLAIN = Planted.backward

def backward(self, network, *rest):
    value = PLAIN(self, network, *rest)
    for parameter in network.parameters():
        parameter.grad *= 1.3
    return value

Planted.backward = backward
"""
FAULTS = {
    "wrong shape of a network": (
        "network", "one_value_a_point_in_two_and_three_dimensions",
        ".squeeze(-1)", "", r"values of shape \(54, 1\): expected \(54,\)",
    ),
    "wrong shape of a gradient in the image": (
        "objective", "closed_form_gradient_agrees_with_autograd",
        "self.knee, self.knee))", "self.knee, self.knee)).T",
        r"gradient of shape \(22, 18\): expected that of the image, \(18, 22\)",
    ),
    "wrong shape of an image": (
        "method", "image_has_the_shape_of_the_grid",
        "return x", "return x.T", r"shape \(24, 20\): expected grid.shape = \(20, 24\)",
    ),
    "wrong unit of a network": (
        "network", "output_is_proportional_to_scale",
        "self.scale * self", "0.02 * self", "multiply the output by scale",
    ),
    "wrong unit of an image: per pixel": (
        "method", "another_unit_of_length_gives_the_image_in_that_unit",
        "return x", "return x * grid.spacing", "attenuation goes with 1/length",
    ),
    "wrong unit of an image: Hounsfield": (
        "method", "a_tiny_fit_lowers_the_objective",
        "return x", "return 1000 * (x / 0.02 - 1)", "an empty image would explain",
    ),
    "peeks at the truth in the monitor": (
        "method", "another_reference_gives_the_same_image",
        "return x", "return x + 1e-6 * getattr(monitor, '_reference', 0 * x)",
        "it sees the truth, which only the monitor may",
    ),
    "peeks at the truth in a caller's frame": (
        "method", "another_reference_gives_the_same_image",
        "return x", "import sys; frame = sys._getframe()\n"
        "        while frame and 'case' not in frame.f_locals: frame = frame.f_back\n"
        "        return x if frame is None else frame.f_locals['case'].reference.clone()",
        "it sees the truth",
    ),
    "peeks at the truth by the garbage collector": (
        "network", "another_reference_gives_the_same_image",
        "= torch.nn.Parameter(", "= torch.nn.Parameter(peek() * ", "it sees the truth",
        "\ndef peek():\n    import gc\n    from inrbench.datasets.case import Case\n"
        "    found = [x for x in gc.get_objects() if isinstance(x, Case)]\n"
        "    return sum(float(x.reference[3, 4]) for x in found[:1]) + 1\n",
    ),
    "peeks at the truth in the prepared file": (
        "method", "another_reference_gives_the_same_image",
        "return x", "import glob, os, numpy\n"
        "        for file in glob.glob(os.environ.get('INRBENCH_DATA', 'data') + '/prepared/*'):\n"
        "            x = 0.9 * x + 0.1 * torch.as_tensor(numpy.load(file)['reference'])\n"
        "        return x",
        "it sees the truth",
    ),
    "NaN of a network": (
        "network", "one_value_a_point_in_two_and_three_dimensions",
        "torch.exp(-squared", "torch.log(-squared", "54 of 54 numbers are not finite",
    ),
    "NaN of an objective": (
        "objective", "closed_form_gradient_agrees_with_autograd",
        "size <= self.knee, inside, outside).sum()",
        "size <= self.knee, inside, outside).sum() / 0 * 0", "not finite",
    ),
    "NaN of an image": (
        "method", "image_has_the_shape_of_the_grid", "return x", "return x / (x - x)",
        "not finite",
    ),
    "ignores the seed with a seed of its own": (
        "network", "seed_fixes_the_weights_and_nothing_else_does",
        "        self.centres =", "        torch.manual_seed(0)\n        self.centres =",
        "the network ignores the seed",
    ),
    "ignores the seed with the global stream": (
        "method", "equal_seeds_give_equal_images",
        "torch.zeros(grid.shape", "1e-4 * torch.rand(grid.shape",
        "the same seed gave different images",
    ),
    "ignores the seed with a fixed stream": (
        "method", "another_seed_gives_another_image",
        "torch.zeros(grid.shape",
        "1e-4 * torch.rand(grid.shape, generator=torch.Generator().manual_seed(0)",
        "two seeds gave the same image: it ignores the cell's seed",
    ),
    "ignores the seed with numpy": (
        "method", "another_seed_gives_another_image",
        "return x",
        "import numpy\n        return x + 1e-6 * numpy.random.default_rng(0).random()",
        r"draws random numbers \(numpy.random.default_rng\), yet two seeds gave the same image",
    ),
    "a gradient mode ignores the seed": (
        "gradient", "mean_over_seeds_is_the_gradient",
        "generator=generator", "generator=torch.Generator().manual_seed(0)",
        "an estimate must draw from the generator",
    ),
    "leaks tensors": (
        "method", "memory_is_given_back",
        "return x", "KEPT.append(x)\n        return x",
        "bytes of tensors are alive after a run has returned", "\nKEPT = []\n",
    ),
    "leaks arrays": (
        "method", "memory_is_given_back",
        "return x", "KEPT.append(x.numpy().copy())\n        return x",
        "bytes of numpy arrays behind", "\nKEPT = []\n",
    ),
    "hides memory in a cache": (
        "objective", "memory_is_given_back",
        "residual = self.projector.forward(image) - self.scan.sinogram\n        return",
        "residual = cached(self, image)\n        return", "alive after a run has returned",
        "\nKEPT = {}\n\ndef cached(self, image):\n"
        "    r = self.projector.forward(image) - self.scan.sinogram\n"
        "    KEPT['r'] = [r] * 2\n    return r\n",
    ),
    "wrong gradient of an objective": (
        "objective", "closed_form_gradient_agrees_with_autograd",
        "adjoint(residual.clamp(-self.knee, self.knee))", "adjoint(residual)",
        "is not the derivative of value",
    ),
    "wrong sign of a gradient in the image": (
        "objective", "closed_form_gradient_agrees_with_autograd",
        "self.projector.adjoint(", "-self.projector.adjoint(",
        "is not the derivative of value",
    ),
    "wrong gradient of a network": (
        "network", "gradient_is_the_derivative",
        "self.mlp(torch.exp(-squared / (2 * self.radius**2)))",
        "(self.mlp(torch.exp(-squared / (2 * self.radius**2)).detach())"
        " + self.centres.sum() - self.centres.sum().detach())",
        "the gradient of the weights is not the derivative",
    ),
    "wrong gradient of a gradient mode": (
        "gradient", "mean_over_seeds_is_the_gradient",
        "v.flatten()[chosen] / self.rate", "v.flatten()[chosen]",
        r"the mean of 200 estimates is 0\.\d+ .* times the gradient",
    ),
    "writes files beside itself": (
        "method", "no_file_is_written",
        "return x", "open(__file__ + '.log', 'a').write('x')\n        return x",
        r"it writes files: .*\.py\.log",
    ),
    "writes files by a process": (
        "method", "no_file_is_written",
        "return x", "import os; os.system('true')\n        return x",
        r"it writes files: whatever the process it starts writes \(os.system\)",
    ),
    "leaves Python objects": (
        "method", "memory_is_given_back",
        "return x", "KEPT.append(bytearray(10**7))\n        return x",
        "each run leaves 10.* bytes of Python objects behind", "\n\nKEPT = []\n",
    ),
    "hides its memory in numpy": (
        "method", "memory_is_given_back",
        "return x", "import numpy\n        numpy.ones(10**7)\n        return x",
        "takes 8.* bytes outside torch",
    ),
    "tells the monitor more iterations than there are": (
        "method", "image_has_the_shape_of_the_grid",
        "monitor.step(k", "monitor.step(1000 * k",
        "seconds an iteration are divided by it",
    ),
    "returns another image than it showed": (
        "method", "the_image_returned_is_the_one_shown_last",
        "return x", "return x.clamp(min=0)", "curves would end at another image than tables have",
    ),
    "tells a value that is none of the image": (
        "method", "the_value_belongs_to_the_image",
        "residual.square().sum() / 2", "x.square().sum()", "give monitor.step the objective",
    ),
    "tells the value of an earlier image": (
        "method", "the_value_belongs_to_the_image",
        "monitor.step(k, residual.square().sum() / 2,",
        "told = [*told, residual.square().sum() / 2] if k > 1 else [residual.square().sum() / 2]\n"
        "            monitor.step(k, told[max(0, k - 4)],",
        "is that of the image 4 steps before",
    ),
    "ignores the weights of a scan": (
        "method", "weights_are_used_or_refused",
        'scan.refuse_weights("planted")', "pass",
        "a view of weight 0 changes the image by .*: use scan.weights, or refuse them",
    ),
    "an objective ignores the weights of a scan": (
        "objective", "weights_are_used_or_refused",
        'scan.refuse_weights("planted")', "pass",
        "a view of weight 0 changes the value from .*: multiply the residual by scan.weights",
    ),
    "has no seed, which is no peeking": (
        "method", "another_reference_gives_the_same_image",
        "torch.zeros(grid.shape", "1e-4 * torch.rand(grid.shape",
        "whether the method sees the truth cannot be told",
    ),
    "an approximate mode is beyond its bound": (
        "gradient", "mean_over_seeds_is_the_gradient",
        "approximate: ClassVar[float] = 0.0", "approximate: ClassVar[float] = 0.1",
        r"off by 0\.\d+ ± .* of \|G\|, where the mode declares approximate = 0\.1", THIRD_MORE,
    ),
    "an approximate mode has no bound": (
        "gradient", "mean_over_seeds_is_the_gradient",
        "approximate: ClassVar[float] = 0.0", "approximate: ClassVar[float] = 1.5",
        r"approximate = 1\.5: expected the largest \|E\[g\] - G\| / \|G\|",
    ),
    "writes files by a library": (
        "network", "no_file_is_written",
        "return self.scale", "torch.save(x, 'points.pt')\n        return self.scale",
        "it writes files: .*points.pt",
    ),
    "writes files by a library, far away": (
        "network", "no_file_is_written",
        "return self.scale", "torch.save(x, FAR / 'far.pt')\n        return self.scale",
        "it writes files: .*far.pt",
        "\n\nfrom pathlib import Path\nFAR = Path(__file__).parents[1]\n",
    ),
}  # fmt: skip


BREAKDOWNS = {
    "writes files when it is imported": (
        "gradient",
        "import torch\n", "import torch\nopen('seen', 'w').close()\n",
        "it writes files when it is imported: .*seen",
    ),
    "does not end": ("method", "return x", "while True: pass", "it did not end within 8 s"),
    "crashes": (
        "network", "return self.scale", "import os; os.abort(); return self.scale",
        "the process was killed by SIGABRT in the midst of it",
    ),
    "does not import": (
        "gradient", "import torch\n", "import torch\nimport no_such_package\n",
        r"line \d+: the plug-in does not import: ModuleNotFoundError: No module named 'no_such",
    ),
}  # fmt: skip


@pytest.fixture
def planted(tmp_path, monkeypatch):
    """The file of a template with a fault in it, in a table of names of the test's own."""
    table = {kind: dict(entries) for kind, entries in registry._table.items()}
    monkeypatch.setattr(registry, "_table", table)
    monkeypatch.chdir(tmp_path)  # what a fault reads and writes is not this checkout's

    def plant(kind, old="", new="", end=""):
        path, _ = write(kind, "planted", tmp_path)
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new) + end if old else path.read_text())
        return path

    return plant


def faults(path, only=None):
    """What the tests that `inrbench check` runs say, or one of them, here in one process."""
    (one,) = plugin_files.read(path)
    tests, fault, _ = trial.run(path, one, None)
    if only is not None:
        assert fault is None
        assert only in dict(tests)
    found = [trial.run(path, one, test)[1] for test, _ in tests if test == (only or test)]
    return [fault for fault in [fault, *found] if fault]


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(name, planted):
    kind, test, old, new, sentence, *end = FAULTS[name]
    (found,) = faults(planted(kind, old, new, *end), f"test_{test}")
    assert re.search(sentence, found)


@pytest.mark.parametrize("kind", plugin_files.KINDS)
def test_a_template_has_no_fault(kind, planted):
    assert faults(planted(kind)) == []


def test_a_mode_within_the_bound_that_it_declares_has_no_fault(planted):
    declared = ("approximate: ClassVar[float] = 0.0", "approximate: ClassVar[float] = 0.35")
    path = planted("gradient", *declared, THIRD_MORE)
    assert faults(path, "test_mean_over_seeds_is_the_gradient") == []


@pytest.mark.parametrize("ratio", [1, 2])
def test_the_ratio_of_a_gradient_is_said_whether_right_or_wrong(ratio, planted):
    path = planted("gradient", "[chosen] / self.rate", f"[chosen] / self.rate * {ratio}")
    (one,) = plugin_files.read(path)
    _, fault, said = trial.run(path, one, "test_mean_over_seeds_is_the_gradient")
    assert (fault is None) == (ratio == 1)
    found = re.fullmatch(r"estimate / exact = (\S+) ± (\S+), over 200 estimates", said)
    mean, error = map(float, found.groups())
    assert error > 0 and abs(mean - ratio) < 4 * error


def test_what_builds_on_a_fault_is_named_as_not_tried(planted):
    path = planted("network", ".squeeze(-1)", "")
    found = list(check.check(path, 3600))
    assert [one.tried for one in found[:3]] == [True, True, False]
    left = [one.fact for one in found if not one.tried]
    assert "It writes no file anywhere." in left and not any(one.fault for one in found[2:])
    assert check.summary(path, found) == f"{path}: 1 fault in 2 checks, {len(left)} not tried"


@pytest.mark.parametrize("name", BREAKDOWNS)
def test_a_breakdown_is_a_sentence_as_well(name, planted):
    kind, old, new, sentence = BREAKDOWNS[name]
    seconds = 8 if name == "does not end" else 3600
    path = planted(kind, old, new)
    found = [finding.fault for finding in check.check(path, seconds) if finding.fault]
    assert any(re.search(sentence, fault) for fault in found), found
