# make doctor    what works on this machine, and what mends the rest
# make quick     from a fresh clone to a table and figures
# make test      the whole test suite, by two processes
# make fast      its tests that take no more than a moment
# make numerics  what rests on arithmetic, as on two other processors
# make lint      style, and who may import whom
# make bench     speed and memory of the kernels
# make docs      the site in site/, its links checked; needs no network

PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

WORKERS ?= 2

.PHONY: doctor quick test fast numerics lint bench docs clean

doctor: .venv/installed
	@inrbench doctor

quick: .venv/installed
	snakemake quick
	@inrbench show quick

# Tests of one file share its fixtures and so a process; those on a GPU have it to themselves.
test: .venv/installed
	python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not gpu"
	python -m pytest -m gpu

fast: .venv/installed
	python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not gpu and not slow"

# The kernels that torch, oneDNN and MKL choose on a processor without AVX, and on one with AVX2.
# Side by side: each has one thread.
numerics: .venv/installed
	@$(MAKE) --jobs 2 --output-sync numerics-default numerics-avx2
numerics-%:
	ATEN_CPU_CAPABILITY=$* ONEDNN_MAX_CPU_ISA=$(ONEDNN_$*) MKL_ENABLE_INSTRUCTIONS=$(MKL_$*) \
	OMP_NUM_THREADS=1 python -m pytest -m numerics
ONEDNN_default := SSE41
ONEDNN_avx2 := AVX2
MKL_default := SSE4_2
MKL_avx2 := AVX2

lint: .venv/installed
	ruff check .
	ruff format --check .
	snakefmt --check Snakefile workflow
	lint-imports --no-logo --no-cache
	python -m pytest -q tests/test_layout.py

bench: .venv/installed
	python -m pytest benchmarks --benchmark-only

# Pages of reference come from the code (docs/generate).
docs: .venv/installed
	NO_MKDOCS_2_WARNING=1 mkdocs build --strict --quiet
	python -m pytest -q tests/docs

# The environment is made once; a change of the pins or of the package's needs renews it.
.venv/installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "inrbench needs Python 3.11 or newer, this is " + sys.version.split()[0] + "; try make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

clean:
	rm -rf .venv .snakemake .pytest_cache .ruff_cache
