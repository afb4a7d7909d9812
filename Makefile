# make run    the chat window on http://127.0.0.1:7860 (PORT= changes it)
# make test   the whole suite, browser tests included
# make test-frameworks   the retrievers of qa/integrations, in an environment of their own
# make test-fast   unit tests only, in parallel (a minute on two cores)
# make torture   faults at every call and flipped bits, for hours; run it again to go on (HOURS=)
# make fuzz   files made by a coverage-guided fuzzer, for hours; run it again to go on (HOURS=)
# make bench  speed benchmarks, as ratios within one run (an hour; needs the public sets, PINCITE_SHARED)
# make bench-retrieval   the tables of bench/retrieval (needs the public sets, PINCITE_SHARED)
# Each target creates .venv if it is missing and installs locked versions; later runs skip that.

PYTHON ?= python3
PORT ?= 7860
# Not .pincite, where `pincite index` keeps your own articles.
INDEX ?= .pincite-seeds
PINCITE_SHARED ?= ../shared
export PINCITE_SHARED
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test test-fast test-frameworks torture fuzz lint install install-test bench bench-retrieval screenshots clean help

help:
	@sed -n 's/^# \{0,1\}//p' Makefile | head -9

run: install
	@if [ ! -f $(INDEX)/manifest.json ]; then $(BIN)/pincite index seeds --index $(INDEX); fi
	@$(BIN)/pincite chat --index $(INDEX) --port $(PORT)

test: install-test lint
	$(BIN)/python -m pytest

FRAMEWORKS := build/frameworks
test-frameworks: install-test
	$(PYTHON) -m venv $(FRAMEWORKS)
	$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' > \
		$$($(FRAMEWORKS)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/pincite.pth
	$(FRAMEWORKS)/bin/python -m pip install --quiet --no-deps -r requirements-frameworks.lock
	HAYSTACK_TELEMETRY_ENABLED=False $(FRAMEWORKS)/bin/python -m pytest tests/integration/integrations

test-fast: install-test
	$(BIN)/python -m pytest tests/unit -n auto

# The work folder is best on a file system in memory: the faults flush thousands of small files.
HOURS ?= 8
TORTURE ?= build/torture
torture: install-test
	$(BIN)/python -m tests.torture --work $(TORTURE) --hours $(HOURS)

FUZZ ?= build/fuzz
fuzz: install-test
	$(BIN)/python -m pip install --quiet atheris==3.0.0
	$(BIN)/python -m tests.fuzz --work $(FUZZ) --hours $(HOURS)

lint: install-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The pictures in README.md and docs/, from the running chat.
screenshots: install-test
	$(BIN)/python docs/screenshots.py

bench: install-test
	@test -d $(PINCITE_SHARED)/data || { echo "no public sets in $(PINCITE_SHARED)/data; set PINCITE_SHARED"; exit 1; }
	$(BIN)/python -m bench.first_answer
	$(BIN)/python -m bench.answers
	$(BIN)/python -m bench.indexing
	$(BIN)/python -m bench.reading
	$(BIN)/python -m bench.memory
	$(BIN)/python -m bench.server
	$(BIN)/python -m bench.precision --data $(PINCITE_SHARED)/data
	$(BIN)/python -m bench.bulk --data $(PINCITE_SHARED)/data
	$(BIN)/python -m bench.scale --data $(PINCITE_SHARED)/data --work build/scale --clear
	$(BIN)/python -m bench.peers --work build/peers
	$(BIN)/python -m bench.page

bench-retrieval: install
	$(BIN)/python -m bench.retrieval --data $(PINCITE_SHARED)/data

install: $(VENV)/.installed
install-test: $(VENV)/.installed-test

# The last step exports the encoder once, so that the first question need not wait for it.
# torch goes first: with it present, nothing else asks for another build of it. Where pip
# is pointed at a CPU-only build (PIP_FIND_LINKS, PIP_EXTRA_INDEX_URL) that one is taken.
$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Pincite needs Python 3.11 or later; PYTHON=python3.12 make $(MAKECMDGOALS) chooses one." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet "$$(grep '^torch==' requirements.lock)"
	$(BIN)/python -m pip install --quiet -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	$(BIN)/python -c 'from index.embedding.encoder import load_encoder; load_encoder().encode(["ready"])'
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed requirements-test.lock
	$(BIN)/python -m pip install --quiet -r requirements-test.lock
	@touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
