# `make run` starts everything, `make test` proves it; both make their own environment.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: run demo test lint format lock clean kill shots

run: $(VENV)/installed
	$(BIN)/python app.py

demo: $(VENV)/installed-dev
	$(BIN)/python -m tests.demo

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest -n 2 $(ARGS)

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The locks are made from the *.in files, for every platform and Python that the service runs on.
lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes requirements.in -o requirements.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes requirements-dev.in -o requirements-dev.txt

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name it by make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis

# Kills the service 50 times between receipt and page, on SQLite and on PostgreSQL, and 50 times one of two workers.
kill: $(VENV)/installed-dev
	TRIAGE_TEST_KILLS=50 $(BIN)/python -m pytest -n 2 -s tests/chaos/test_kill.py tests/chaos/test_kill_workers.py

# The README's pictures, from the pages as they are now.
shots: $(VENV)/installed-dev
	$(BIN)/python -m tests.browser.shots
