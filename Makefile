# Every target does the set-up that it needs itself. `make` prints them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
NPM ?= npm
VENV := .venv
BIN := $(VENV)/bin
PIP := -m pip install --quiet --disable-pip-version-check --no-input --require-hashes
PIP_LOCK := cli/pip-requirements.txt
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock"

.PHONY: help
help: ## Print these targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do printf '  %-25s %s\n' "$$name" "$$text"; done

.PHONY: setup
setup: $(VENV)/.test .venv-emulator/.ready .venv-sbom/.ready tests/npm/node_modules/.ready ## Make the virtual environments (every other target does what it needs of this)

.PHONY: run
run: $(VENV)/.run .venv-emulator/.ready ## Start the dev server on 127.0.0.1:8080 (no account, no token, no Docker)
	@exec $(BIN)/telemetry serve

.PHONY: run-gcp
run-gcp: $(VENV)/.gcp ## The same on Google's side: functions-framework serves the functions of Google Cloud against fakes
	@exec $(BIN)/telemetry serve-gcp

.PHONY: report
report: $(VENV)/.run ## How the teams deliver, from the records of this machine's store (SOURCE=telemetry-demo, OWNER/REPO, s3://…: of another)
	@$(BIN)/telemetry report $(SOURCE) $(REPORT)

.PHONY: demo
demo: $(VENV)/.run .venv-emulator/.ready ## Six weeks of a team's life, sent to a server of its own, and the report of them
	@exec $(BIN)/telemetry demo $(DEMO)

.PHONY: test
test: setup ## Run every test, with coverage
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest --numprocesses 2 --dist loadfile $(PYTEST)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report
	@$(BIN)/coverage report --include='core/*' --fail-under=95 >/dev/null || { echo 'branch coverage of core is under 95 %'; exit 1; }

.PHONY: test-faketime
test-faketime: setup ## Run unit and contract tests by a clock that is 400 and 30 days ahead, in other time zones
	@PYTEST='$(PYTEST)' tests/faketime/run

.PHONY: bench
bench: setup ## Measure what is promised about speed (BENCH="cold_start …" only these; WRITE=--write records it)
	@$(BIN)/python -m benchmarks $(BENCH) $(WRITE)

.PHONY: chaos
chaos: setup ## Faults between all parts, odd lists, skewed clocks, kills, two days of outage, two servers: what is lost is explained (SEED=4 only that; DELIVERIES=5000)
	@$(BIN)/python -m tests.chaos $(foreach seed,$(SEED),--seed $(seed)) $(if $(DELIVERIES),--deliveries $(DELIVERIES))

.PHONY: check
check: $(VENV)/.test ## Format, lint, types, import contracts, generated docs
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m docs.generate --check

.PHONY: check-terraform
check-terraform: .venv-checkov/.ready ## Analyze the Terraform modules with checkov; what is skipped says why
	@.venv-checkov/bin/checkov --directory terraform --framework terraform --quiet --compact --skip-download

.PHONY: package-aws
package-aws: $(VENV)/.run ## Build the functions' zips in build/aws/ (ARCHITECTURE=x86_64; arm64 by default)
	@$(BIN)/telemetry package aws $(if $(ARCHITECTURE),--architecture $(ARCHITECTURE))

.PHONY: plan-aws
plan-aws: $(VENV)/.run ## Show what `make deploy-aws` would change
	@$(BIN)/telemetry plan aws $(if $(ARCHITECTURE),--architecture $(ARCHITECTURE))

.PHONY: deploy-aws
deploy-aws: $(VENV)/.run ## Deploy to AWS (ENVIRONMENT_ID=production by default), and print the webhook's URL
	@$(BIN)/telemetry deploy aws $(if $(ARCHITECTURE),--architecture $(ARCHITECTURE))

.PHONY: secrets-aws
secrets-aws: $(VENV)/.run ## Put the three secrets, from .env or asked for (ROTATE=1: new ones; the old webhook secret stays valid)
	@$(BIN)/telemetry secrets aws $(if $(ROTATE),--rotate)

.PHONY: destroy-aws
destroy-aws: $(VENV)/.run ## Take the deployment away; the data repository stays (YES=1: without asking)
	@$(BIN)/telemetry destroy aws $(if $(YES),--yes)

.PHONY: smoke-aws
smoke-aws: $(VENV)/.run ## Send a signed event to the deployed webhook, and read its record back
	@$(BIN)/telemetry smoke aws

.PHONY: logs-aws
logs-aws: $(VENV)/.run ## Print what the functions wrote in the last hour (LOGS="--follow", "--function worker --minutes 5")
	@$(BIN)/telemetry logs aws $(LOGS)

