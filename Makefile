# make doctor  what works on this machine, and what mends the rest
# make quick   from a fresh clone to a table and figures
# make test    the whole test suite
# make lint    ruff and snakefmt
# make bench   speed and memory of the kernels

PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: doctor quick test lint bench clean

doctor: .venv/installed
	@inrbench doctor

quick: .venv/installed
	snakemake quick
	@inrbench show quick

test: .venv/installed
	python -m pytest

lint: .venv/installed
	ruff check .
	ruff format --check .
	snakefmt --check Snakefile workflow

bench: .venv/installed
	python -m pytest benchmarks --benchmark-only

# The environment is made once; a change of the pins or of the package's needs renews it.
.venv/installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "inrbench needs Python 3.11 or newer, this is " + sys.version.split()[0] + "; try make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

clean:
	rm -rf .venv .snakemake .pytest_cache .ruff_cache
