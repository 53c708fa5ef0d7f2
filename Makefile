# Two commands for people: `make demo` and `make test`. `make help` lists the others.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup install chromium demo test test-services lint bench chaos messages lock clean

PORT ?= 8000
WORKERS ?= 2
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
# A copy of the lock that was installed last: equal means that there is nothing to do.
STAMP := $(VENV)/installed.lock
COMPILE := $(PY) -m uv pip compile --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --quiet

help:
	@echo "make demo       set up, load the demo city and serve it at http://127.0.0.1:$(PORT)/ (PORT=8080 for another port)"
	@echo "make test       set up and run every test, on SQLite and in a browser"
	@echo "make test-services  run what depends on the database again, on a real PostgreSQL and Redis"
	@echo "make lint       style, types, import direction, templates, migrations, catalogues"
	@echo "make setup      create $(VENV) and install from requirements.lock"
	@echo "make bench      measure; prints figures as JSON"
	@echo "make chaos      20,000 messages through servers that are killed; nothing may be lost"
	@echo "make messages   bring the message catalogues in step with the source and compile them"
	@echo "make lock       renew the locks from pyproject.toml"
	@echo "make clean      remove $(VENV) and caches; data in var/ stays"

setup:
	@if ! [ -x $(PY) ] || ! cmp -s requirements.lock $(STAMP); then $(MAKE) --no-print-directory install; fi

install:
	@if ! [ -x $(PY) ]; then \
	    found=''; \
	    for candidate in "$(PYTHON)" python3 python3.14 python3.13 python3.12 python3.11; do \
	        if command -v "$$candidate" >/dev/null 2>&1 \
	            && "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	            found="$$candidate"; break; \
	        fi; \
	    done; \
	    if [ -z "$$found" ]; then \
	        echo "Gongzhi needs Python 3.11 or newer. Found: $$(python3 --version 2>/dev/null || echo none)."; \
	        echo "Install one, or name it: make setup PYTHON=/path/to/python3.12"; \
	        exit 1; \
	    fi; \
	    if ! "$$found" -c 'import venv, ensurepip' 2>/dev/null; then \
	        echo "$$found cannot create virtual environments (venv or ensurepip is missing)."; \
	        echo "On Debian and Ubuntu: apt-get install python3-venv"; \
	        exit 1; \
	    fi; \
	    echo "Creating $(VENV) with $$("$$found" --version) ..."; \
	    "$$found" -m venv $(VENV); \
	fi
	@echo "Installing $$(grep -c '^[a-z].*==' requirements.lock) packages from requirements.lock (about a minute the first time) ..."
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip >/dev/null
	@$(PY) -m pip install -qq --disable-pip-version-check --no-input --progress-bar off --no-deps --require-hashes \
	    -r requirements.lock
	@cp requirements.lock $(STAMP)
	@echo "Installed."

# Browser tests need Chromium. It is installed where that is permitted, else those tests are skipped and say so.
chromium:
	@if [ -n "$$CHROMIUM" ] || command -v chromium >/dev/null || command -v chromium-browser >/dev/null \
	    || command -v google-chrome >/dev/null; then \
	    :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing Chromium for the browser tests ..."; \
	    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk; } >/dev/null \
	        || echo "Chromium could not be installed: the browser tests will be skipped."; \
	else \
	    echo "Chromium is not installed: the browser tests will be skipped. Install it, or set CHROMIUM to its path."; \
	fi

demo: setup
	@echo "Preparing the database ..."
	@$(PY) manage.py migrate --noinput --verbosity 0
	@exec $(PY) manage.py demo --port $(PORT)

# In the order of the files: a process that has met the browser can do no other tests (see tests/conftest.py).
test: setup chromium
	$(PY) -m pytest -n $(WORKERS) --ignore=tests/bench $(ARGS)

test-services: setup
	$(PY) -m pytest -n $(WORKERS) --dist worksteal --ignore=tests/bench -p tests.services --services -m both $(ARGS)

lint: setup
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports
	$(PY) -m djlint templates --lint --quiet
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) manage.py messages --check

bench: setup
	@$(PY) -m pip install -qq --disable-pip-version-check --no-input --progress-bar off --no-deps --require-hashes \
	    -r requirements-bench.lock
	BENCH_LISTENERS=100,500,2000 BENCH_SECONDS=5 $(PY) -m pytest tests/bench
	BENCH_CHAOS=100000 BENCH_CONNECTIONS=5000 BENCH_HELD_SECONDS=300 BENCH_SECONDS=5 \
	    $(PY) -m pytest -p tests.services --services -m both tests/bench/realtime

# Apart from the tests: it takes minutes.
chaos: setup
	BENCH_CHAOS=20000 $(PY) -m pytest -p tests.services --services tests/bench/realtime/test_chaos.py

messages: setup
	$(PY) manage.py messages

lock: setup
	$(COMPILE) pyproject.toml --all-extras --group dev --output-file requirements.lock
	$(COMPILE) --group peers --constraint requirements.lock --output-file requirements-bench.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
