# Motorwatch: `make demo` and `make test` work on a fresh machine with Python 3.11+, git and make.
PYTHON ?= python3
VENV ?= .venv
EXTRAS ?= recordings,report,stage2,live,dev
ARGS ?= -n 2 --dist worksteal
BIN := $(VENV)/bin
comma := ,
STAMP := $(VENV)/.installed-$(subst $(comma),-,$(EXTRAS))

.PHONY: help venv demo test lint bench results soak chaos template clean

help:
	@echo "make demo      set up, simulate a motor with a growing fault, judge it, write a report"
	@echo "make test      run every test (those without their data or server skip by name)"
	@echo "make lint      ruff and mypy"
	@echo "make bench     measure speed and memory, write docs/BENCHMARKS.md"
	@echo "make results   evaluate on every data set present, write docs/RESULTS.md"
	@echo "make soak      judge 10,000 healthy simulated windows, write docs/SOAK.md (JOBS=16, WINDOWS=1000)"
	@echo "make chaos     kill, cut, fill and load real processes, write docs/RELIABILITY.md (CYCLES=15; full: about 30 minutes)"
	@echo "make template  train the built-in template release anew on simulated motors"

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed; set PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(STAMP): pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing motorwatch into $(VENV) (once; a few minutes on a slow network)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[$(EXTRAS)]'
	@touch $@

venv: $(STAMP)

demo: venv
	$(BIN)/motorwatch demo

test: venv
	$(BIN)/python -m pytest $(ARGS)

lint: venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench:
	$(MAKE) venv EXTRAS=recordings,report,stage2,crosscheck,dev,bench
	$(BIN)/python -m bench all --json build/bench.json --markdown docs/BENCHMARKS.md

results: venv
	$(BIN)/motorwatch evaluate --all --markdown docs/RESULTS.md --output build/results.json

soak: venv
	$(BIN)/python -m app.soak --markdown docs/SOAK.md $(if $(JOBS),--jobs $(JOBS)) $(if $(WINDOWS),--windows $(WINDOWS))

chaos:
	$(MAKE) venv EXTRAS=recordings,report,stage2,live,dev
	$(BIN)/python -m reliability --markdown docs/RELIABILITY.md $(if $(CYCLES),--cycles $(CYCLES))

template: venv
	$(BIN)/motorwatch train --template --output app/template_release.json

clean:
	rm -rf build
