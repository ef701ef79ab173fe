# Everything here works on a fresh checkout with Python 3.11 or newer, git and make.
# `make run URL=…` archives any page; `make test SKIP="firefox xvfb"` leaves tests out by name.

BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export SKIP SETS HELD_OUT

.DEFAULT_GOAL := help
.PHONY: run test help setup setup-tools setup-tests check fix lint types unit soak fuzz e2e setup-bench bench bench-engine bench-library bench-quality bench-summary screens install uninstall doctor package clean

run: setup ## Archive a sample page (or URL=…) through the whole chain
	@$(BIN)/python -m tools.run $(if $(URL),'$(URL)')

test: unit e2e ## Run every test: unit, contract and in real browsers (SKIP="names" leaves some out)

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "%-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Make the private environment .venv/ with the package
	@sh tools/setup.sh package

setup-tools: setup ## Add the Python and JavaScript tools that check and test
	@sh tools/setup.sh tools javascript

setup-tests: setup-tools ## Add what tests in browsers need: browsers, a display, a keychain
	@$(BIN)/python -m tools.system
	@$(BIN)/python -m tools.browser

setup-bench: setup-tools ## Add what benches compare with and are scored by
	@sh tools/setup.sh bench

check: lint types ## Check style and types of everything

fix: setup-tools ## Mend what the linters can mend
	$(BIN)/ruff check --fix --quiet
	$(BIN)/ruff format --quiet
	npm run --silent fix

lint: setup-tools package ## ruff, import-linter, eslint, addons-linter
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	npm run --silent lint
	npm run --silent addons

types: setup-tools ## mypy --strict and tsc --checkJs --strict
	$(BIN)/mypy
	npm run --silent types

unit: setup-tests ## The tests without a browser
	$(BIN)/pytest --ignore=tests/e2e
	npm test --silent

soak: setup-tests ## End a daemon 500 times under load, then at every line and full disk (an hour)
	@$(BIN)/python -m tests.faults.soak
	EVERY_LINE=1 $(BIN)/pytest -s tests/faults/test_kills.py tests/faults/test_disk.py

fuzz: setup-tools ## Put 100,000 bad pages through both filters (25 minutes; CASES=, SEED=)
	@nice $(BIN)/python -m tests.fuzz --cases $(or $(CASES),100000) --seed $(or $(SEED),0)

e2e: setup-tests ## The tests in real browsers
	$(BIN)/pytest tests/e2e

bench: setup-tests setup-bench ## Measure speed, memory and, with SETS=, quality
	@$(BIN)/python -m tests.bench
	@$(MAKE) --no-print-directory --keep-going bench-engine bench-quality bench-library

bench-engine: setup-bench ## Measure the filters beside lxml and others, on pages of SETS= too (minutes)
	@$(BIN)/python -m tests.bench.engine

bench-quality: setup-bench ## Score the filters by the sets in SETS=, and hold their floors (minutes)
	@$(BIN)/python -m tests.bench.quality

bench-library: setup-tests ## Measure the library with 100,000 notes (minutes)
	@$(BIN)/python -m tests.bench.library

bench-summary: setup-tests ## Put the offline summary beside the first sentences, on articles in PAGES=
	@$(BIN)/python -m tests.bench.summary $(PAGES)

screens: setup-tests ## Take the pictures of docs/screens/ anew, from the extension itself
	@$(BIN)/python -m tools.screens

install: setup ## Register the native host with the browsers of this user
	@$(BIN)/guidang install

uninstall: setup ## Take the native host away again
	@$(BIN)/guidang uninstall

doctor: setup ## Check the chain from browser to disk, piece by piece
	@$(BIN)/guidang doctor

package: setup ## Pack the extension for the stores of both kinds of browsers into dist/, and its source
	@$(BIN)/python -m tools.package

clean: ## Remove all that was made here
	rm -rf .venv node_modules build dist *.egg-info .*_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
