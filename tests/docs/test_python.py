"""The Python of README and tutorials runs as it stands, page by page."""

import numpy as np
import pytest
from pages import ROOT, TUTORIALS, blocks, name

from inrbench import load


@pytest.mark.slow
@pytest.mark.parametrize("path", TUTORIALS, ids=name)
def test_the_python_of_a_page_runs(path, tmp_path, monkeypatch, capsys):
    """A block that begins with `# name.py` is a file; the others run one after the other."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    np.save("sinogram.npy", load("forbild", size=64, views=60, columns=256).scan.sinogram)
    names = {"__name__": "__main__"}
    for language, text in blocks(path):
        first = text.split("\n")[0]
        if language == "python" and first.startswith("# ") and first.endswith(".py"):
            (tmp_path / first[2:]).write_text(text)
        elif language == "python":
            exec(compile(text, name(path), "exec"), names)


def test_the_tutorial_shows_the_files_of_the_examples():
    shown = dict(blocks(ROOT / "docs" / "tutorials" / "network.md"))
    page = [text for _, text in blocks(ROOT / "docs" / "tutorials" / "network.md")]
    assert "# gauss.py\n" + (ROOT / "examples" / "gauss.py").read_text() in page
    assert (ROOT / "examples" / "gauss.yaml").read_text() == shown["yaml"]
