# The commands of this project; each is one line that a person could type. `.ci/run` calls the same.
.DEFAULT_GOAL := help
.PHONY: help setup demo labextension test unit e2e browser fuzz lint bench accept-edit accept-chat accept-clients accept-faults accept-presence accept-record accept-sharing faults soak docs clean

PYTHON := .venv/bin/python
ARGS ?=
DEPTH ?= 500
FAULTS ?= 200
SEED ?= 1597
# Most tests wait for servers: two at once take little more than half the time. A file's tests share what they start.
PARALLEL ?= -n auto --maxprocesses 3 --dist loadfile

help: ## Say what can be made.
	@awk -F ':.*## ' '/^[a-z][a-z0-9-]*:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Install what is missing on Debian 12; a second run installs nothing.
	@scripts/setup.sh

demo: setup ## Start a hub for three people; ARGS=--check plays the story without a browser.
	@$(PYTHON) -m demo $(ARGS)

labextension: setup ## Build what runs in the browser, and give it to the labs started from here.

test: setup lint ## Everything that every commit must pass.
	cd labextension && npm run --silent test
	$(PYTHON) -m pytest -m "not accept and (not browser or e2e)" $(PARALLEL) $(ARGS)

unit: ## The tests without a server: run them on every save.
	cd labextension && npm run --silent test
	$(PYTHON) -m pytest -m "not e2e and not browser and not accept" $(PARALLEL) $(ARGS)

e2e: setup ## The tests against real servers.
	$(PYTHON) -m pytest -m "e2e and not browser and not accept" $(PARALLEL) $(ARGS)

browser: setup ## The panel in Chromium, with a scripted server; ARGS=--take-pictures renews the screenshots.
	$(PYTHON) -m pytest tests/browser -m "browser and not e2e and not accept" $(ARGS)

fuzz: setup ## A million spoilt inputs for each parser, and invented plays of losses; DEPTH=500 is how far.
	XMPP_BRIDGE_FUZZ_DEPTH=$(DEPTH) $(PYTHON) -m pytest tests/test_parsers.py tests/documents/test_convergence.py --timeout 7200 $(ARGS)

lint: ## Style, types and the direction of imports.
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m mypy
	.venv/bin/lint-imports
	cd labextension && npm run --silent lint

bench: setup ## What we claim, measured side by side; fails when we fall short. ARGS=search is one part.
	$(PYTHON) -m benchmarks $(ARGS)

accept-edit: setup ## Every requirement of shared editing, one line and one figure each.
	$(PYTHON) scripts/accept_edit.py $(ARGS)

accept-chat: setup ## Every requirement of a room's chat, one line and one figure each.
	$(PYTHON) scripts/accept_chat.py $(ARGS)

accept-clients: setup ## Every requirement of other XMPP clients, one line and one figure each.
	scripts/setup_clients.sh
	$(PYTHON) scripts/accept_clients.py $(ARGS)

accept-presence: setup ## Every requirement of who is here, one line and one figure each.
	$(PYTHON) scripts/accept_presence.py $(ARGS)

accept-faults: setup ## Everything that can go wrong, one line and one figure each.
	$(PYTHON) scripts/accept_faults.py $(ARGS)

accept-record: setup ## Every requirement of the record of who said and changed what, one line and one figure each.
	$(PYTHON) scripts/accept_record.py $(ARGS)

accept-sharing: setup ## Every requirement of sharing, one line and one figure each.
	$(PYTHON) scripts/accept_sharing.py $(ARGS)

faults: setup ## Kill, cut, damage and restore, against real servers.
	$(PYTHON) -m pytest -m "not accept" tests/faults $(PARALLEL) $(ARGS)

soak: setup ## Random faults while three people type: FAULTS=200 SEED=1597.
	XMPP_BRIDGE_FAULTS=$(FAULTS) XMPP_BRIDGE_SEED=$(SEED) $(PYTHON) -m pytest tests/faults/test_random_faults.py $(ARGS)

docs: ## Check that the documentation is true: links, settings, metrics, decisions.
	$(PYTHON) -m pytest tests/test_docs.py $(ARGS)

clean: ## Remove what was made here: environments, the demo's data, caches.
	rm -rf .venv .venv-hub55 .venv-tools .venv-clients .clients node_modules labextension/node_modules labextension/lib xmpp_bridge/labextension .demo build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -prune -exec rm -rf {} +
