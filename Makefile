# Each target is a few lines; `make review` and `make test` are all that a newcomer needs.
# WHEELS=folder installs from a folder of wheels instead of the package index.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps $(if $(WHEELS),--no-index --find-links $(WHEELS))
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-annotate --no-header pyproject.toml --group build

.PHONY: review serve test check lint bench docs lock clean
.DEFAULT_GOAL := review

# --- use ---------------------------------------------------------------------------------------------------------

review: .venv/core  ## review the example change, or REPO=path [RANGE=main..topic]
ifdef REPO
	@$(BIN)/coderev review --repo $(REPO) $(RANGE)
else
	@rm -rf build/clinic && git clone --quiet --branch topic examples/clinic.bundle build/clinic
	@$(BIN)/coderev review --repo build/clinic origin/main..origin/topic \
		|| [ $$? -eq 1 ] && echo 'this example fails its review on purpose; your turn: make review REPO=path RANGE=main..topic'
endif

serve: .venv/server  ## the service with its pages, the example's review on them; CONFIG=folder for yours
	@$(BIN)/coderev serve $(if $(CONFIG),--config $(CONFIG))

# --- develop -----------------------------------------------------------------------------------------------------

test: .venv/dev  ## all tests, with the reasons of those that were skipped
	$(BIN)/pytest -n auto --dist loadfile

check: lint test  ## all that CI runs, and the linters

lint: .venv/dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/typos

bench: .venv/dev  ## what we claim to be fast, measured here
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.taint.judging python open
	$(BIN)/python -m benchmarks.taint.judging javascript open

docs: .venv/dev  ## write the pages that are made from the code; tests hold them to it
	$(BIN)/python -m docs.generate

lock: .venv/dev  ## resolve the dependencies anew
	$(LOCK) --upgrade -o requirements.lock
	$(LOCK) --upgrade --all-extras --group dev -o requirements-dev.lock
	$(LOCK) --extra server --constraint requirements-dev.lock -o requirements-server.lock

clean:
	rm -rf .venv build

# --- the virtual environment -------------------------------------------------------------------------------------

.venv/core: requirements.lock pyproject.toml
	@echo 'preparing .venv, once' >&2
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-build-isolation --no-index --editable .
	@touch $@

.venv/server: requirements-server.lock .venv/core
	@echo 'adding what the service needs, once' >&2
	@$(PIP) --require-hashes -r requirements-server.lock
	@touch $@

.venv/dev: requirements-dev.lock .venv/core
	@echo 'adding what the tests need, once' >&2
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@
