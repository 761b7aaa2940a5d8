"""`inrbench check` finds each of these faults, in whichever kind of part, and says what it is."""

import pytest

from inrbench import check, registry
from inrbench.templates import write

# What the templates are, with one fault each: kind, what is replaced by what, the sentence.
SHAPE = ".squeeze(-1)\n"
FAULTS = {
    "wrong shape of a network": (
        "network", ".squeeze(-1)", "", r"values of shape \(54, 1\): expected \(54,\)",
    ),
    "wrong shape of a gradient in the image": (
        "objective", "self.knee, self.knee))", "self.knee, self.knee)).T",
        r"gradient of shape \(22, 18\): expected that of the image, \(18, 22\)",
    ),
    "wrong shape of an image": (
        "method", "return x", "return x.T", r"shape \(24, 20\): expected grid.shape = \(20, 24\)",
    ),
    "wrong unit of a network": (
        "network", "self.scale * self", "0.02 * self", "multiply the output by scale",
    ),
    "wrong unit of an image: per pixel": (
        "method", "return x", "return x * grid.spacing", "attenuation goes with 1/length",
    ),
    "wrong unit of an image: Hounsfield": (
        "method", "return x", "return 1000 * (x / 0.02 - 1)", "an empty image would explain",
    ),
    "peeks at the truth in the monitor": (
        "method", "return x", "return x + 1e-6 * getattr(monitor, '_reference', 0 * x)",
        "it sees the truth, which only the monitor may",
    ),
    "peeks at the truth in a caller's frame": (
        "method", "return x", "import sys; frame = sys._getframe()\n"
        "        while frame and 'case' not in frame.f_locals: frame = frame.f_back\n"
        "        return x if frame is None else frame.f_locals['case'].reference.clone()",
        "it sees the truth",
    ),
    "peeks at the truth by the garbage collector": (
        "network", "self.mlp(torch", "peek() * self.mlp(torch", "it sees the truth",
        "\ndef peek():\n    import gc\n    from inrbench.datasets.case import Case\n"
        "    found = [x for x in gc.get_objects() if isinstance(x, Case)]\n"
        "    return sum(float(x.reference[3, 4]) for x in found[:1]) + 1\n",
    ),
    "peeks at the truth in the prepared file": (
        "method", "return x", "import glob, os, numpy\n"
        "        for file in glob.glob(os.environ.get('INRBENCH_DATA', 'data') + '/prepared/*'):\n"
        "            x = 0.9 * x + 0.1 * torch.as_tensor(numpy.load(file)['reference'])\n"
        "        return x",
        "it sees the truth",
    ),
    "NaN of a network": (
        "network", "torch.exp(-squared", "torch.log(-squared", "54 of 54 numbers are not finite",
    ),
    "NaN of an objective": (
        "objective", "size <= self.knee, inside, outside).sum()",
        "size <= self.knee, inside, outside).sum() / 0 * 0", "not finite",
    ),
    "NaN of an image": ("method", "return x", "return x / (x - x)", "not finite"),
    "ignores the seed with a seed of its own": (
        "network", "        self.centres =", "        torch.manual_seed(0)\n        self.centres =",
        "the network ignores the seed",
    ),
    "ignores the seed with the global stream": (
        "method", "torch.zeros(grid.shape", "1e-4 * torch.rand(grid.shape",
        "the same seed gave different images",
    ),
    "ignores the seed with a fixed stream": (
        "method", "torch.zeros(grid.shape",
        "1e-4 * torch.rand(grid.shape, generator=torch.Generator().manual_seed(0)",
        "two seeds gave the same image: it ignores the cell's seed",
    ),
    "a gradient mode ignores the seed": (
        "gradient", "generator=generator", "generator=torch.Generator().manual_seed(0)",
        "an estimate must draw from the generator",
    ),
    "leaks tensors": (
        "method", "return x", "KEPT.append(x)\n        return x",
        "bytes of tensors are alive after a run has returned", "\nKEPT = []\n",
    ),
    "leaks arrays": (
        "method", "return x", "KEPT.append(x.numpy().copy())\n        return x",
        "bytes of numpy arrays behind", "\nKEPT = []\n",
    ),
    "hides memory in a cache": (
        "objective", "residual = self.projector.forward(image) - self.scan.sinogram\n        return",
        "residual = cached(self, image)\n        return", "alive after a run has returned",
        "\nKEPT = {}\n\ndef cached(self, image):\n"
        "    r = self.projector.forward(image) - self.scan.sinogram\n"
        "    KEPT['r'] = [r] * 2\n    return r\n",
    ),
    "wrong gradient of an objective": (
        "objective", "adjoint(residual.clamp(-self.knee, self.knee))", "adjoint(residual)",
        "is not the derivative of value",
    ),
    "wrong sign of a gradient in the image": (
        "objective", "self.projector.adjoint(", "-self.projector.adjoint(",
        "is not the derivative of value",
    ),
    "wrong gradient of a network": (
        "network", "self.mlp(torch.exp(-squared / (2 * self.radius**2)))",
        "self.mlp(torch.exp(-squared / (2 * self.radius**2)).detach())"
        " + (self.centres.sum() - self.centres.sum().detach())",
        "the gradient of the weights is not the derivative",
    ),
    "wrong gradient of a gradient mode": (
        "gradient", "v.flatten()[chosen] / self.rate", "v.flatten()[chosen]",
        r"the mean of 200 estimates is 0\.\d+ .* times the gradient",
    ),
    "writes files beside itself": (
        "method", "return x", "open(__file__ + '.log', 'a').write('x')\n        return x",
        r"it writes files: .*\.py\.log",
    ),
    "writes files by a library": (
        "network", "return self.scale", "torch.save(x, 'points.pt')\n        return self.scale",
        "it writes files: .*points.pt",
    ),
    "writes files when it is imported": (
        "gradient", "import torch\n", "import torch\nopen('seen', 'w').close()\n",
        "it writes files when it is imported: .*seen",
    ),
    "does not end": (
        "method", "return x", "while True: pass", "it did not end within 8 s",
    ),
    "crashes": (
        "network", "return self.scale", "import os; os.abort(); return self.scale",
        "the process was killed by SIGABRT in the midst of it",
    ),
    "does not import": (
        "gradient", "import torch\n", "import torch\nimport no_such_package\n",
        r"line \d+: the plug-in does not import: ModuleNotFoundError: No module named 'no_such",
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def names(monkeypatch):
    """A table of names of this test's own."""
    table = {kind: dict(entries) for kind, entries in registry._table.items()}
    monkeypatch.setattr(registry, "_table", table)


def faults(path, seconds=60):
    return [finding.fault for finding in check.check(path, seconds) if finding.fault]


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(name, tmp_path):
    import re

    kind, old, new, sentence, *more = FAULTS[name]
    path, _ = write(kind, "planted", tmp_path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new) + "".join(more))
    found = faults(path, 8 if name == "does not end" else 60)
    assert any(re.search(sentence, fault) for fault in found), found
