# make demo and make test are all a newcomer needs: each sets up what it stands on.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup demo up test check bench chaos format lock clean

VENV := .venv/bin
TESTS ?= tests
WORKERS ?= auto

help: ## say what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: ## the virtual environment, the locked dependencies and ffmpeg
	@infra/setup python ffmpeg

demo: setup ## make footage of two cameras, dock it, show the result; DOCK=/path takes your own files
	@$(VENV)/zhilu demo $(if $(DOCK),--dock "$(DOCK)") $(if $(STAY),--stay)

up: setup ## run Zhilu on this machine: watches ./var/dock, serves the page on loopback
	@$(VENV)/zhilu up

test: setup ## all tests; says what was left out for want of an engine
	@$(VENV)/python -m pytest -q -n $(WORKERS) --dist loadfile $(TESTS)

check: setup ## format, lint, types, import contracts
	$(VENV)/ruff format --check .
	$(VENV)/ruff check .
	$(VENV)/mypy
	$(VENV)/lint-imports --no-cache

bench: setup ## the figures Zhilu is measured by, each a ratio within one run
	@$(VENV)/python infra/bench/run.py $(BENCH)

chaos: setup ## break everything at random and judge what is left; N=20 faults, SEED=1, CHAOS=--keep
	@$(VENV)/python -m infra.chaos.run --faults $(or $(N),20) --seed $(or $(SEED),1) $(CHAOS)

format: setup ## put the code into its form
	$(VENV)/ruff format .
	$(VENV)/ruff check --fix .

lock: ## lock the dependencies again, by version and hash (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--no-annotate --quiet pyproject.toml --extra dev -o infra/requirements/development.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--no-annotate --quiet pyproject.toml -c infra/requirements/development.txt -o infra/requirements/production.txt

clean: ## remove what was set up and measured; ./var with its evidence stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage htmlcov