.PHONY: state-aws
state-aws: $(VENV)/.run ## Make the bucket of Terraform's state (STATE_BUCKET=its name)
	@$(BIN)/telemetry state aws

.PHONY: replay-dead-letters-aws
replay-dead-letters-aws: $(VENV)/.run ## Put the dead letters back into the queue, once what killed them is mended
	@$(BIN)/telemetry replay-dead-letters aws

.PHONY: package-gcp
package-gcp: $(VENV)/.run ## Build the functions' archives in build/gcp/
	@$(BIN)/telemetry package gcp

.PHONY: plan-gcp
plan-gcp: $(VENV)/.gcp ## Show what `make deploy-gcp` would change
	@$(BIN)/telemetry plan gcp

.PHONY: deploy-gcp
deploy-gcp: $(VENV)/.gcp ## Deploy to Google Cloud (GOOGLE_CLOUD_PROJECT, GOOGLE_CLOUD_REGION), and print the webhook's URL
	@$(BIN)/telemetry deploy gcp

.PHONY: secrets-gcp
secrets-gcp: $(VENV)/.gcp ## As secrets-aws, for Google Cloud
	@$(BIN)/telemetry secrets gcp $(if $(ROTATE),--rotate)

.PHONY: destroy-gcp
destroy-gcp: $(VENV)/.gcp ## As destroy-aws, for Google Cloud
	@$(BIN)/telemetry destroy gcp $(if $(YES),--yes)

.PHONY: smoke-gcp
smoke-gcp: $(VENV)/.gcp ## As smoke-aws, for Google Cloud
	@$(BIN)/telemetry smoke gcp

.PHONY: logs-gcp
logs-gcp: $(VENV)/.gcp ## As logs-aws, for Google Cloud
	@$(BIN)/telemetry logs gcp $(LOGS)

.PHONY: state-gcp
state-gcp: $(VENV)/.gcp ## As state-aws, for Google Cloud
	@$(BIN)/telemetry state gcp

.PHONY: replay-dead-letters-gcp
replay-dead-letters-gcp: $(VENV)/.gcp ## As replay-dead-letters-aws, for Google Cloud
	@$(BIN)/telemetry replay-dead-letters gcp

.PHONY: package-local
package-local: $(VENV)/.run ## Build the functions' zips for the emulator, in build/local/
	@$(BIN)/telemetry package local

.PHONY: plan-local
plan-local: $(VENV)/.run .venv-emulator/.ready ## Show what `make deploy-local` would change
	@$(BIN)/telemetry plan local

.PHONY: deploy-local
deploy-local: $(VENV)/.run .venv-emulator/.ready ## Apply the same Terraform to an emulator of AWS under strict IAM
	@$(BIN)/telemetry deploy local

.PHONY: secrets-local
secrets-local: $(VENV)/.run ## As secrets-aws, for the emulator
	@$(BIN)/telemetry secrets local $(if $(ROTATE),--rotate)

.PHONY: smoke-local
smoke-local: $(VENV)/.run ## As smoke-aws, for the emulator
	@$(BIN)/telemetry smoke local

.PHONY: logs-local
logs-local: $(VENV)/.run ## As logs-aws, for the emulator
	@$(BIN)/telemetry logs local $(LOGS)

.PHONY: state-local
state-local: $(VENV)/.run ## Nothing to do: the state of the emulator's deployments stays on this machine
	@$(BIN)/telemetry state local

.PHONY: replay-dead-letters-local
replay-dead-letters-local: $(VENV)/.run ## As replay-dead-letters-aws, for the emulator
	@$(BIN)/telemetry replay-dead-letters local

.PHONY: destroy-local
destroy-local: $(VENV)/.run .venv-emulator/.ready ## Take it away, and with the last environment the emulator
	@$(BIN)/telemetry destroy local

.PHONY: release
release: $(VENV)/.run .venv-sbom/.ready ## Build what a release holds, in build/release/ (VERSION=…)
	@$(BIN)/python -m docs.release "$(VERSION)"

.PHONY: format
format: $(VENV)/.test ## Format the code, and mend what ruff can mend
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix .

.PHONY: docs
docs: $(VENV)/.test ## Write the generated parts of the documents and .env.example anew
	@$(BIN)/python -m docs.generate

