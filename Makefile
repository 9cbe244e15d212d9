# Two commands do all set-up: `make demo` and `make test`. Everything else builds on them.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
STAMP = $(VENV)/.installed
# Two workers, a file's tests on one of them: each worker starts its own servers.
PYTEST_ARGS ?= -n 2 --dist loadfile
EXTRAS = dev,postgres,hdfs,s3,spark,binlog,dagster

.PHONY: demo test test-models test-superset test-components check bench format docs clean help

help: ## Show what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

demo: $(VENV)/.demo ## Install, simulate a shop, run the real pipeline, show the dashboard
	$(BIN)/mallard demo --dir demo

test: test-components check ## Install what the tests need, then run the suite (all but Superset)
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/pytest -q --durations=15 -m "not superset" $(PYTEST_ARGS)

test-models: $(STAMP) ## The models' unit tests, run by dbt
	$(BIN)/pytest -q tests/warehouse/test_unit_tests.py

test-superset: test-components .components/superset/.installed ## The bundle in a real Apache Superset
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/pytest -q -m superset

# Superset needs older versions of our own libraries, so it lives apart; the pins are those it starts with.
.components/superset/.installed:
	$(PYTHON) -m venv .components/superset
	.components/superset/bin/pip install -q --disable-pip-version-check apache-superset==6.1.0 \
		'flask-caching<2.4' cachetools rich pymysql psycopg2-binary
	@touch $@

test-components: $(STAMP) ## Install the real servers and browsers that the tests start (as root)
	sh tests/components/install.sh

check: $(STAMP) ## Types, style, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: test-components ## Ratios against peers and limits
	for program in bench/*.py; do $(BIN)/python $$program || exit 1; done

format: $(STAMP) ## Bring the code into its one form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## Remove the demo and what tools left
	rm -rf demo .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Mallard needs Python 3.11 or newer; this is $$($(PYTHON) --version). Try: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
		if [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -y -qq python3-venv && $(PYTHON) -m venv $(VENV); \
		else echo "The venv module is missing: sudo apt-get install python3-venv" >&2; exit 1; fi; }

# The demo needs the package alone; the tests need the extras too.
$(VENV)/.demo: $(BIN)/python pyproject.toml constraints.txt
	$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(STAMP): $(BIN)/python pyproject.toml constraints.txt
	$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt -e '.[$(EXTRAS)]'
	@touch $@ $(VENV)/.demo

docs: $(STAMP) ## Make the generated pages of docs/ anew
	$(BIN)/python -m mallard.flow.reference docs
	$(BIN)/python -m mallard.warehouse.docs >docs/metrics.md
