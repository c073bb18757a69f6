# Two commands do everything on a bare machine with Python 3.11 or newer: `make demo`, `make test`.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.installed

.PHONY: demo test lint bench docs validation clean

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("twinbed needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 demo") if sys.version_info < (3, 11) else None'
	@test -x $(PY) || $(PYTHON) -m venv $(VENV) || { echo "Python cannot make a virtual environment; on Debian: apt-get install python3-venv"; exit 1; }
	@echo "Installing twinbed and what it needs into $(VENV) (about a minute) ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test,lint,nuts]'
	@touch $@

demo: $(STAMP)
	$(VENV)/bin/twinbed demo --out out/demo

test: $(STAMP)
	$(PY) -m pytest -n 2

lint: $(STAMP)
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/lint-imports
	$(VENV)/bin/pyright

validation: $(STAMP)
	$(PY) -m pytest -m slow tests validation

bench: $(STAMP)
	$(PY) -m pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt --target out/bench-peers
	$(PY) benchmarks/glucose_speed.py
	$(PY) benchmarks/twin_accuracy.py

docs: $(STAMP)
	$(VENV)/bin/twinbed list --markdown > docs/components.md

clean:
	rm -rf $(VENV) out
