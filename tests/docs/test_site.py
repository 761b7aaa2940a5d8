"""README and site: length, links, and that the pages and the code say the same."""

import os
import re
import subprocess
import sys

import pytest
import yaml
from pages import README, ROOT, blocks, links

from inrbench import registry
from inrbench.experiments import files as experiments


def test_the_readme_has_at_most_1000_words():
    assert len(README.read_text().split()) <= 1000


def test_every_link_of_the_readme_leads_somewhere():
    for link in links(README):
        if "://" not in link:
            file, _, anchor = link.partition("#")
            assert (ROOT / file).exists(), link
            headings = re.findall(r"^#+ (.+)$", (ROOT / file).read_text(), re.M) if anchor else []
            slugs = [re.sub(r"[^\w-]+", "-", heading.lower()).strip("-") for heading in headings]
            assert not anchor or anchor in slugs, link


@pytest.mark.slow
def test_the_site_builds_strictly(tmp_path):
    """Every link, anchor and picture of every page resolves, the generated pages included."""
    pytest.importorskip("material")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", tmp_path],
        capture_output=True, text=True, cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    # Pages of reference come from the code, whole.
    parts = (tmp_path / "reference" / "parts" / "index.html").read_text()
    assert all(f'id="{row.kind}-{row.name}"' in parts for row in registry.rows()
               if row.kind != "paper" and row.target.startswith("inrbench."))  # fmt: skip
    pages = [path.read_text() for path in tmp_path.rglob("*.html")]
    loaded = [re.findall(r'<(?:script|img)[^>]+src="(\w+:)?//', page) for page in pages]
    assert not any(loaded), "a page loads something from the network"


def test_the_experiment_that_is_shown_has_the_cells_that_are_told(tmp_path):
    (text,) = [text for language, text in blocks(ROOT / "docs" / "howto" / "experiment.md")
               if language == "yaml"]  # fmt: skip
    (tmp_path / "widths.yaml").write_text(text)
    assert len(experiments.load("widths", folder=tmp_path).cells()) == 13


def test_the_variables_and_the_configuration_that_are_told_are_those_of_the_code():
    page = (ROOT / "docs" / "reference" / "environment.md").read_text()
    code = "".join(path.read_text() for path in (ROOT / "inrbench").rglob("*.py"))
    variables = set(re.findall(r"INRBENCH_[A-Z]+", code))
    assert set(re.findall(r"`(INRBENCH_[A-Z]+)`", page)) == variables
    (known,) = re.findall(r"known := (\[.+?\])", (ROOT / "Snakefile").read_text())
    table = page.split("## Configuration of the workflow")[1].split("##")[0]
    assert re.findall(r"^\| `(\w+)`", table, re.M) == yaml.safe_load(known)
