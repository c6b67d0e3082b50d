# Everything a developer does here. `make help` tells what there is.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev
STAGE ?= expo

.PHONY: help run test test-full test-postgres test-browser test-slow test-faults test-cluster check lint format soak bench screenshots seed migration messages language lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(RUN_STAMP): requirements.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(DEV_STAMP): requirements-dev.lock $(RUN_STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

run: $(RUN_STAMP) ## the marketplace with demo data at http://127.0.0.1:8000
	@$(BIN)/market migrate
	@echo "Demo sign-ins:"
	@$(BIN)/market seed --stage $(STAGE) --if-empty
	@echo "Open http://127.0.0.1:8000 (Ctrl-C ends it)"
	@$(BIN)/market serve

test: $(DEV_STAMP) ## the default suite: SQLite, embedded engine, no browser
	$(BIN)/python -m pytest -n auto --dist loadgroup

test-postgres: $(DEV_STAMP) ## the market's suite on a real PostgreSQL
	$(BIN)/python -m pytest -n auto --dist loadgroup --database postgresql -m 'not browser and not faults and not fuzz and not cluster and not slow' tests/market

test-browser: $(DEV_STAMP) ## journeys in a real Chromium
	$(BIN)/python -m pytest -m browser tests/journeys tests/browser

test-slow: $(DEV_STAMP) ## search quality that embeds much text
	$(BIN)/python -m pytest -n auto --dist loadgroup -m 'slow or fuzz' tests

test-faults: $(DEV_STAMP) ## processes killed, disks filled, databases, mail servers and index files that fail
	$(BIN)/python -m pytest -n auto --dist loadgroup -m faults tests/faults

test-cluster: $(DEV_STAMP) ## the search engine on real Elasticsearch nodes
	$(BIN)/python -m pytest -m cluster tests/elasticsearch tests/search tests/market/cli tests/faults
	$(BIN)/python -m pytest -m browser --deployment cluster tests/journeys

test-full: test-postgres test-slow test-faults ## the groups beyond the default suite
	@# Each of these two keeps to one process, so they run side by side.
	$(MAKE) --no-print-directory --jobs=2 --output-sync=target test-browser test-cluster

soak: $(DEV_STAMP) ## faults, fuzz and slow at their full counts; writes docs/soak.md
	$(BIN)/python -m tests.soak

check: lint test ## what every commit must pass: lint, then the default suite

lint: $(DEV_STAMP) ## format, lint, types, import contracts, catalogues; under a minute
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m locales.messages check

format: $(DEV_STAMP) ## put the code into its form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(DEV_STAMP) ## measure; writes docs/performance.md
	$(BIN)/python -m benchmarks.run

screenshots: $(DEV_STAMP) ## pages × languages × widths, in var/screenshots, and the README's pictures
	$(BIN)/python -m tests.browser.screenshots

seed: $(RUN_STAMP) ## demo data up to STAGE
	$(BIN)/market migrate
	$(BIN)/market seed --stage $(STAGE)

migration: $(RUN_STAMP) ## a new migration from the models: make migration M="what changes"
	$(BIN)/python -m market.migrations.make "$(M)"

messages: $(RUN_STAMP) ## bring the catalogues in step with the sources
	$(BIN)/python -m locales.messages extract-update

language: $(RUN_STAMP) ## a new catalogue: make language L=km
	$(BIN)/python -m locales.messages new $(L)

lock: $(DEV_STAMP) ## resolve the dependencies anew, with hashes
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet pyproject.toml requirements-build.in -o requirements.lock
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet --extra dev -c requirements.lock pyproject.toml requirements-build.in -o requirements-dev.lock

clean: ## remove the environment and all local data
	rm -rf $(VENV) var
