# `make run` does the main job on a fresh machine, `make test` passes the tests.
# `make docs` builds the site into docs/_build/html, tutorials run, warnings are errors.
# Needed: Python >= 3.10, a C++ compiler, make.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
TESTS  ?= tests
WORKERS ?= 2

.PHONY: run test lint docs clean

run: $(VENV)/run.installed
	$(BIN)/lateralnet run --mode ll_fast

test: $(VENV)/test.installed
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup $(TESTS)

lint: $(VENV)/test.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/docs.installed
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -qq --upgrade pip

$(VENV)/run.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install -qq --editable .
	touch $@

$(VENV)/test.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install -qq --editable ".[dev]"
	touch $@ $(VENV)/run.installed

$(VENV)/docs.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install -qq --editable ".[docs]"
	touch $@ $(VENV)/run.installed

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache \
		docs/_build docs/gallery docs/reference/generated
