# Each target first makes the virtual environment .venv if need be, from the lock.

SHELL := bash
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed

.PHONY: help demo demo-quick advise play test lint lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

demo: $(INSTALLED) ## Train, evaluate, export and compare models: writes demo/
	$(BIN)/python -m set_contrastive.demo --output=demo

demo-quick: $(INSTALLED) ## The same with a simpler game: writes demo-quick/
	$(BIN)/python -m set_contrastive.demo --quick --output=demo-quick

advise: $(INSTALLED) ## Advise on the example: writes advice/
	$(BIN)/python -m set_contrastive.advise --output=advice

play: $(INSTALLED) ## Open a page to see vectors run out of dimensions in, until Ctrl+C
	$(BIN)/python -m set_contrastive.play

test: $(INSTALLED) ## Run the tests; says at the end what was skipped and why
	$(BIN)/pytest -n 2 --dist=worksteal $(PYTEST_FLAGS)

lint: $(INSTALLED) ## Check style, format, types and the direction of imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

lock: $(INSTALLED) ## Resolve requirements.in into requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version=3.11 \
		--custom-compile-command="make lock" requirements.in -o requirements.txt

clean: ## Remove caches and build outputs, but not .venv, data, runs and demos
	rm -rf build dist *.egg-info .pytest_cache .hypothesis .mypy_cache .ruff_cache \
		.import_linter_cache
	find set_contrastive data_builders export tests benchmarks -name __pycache__ \
		-type d -prune -exec rm -r {} +

$(INSTALLED): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || { \
		found=$$($(PYTHON) --version 2>&1) || found="not there"; \
		echo "error: Python 3.11 or newer is needed, but $(PYTHON) is $$found;" \
			"try: make PYTHON=python3.11" >&2; \
		exit 1; }
	@[[ -x $(BIN)/pip ]] || { echo "Making .venv"; $(PYTHON) -m venv .venv; }
	@echo "Installing the packages of requirements.txt into .venv (3 GB on disk)"
	@set -o pipefail; \
	$(BIN)/pip install --disable-pip-version-check -r requirements.txt | awk ' \
		/Downloading .*(whl|gz) / { split($$2, part, "-"); \
			print "  " part[1], part[2], $$3, $$4; fflush() } \
		/^Installing/ { print "  Installing what was downloaded"; fflush() }'
	@$(BIN)/pip install --disable-pip-version-check --quiet \
		--no-build-isolation --no-deps --editable .
	@touch $@
