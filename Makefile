# Each target sets up what it needs: a virtual environment in .venv with the versions of requirements.lock.

PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$python; break; }; done)
BIN := .venv/bin
READY := .venv/.ready
REQUEST ?= reports/example.yml

.PHONY: report test check lab example lock clean

report: $(READY)
	@$(BIN)/lowback report $(REQUEST)

test: $(READY)
	@$(BIN)/python -m pytest -n auto --dist loadfile

check: $(READY)
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy

lab: $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-lab.lock
	@$(BIN)/jupyter lab notebooks

example: $(READY)
	@$(BIN)/lowback simulate --scenario literature --participants 160 --seed 1 --out data/example

lock:
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --quiet --output-file requirements.lock
	uv pip compile pyproject.toml --extra lab --constraint requirements.lock --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-annotate --no-header --quiet --output-file requirements-lab.lock

clean:
	rm -rf .venv

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "lowback needs Python 3.11 or newer; set PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Setting up .venv (about a minute, once) ..."
	@$(PYTHON) -m venv .venv || { echo "$(PYTHON) has no venv module; on Debian: apt install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $(READY)