.PHONY: lock
lock: $(VENV)/.pip ## Lock the dependencies anew, by hash (UPGRADE=--upgrade: to their newest versions)
	@$(BIN)/python $(PIP) --no-deps -r tests/uv-requirements.txt
	@$(BIN)/$(LOCK) $(UPGRADE) cli/pip-requirements.in -o $(PIP_LOCK)
	@$(BIN)/$(LOCK) $(UPGRADE) docs/sbom-requirements.in -o docs/sbom-requirements.txt
	@$(BIN)/$(LOCK) $(UPGRADE) cli/build-requirements.in -o cli/build-requirements.txt
	@$(BIN)/$(LOCK) $(UPGRADE) --extra local --extra warehouse pyproject.toml -o cli/requirements.txt
	@$(BIN)/$(LOCK) $(UPGRADE) --extra local --extra warehouse --extra gcp --extra dev pyproject.toml -o tests/requirements.txt
	@$(BIN)/$(LOCK) $(UPGRADE) --extra local --extra warehouse --extra gcp pyproject.toml -o cli/gcp-requirements.txt
	@$(BIN)/$(LOCK) $(UPGRADE) runtimes/local/emulator-requirements.in -o runtimes/local/emulator-requirements.txt
	@$(BIN)/$(LOCK) $(UPGRADE) tests/checkov-requirements.in -o tests/checkov-requirements.txt
	@$(BIN)/$(LOCK) $(UPGRADE) runtimes/aws/worker-requirements.in -o runtimes/aws/worker-requirements.txt
	@$(BIN)/$(LOCK) $(UPGRADE) runtimes/gcp/webhook-requirements.in -o runtimes/gcp/webhook-requirements.txt
	@$(BIN)/$(LOCK) $(UPGRADE) runtimes/gcp/worker-requirements.in -o runtimes/gcp/worker-requirements.txt

.PHONY: clean
clean: ## Remove what was installed and built (not telemetry-data, not .env, not .telemetry)
	@rm -rf $(VENV) .venv-emulator .venv-checkov .venv-sbom build tests/npm/node_modules .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 …")'
	@echo 'setting up $(VENV)'
	@$(PYTHON) -m venv --clear $(VENV)

# The pip that Python brings can be years old: the locked one is installed first, in every virtual environment.
$(VENV)/.pip: $(PIP_LOCK) | $(VENV)/bin/python
	@$(BIN)/python $(PIP) -r $(PIP_LOCK)
	@touch $@

$(VENV)/.run: cli/requirements.txt cli/build-requirements.txt pyproject.toml $(VENV)/.pip
	@echo 'installing the locked dependencies'
	@$(BIN)/python $(PIP) -r cli/build-requirements.txt
	@$(BIN)/python $(PIP) --no-build-isolation --use-pep517 -r cli/requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.gcp: cli/gcp-requirements.txt $(VENV)/.run
	@echo "installing Google's locked dependencies"
	@$(BIN)/python $(PIP) --no-build-isolation --use-pep517 -r $<
	@touch $@

$(VENV)/.test: tests/requirements.txt $(VENV)/.run
	@echo 'installing the locked test dependencies'
	@$(BIN)/python $(PIP) --no-build-isolation --use-pep517 -r tests/requirements.txt
	@touch $@

.venv-emulator/.ready: runtimes/local/emulator-requirements.txt $(PIP_LOCK)
	@echo 'setting up .venv-emulator (MiniStack, an emulator of AWS)'
	@$(PYTHON) -m venv --clear .venv-emulator
	@.venv-emulator/bin/python $(PIP) -r $(PIP_LOCK)
	@.venv-emulator/bin/python $(PIP) -r $<
	@touch $@

.venv-checkov/.ready: tests/checkov-requirements.txt $(PIP_LOCK)
	@echo 'setting up .venv-checkov'
	@$(PYTHON) -m venv --clear .venv-checkov
	@.venv-checkov/bin/python $(PIP) -r $(PIP_LOCK)
	@.venv-checkov/bin/python $(PIP) -r $<
	@touch $@

.venv-sbom/.ready: docs/sbom-requirements.txt $(PIP_LOCK)
	@echo 'setting up .venv-sbom (cyclonedx-bom, which writes the SBOMs of a release)'
	@$(PYTHON) -m venv --clear .venv-sbom
	@.venv-sbom/bin/python $(PIP) -r $(PIP_LOCK)
	@.venv-sbom/bin/python $(PIP) -r $<
	@touch $@

# GitHub's OpenAPI and example payloads. Optional on a laptop: without npm the tests that need them skip, and say so.
tests/npm/node_modules/.ready: tests/npm/package-lock.json
	@if command -v $(NPM) >/dev/null; then \
	  echo "fetching GitHub's OpenAPI and example payloads"; \
	  cd tests/npm && $(NPM) ci --silent --ignore-scripts --no-audit --no-fund && touch node_modules/.ready; \
	else echo 'npm is not there: tests against GitHub'"'"'s OpenAPI and examples will skip (install Node.js 20)'; fi
