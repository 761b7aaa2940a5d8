"""What pyproject.toml cannot say: a wheel takes files from the top of the clone into the package.

`inrbench.io.shipped` finds them in either place.
"""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

SHIPPED = (
    "Snakefile", "workflow", "profiles", "data_manifests",
    "benchmarks/conftest.py", "benchmarks/distance.py", "benchmarks/test_kernels.py",
)  # fmt: skip


class BuildWithWorkflow(build_py):
    """Copies `SHIPPED` into `inrbench/shipped`; an editable install finds them at the top."""

    def run(self):
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib, "inrbench", "shipped")
        shutil.rmtree(target, ignore_errors=True)  # of an earlier build
        for name in SHIPPED:
            source, copy = Path(name), target / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if source.is_dir() else shutil.copyfile)(source, copy)


setup(cmdclass={"build_py": BuildWithWorkflow})
