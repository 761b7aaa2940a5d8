"""Pages of the site that come from the code: MkDocs calls this when it gathers the files."""

import api
import commands
import formats
import hours
import manifests
import parts
from mkdocs.structure.files import File

PAGES = {
    "reference/python.md": api.page,
    "reference/parts.md": parts.page,
    "reference/commands.md": commands.page,
    "reference/formats.md": formats.page,
    "reference/data.md": manifests.page,
    "results/hours.md": hours.page,
}


def on_files(files, config):
    """Add the pages."""
    for name, page in PAGES.items():
        files.append(File.generated(config, name, content=page()))
    return files
