# Everything a developer types. Nothing needs to be installed first but python3, pip, git and make.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
OUT ?= .local/demo
BIN := .venv/bin
DEV := $(BIN)/python -m ab_local
TEST := $(BIN)/python -m ab_local --state .local/test
# Where tests find infrastructure that somebody else runs; `make test` then starts none.
ELSEWHERE := $(filter-out local,$(AB_TEST_INFRA)) $(AB_TEST_STACK) \
	$(foreach name,$(filter AB_TEST_%_URL,$(.VARIABLES)),$($(name)))
STOP_AT_EXIT = trap 'exit 130' INT TERM; trap '$(1) down >&2' EXIT

.PHONY: smoke chaos backup restore help setup up down status logs demo test check bench bench-messaging bench-audio bench-gateway check-audio coverage fmt generate

help: ## Show this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|' 2>/dev/null \
		|| sed -nE 's/^([a-z-]+):.*## (.*)/  make \1 - \2/p' $(MAKEFILE_LIST)

setup: ## Fetch uv, the locked packages and the broker into this folder (others do it by themselves)
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing: sudo apt-get install python3" >&2; exit 1; }
	@PYTHONPATH=deploy/local/src $(PYTHON) -m ab_local.bootstrap

up: setup ## Start the whole stack on loopback and print where everything is; OBSERVE=1 adds Prometheus
	@$(DEV) up $(if $(OBSERVE),--observe)

down: ## Stop the stack; its data stays in .local/dev
	@if [ -f .local/packages.sha256 ]; then $(DEV) down; else echo "Nothing has been set up here."; fi

status: ## Show the health, memory and addresses of the stack
	@if [ -f .local/packages.sha256 ]; then $(DEV) status; else echo "Nothing has been set up here."; exit 3; fi

logs: ## Show the end of the logs; SERVICE=name for one, FOLLOW=1 to go on
	@if [ -f .local/packages.sha256 ]; then $(DEV) logs $(SERVICE) $(if $(FOLLOW),-f); else echo "Nothing has been set up here."; fi

demo: up ## Make your own track, twice and with a change; OUT=folder
	@$(BIN)/ab demo --out "$(OUT)"
	@echo "The stack is still running. Stop it: make down"

test: setup ## Run every test on a stack of its own; ARGS='...' goes to pytest
ifneq ($(strip $(ELSEWHERE)),)
	@$(BIN)/pytest $(ARGS)
else
	@$(call STOP_AT_EXIT,$(TEST)); $(TEST) up --fresh --quiet >&2; \
		AB_TEST_STACK=$(CURDIR)/.local/test/stack.json $(BIN)/pytest $(ARGS)
endif

check: setup ## Lint, types, layers, budgets and stale generated files
	@$(BIN)/python deploy/house/check.py

coverage: ## Run the tests and print which lines they reach
	@$(MAKE) --no-print-directory test \
		ARGS="--cov=libs --cov=services --cov=deploy/local/src --cov-report=term:skip-covered $(ARGS)"

bench: setup ## Measure a stack of its own; one JSON object comes last on standard output
	@PYTHONPATH=tests-e2e $(BIN)/python -m performance

bench-messaging: setup ## Measure confirms, outbox, inbox and a backlog against raw RabbitMQ
	@PYTHONPATH=tests-e2e $(BIN)/python -m performance.messaging

bench-audio: setup ## Measure the sound engine against its baselines; one JSON object comes last
	@PYTHONPATH=tests-e2e $(BIN)/python -m performance.audio $(ARGS)

bench-gateway: setup ## Measure the gateway beside a monolith; one JSON object comes last
	@PYTHONPATH=tests-e2e $(BIN)/python -m performance.gateway $(ARGS)

check-api: setup ## Try a stack of its own by all that openapi.json says; one JSON object comes last
	@PYTHONPATH=tests-e2e $(BIN)/python -m contract $(ARGS)

smoke: setup ## Check a deployment from outside; URL=... TOKEN=... or EMAIL=... PASSWORD=...
	@$(if $(TOKEN),AB_TOKEN="$(TOKEN)") $(if $(EMAIL),AB_EMAIL="$(EMAIL)") $(if $(PASSWORD),AB_PASSWORD="$(PASSWORD)") $(BIN)/ab smoke $(if $(URL),--url "$(URL)")

check-audio: setup ## Hold spoken tracks of every voice against ffmpeg and a recogniser
	@PYTHONPATH=tests-e2e $(BIN)/python -m audio $(ARGS)

fmt: setup ## Format the code and mend what ruff can mend
	@$(BIN)/ruff check --quiet --fix-only . && $(BIN)/ruff format .

generate: setup ## Write the generated files anew
	@$(BIN)/python deploy/house/generated.py --write

chaos: setup ## Break a stack of its own while it works and count losses; SEED=1 N=200
	@PYTHONPATH=tests-e2e $(BIN)/python -m failures.chaos --seed $(or $(SEED),1) --jobs $(or $(N),200)

backup: setup ## Back up the running stack; TO=folder, OBJECTS=1 copies the objects too
	@$(DEV) backup --to "$${TO:?name a new folder: make backup TO=folder}" $(if $(OBJECTS),--objects)

restore: setup ## Make an empty stack of a backup; FROM=folder
	@$(DEV) restore --from "$${FROM:?name a backup: make restore FROM=folder}"
