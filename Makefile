# Two commands do everything:  make demo  (the console on an embedded cluster)  and  make test.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Real sshd, shells and a terminal for the tests; the lab names its own packages.
TEST_PACKAGES := openssh-client openssh-server sudo tcsh fish tmux
PYTEST_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo lab lab-down test check lint types contracts unit bench soak pictures system-lab system-test clean

help:
	@echo "make demo       open the console on an embedded cluster (no root, any system with Python 3.11)"
	@echo "make lab        start a real HA pair on this machine (Debian, root) and open the console on it"
	@echo "make lab-down   stop it, leaving nothing behind"
	@echo "make test       set everything up and run every test"
	@echo "make check      the quick half: linter, types, import contracts"
	@echo "make bench      the benchmarks: figures beside their alternatives"
	@echo "make soak       half an hour of planned moves on demo and lab; nothing false may be said"
	@echo "make pictures   export the pictures of the README"

demo: $(VENV)/.run
	@$(BIN)/haconsole demo

lab: system-lab $(VENV)/.run
	@set -e; inventory=$$($(BIN)/haconsole lab up); \
	  inventory=$$(printf '%s\n' "$$inventory" | tail -n 1); \
	  echo "The pair is up. Its inventory: $$inventory"; \
	  if [ -t 0 ] && [ -t 1 ]; then exec $(BIN)/haconsole "$$inventory"; \
	  else $(BIN)/haconsole status "$$inventory"; fi

lab-down: $(VENV)/.run
	$(BIN)/haconsole lab down

test: system-lab system-test $(VENV)/.dev check
	$(BIN)/python -m tests.run $(PYTEST_ARGS)

check: lint types contracts

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

contracts: $(VENV)/.dev
	$(BIN)/lint-imports

bench: system-lab system-test $(VENV)/.dev
	@for file in tests/benchmarks/bench_*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

soak: system-lab system-test $(VENV)/.dev
	$(BIN)/python -m tests.soak --on demo
	$(BIN)/python -m tests.soak --on lab

pictures: $(VENV)/.dev
	$(BIN)/python -m tests.support.pictures tests/pictures

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "haconsole needs Python 3.11 or newer; name one: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || sh .ci/packages python3-venv
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml constraints.txt | $(VENV)/bin/python
	PIP_CONSTRAINT=constraints.txt $(BIN)/python -m pip install -q -e .
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	PIP_CONSTRAINT=constraints.txt $(BIN)/python -m pip install -q -e '.[dev]'
	@touch $@ $(VENV)/.run

# The requirements module needs nothing but Python itself.
system-lab:
	@sh .ci/packages $$($(PYTHON) -m haconsole.lab.requirements)

system-test:
	@sh .ci/packages $(TEST_PACKAGES)
	@sh .ci/limits

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage htmlcov
