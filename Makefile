# What a person types. Each target first makes .venv what requirements.lock says (deploy/local/environment.py; nothing to do: 0.1 s).
# Works with GNU make 3.81, which is what macOS has.

PYTHON ?=
RUN := .venv/bin/python
FRESH ?=

# The first Python 3.11 to 3.13 among: the one that was named, the environment's own, those on PATH.
python = $(or $(shell for p in $(or $(PYTHON),$(RUN) python3 python3.13 python3.12 python3.11); do \
  "$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1 && echo "$$p" && break; done),\
  $(error No Python 3.11, 3.12 or 3.13 found$(if $(PYTHON), at $(PYTHON), on PATH). Install one, or name it: make PYTHON=/path/to/python3 ...))

.DEFAULT_GOAL := help
.PHONY: help demo up down status recount explain test check bench soak kpis lock clean environment

help: ## Say what each target does
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

demo: environment ## Show the whole product at work on real data; Ctrl-C ends it. FRESH=1 starts from nothing
	@exec $(RUN) -m deploy.local demo $(if $(FRESH),--fresh)

up: environment ## Start the product, empty, in the background; where it is: .local/addresses.json. FRESH=1 forgets what it held
	@exec $(RUN) -m deploy.local up $(if $(FRESH),--fresh)

down: environment ## Stop what `make up` started
	@exec $(RUN) -m deploy.local down

status: environment ## Say what runs, and where
	@exec $(RUN) -m deploy.local status

recount: environment ## Compare every number of what runs here with its events (ARGS="--once-settled")
	@exec $(RUN) -m deploy.local recount $(ARGS)

explain: environment ## Say why a number of what runs here is what it is (ARGS="c-17 won --day 2026-03-02")
	@exec $(RUN) -m deploy.local explain $(ARGS)

test: environment ## Run every test, from unit to browser (ARGS= goes to pytest)
	$(RUN) -m pytest -n 2 --dist loadgroup $(ARGS)

check: environment ## Style, types and import rules, of the page too
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	.venv/bin/lint-imports
	$(RUN) -m deploy.local page check

bench: environment ## Measure throughput, latency and memory against the bars
	$(RUN) -m tests.benchmarks $(ARGS)

soak: environment ## Count a million events while everything breaks, then recount all (ARGS="--events 30000": two minutes)
	$(RUN) -m tests.soak $(ARGS)

kpis: environment ## Print every number: id, unit, title, and the cells that it comes from
	@$(RUN) -m schemas.kpis

# uv, because one lock has to hold for each Python and system; apart from .venv, because nothing else needs it.
# The second lock is what an image needs of the first: the same versions, without what builds, tests and runs locally.
COMPILE := .local/tools/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
  --custom-compile-command "make lock" pyproject.toml
lock: environment ## Resolve pyproject.toml again into the locks (the newest that fits)
	$(RUN) -m venv .local/tools
	.local/tools/bin/pip install --quiet "uv==0.13.9"
	$(COMPILE) --upgrade --all-extras --output-file requirements.lock
	$(COMPILE) --upgrade --constraint requirements.lock --output-file requirements.runtime.lock

clean: ## Stop everything and remove .venv, .local and what was built
	-@[ ! -x $(RUN) ] || $(RUN) -m deploy.local down
	rm -rf .venv .local views_api/dashboard/dist views_api/dashboard/node_modules

environment:
	@$(python) deploy/local/environment.py
