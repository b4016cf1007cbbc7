# Every target installs what it needs. `make` prints all targets.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
NPM ?= npm
VENV := .venv
BIN := $(VENV)/bin
unexport MAKEFLAGS MFLAGS # `.ci/run` passes --jobs: nothing that a test starts may see that
unexport PYTHONDONTWRITEBYTECODE # without byte code each worker of pytest rewrites 11 seconds of assertions in every target
PIP := -m pip install --quiet --disable-pip-version-check --no-input --require-hashes
PIP_LOCK := cli/pip-requirements.txt
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock"

.PHONY: help
help: ## Print the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do printf '  %-25s %s\n' "$$name" "$$text"; done

.PHONY: setup
setup: $(VENV)/.test .venv-emulator/.ready .venv-sbom/.ready tests/npm/node_modules/.ready ## Create the virtual environments (every other target creates what it needs)

.PHONY: install
install: $(VENV)/.run ## Install the command .venv/bin/telemetry with its locked dependencies, and nothing for tests
	@echo 'ready: $(BIN)/telemetry try OWNER/REPO reports on a repository, $(BIN)/telemetry --help lists all commands'

.PHONY: run
run: $(VENV)/.run .venv-emulator/.ready ## Start the dev server on 127.0.0.1:8080 (no account, no token, no Docker)
	@exec $(BIN)/telemetry serve --queue localstack

.PHONY: run-gcp
run-gcp: $(VENV)/.gcp ## Serve the Google Cloud functions with functions-framework against fakes
	@exec $(BIN)/telemetry serve-gcp

.PHONY: report
report: $(VENV)/.run ## Print the report of the local store (SOURCE=telemetry-demo, OWNER/REPO, s3://…: of another store)
	@$(BIN)/telemetry report $(SOURCE) $(REPORT)

.PHONY: demo
demo: $(VENV)/.run ## Generate six weeks of sample activity, process it and print the report
	@exec $(BIN)/telemetry demo $(DEMO)

# The folder of a test decides which target runs it; tests/unit/repository/test_targets.py checks that each test has exactly one.
TEST := tests/unit tests/integration tests/contract tests/security/inputs tests/e2e/smoke
TEST_CLOUDS := tests/terraform tests/emulator tests/e2e/pipeline tests/e2e/commands tests/security/servers tests/chaos
TEST_BROWSER := tests/e2e/browser tests/security/browser
TEST_PACKAGE := tests/e2e/package
TEST_ENGINES := tests/engines
RUN_PYTEST := -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder --durations 10

.PHONY: test
test: setup ## Run unit, integration and contract tests and one smoke test per runtime, with coverage
	@$(BIN)/coverage erase
	@$(BIN)/coverage run $(RUN_PYTEST) $(TEST) $(PYTEST)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report
	@$(BIN)/coverage report --include='core/*' --fail-under=95 >/dev/null || { echo 'branch coverage of core is under 95 %'; exit 1; }
	@$(BIN)/coverage report --include='warehouse/*' --fail-under=90 >/dev/null || { echo 'branch coverage of warehouse is under 90 %'; exit 1; }

.PHONY: test-clouds
test-clouds: setup .venv-moto/.ready ## Run Terraform, the emulators and the whole pipeline, also under attack and with injected faults
	@$(BIN)/python $(RUN_PYTEST) $(TEST_CLOUDS) $(PYTEST)

.PHONY: test-browser
test-browser: setup ## Run the tests in headless Chromium: the dashboard, and attacks from a web page
	@$(BIN)/python $(RUN_PYTEST) $(TEST_BROWSER) $(PYTEST)

.PHONY: test-package
test-package: setup ## Test what is released, as installed: the wheel, the functions' archives, the SBOMs, the report's workflow
	@$(BIN)/python $(RUN_PYTEST) $(TEST_PACKAGE) $(PYTEST)

.PHONY: test-engines
test-engines: .venv-engines/.ready ## Run the models with ZetaSQL (BigQuery's SQL) and with Spark, which needs Java, and compare their rows with DuckDB's
	@.venv-engines/bin/python $(RUN_PYTEST) $(TEST_ENGINES) $(PYTEST)

.PHONY: test-faketime
test-faketime: setup ## Run unit and contract tests with the clock 400 and 30 days ahead, in other time zones
	@PYTEST='$(PYTEST)' tests/faketime/run

.PHONY: bench
bench: setup ## Run the benchmarks (BENCH="cold_start …": only these; WRITE=--write: record the results)
	@$(BIN)/python -m benchmarks $(BENCH) $(WRITE)

.PHONY: chaos
chaos: setup ## Run the chaos test and account for every lost event (SEED=4: only that seed; DELIVERIES=5000)
	@$(BIN)/python -m tests.chaos $(foreach seed,$(SEED),--seed $(seed)) $(if $(DELIVERIES),--deliveries $(DELIVERIES))

.PHONY: check
check: $(VENV)/.test ## Check format, lint, types, import contracts and generated docs
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m docs.generate --check

.PHONY: check-terraform
check-terraform: .venv-checkov/.ready ## Analyze the Terraform modules with checkov; each skipped check states its reason
	@.venv-checkov/bin/checkov --directory terraform --framework terraform --quiet --compact --skip-download

.PHONY: check-contributing
check-contributing: setup ## Add the examples of docs/CONTRIBUTING.md to a clone, and run its checks, unit and contract tests
	@.ci/contributing

.PHONY: check-facts
check-facts: setup ## Revert the fix for each fact about the clouds in a clone, and expect a red test (FACTS="aws-recursion …")
	@$(BIN)/python -m tests.cloud_facts $(FACTS)

.PHONY: follow-deploy
follow-deploy: ## Follow docs/DEPLOY.md in a fresh clone with an empty HOME, on the emulator; print each command
	@.ci/follow-deploy

# A cloud target `COMMAND-CLOUD` runs `telemetry COMMAND CLOUD`. Its own line below names what it needs and what it is for.
AWS_TARGETS := policies-aws package-aws plan-aws deploy-aws secrets-aws destroy-aws smoke-aws logs-aws state-aws replay-dead-letters-aws acceptance-aws
GCP_TARGETS := package-gcp plan-gcp deploy-gcp secrets-gcp destroy-gcp smoke-gcp logs-gcp state-gcp replay-dead-letters-gcp acceptance-gcp
LOCAL_TARGETS := package-local plan-local deploy-local secrets-local smoke-local logs-local state-local replay-dead-letters-local destroy-local

.PHONY: $(AWS_TARGETS) $(GCP_TARGETS) $(LOCAL_TARGETS)
$(AWS_TARGETS): %-aws:
	@$(BIN)/telemetry $* aws $(options)
$(GCP_TARGETS): %-gcp:
	@$(BIN)/telemetry $* gcp $(options)
$(LOCAL_TARGETS): %-local:
	@$(BIN)/telemetry $* local $(options)

$(AWS_TARGETS) $(GCP_TARGETS) $(LOCAL_TARGETS): options =
$(AWS_TARGETS) $(GCP_TARGETS) $(LOCAL_TARGETS): architecture =
package-aws: options = $(architecture)
plan-aws plan-gcp plan-local: options = $(architecture) $(if $(PLAN),--out $(PLAN))
deploy-aws deploy-gcp deploy-local: options = $(architecture) $(if $(PLAN),--plan $(PLAN)) $(if $(YES),--yes)
package-aws plan-aws deploy-aws: architecture = $(if $(ARCHITECTURE),--architecture $(ARCHITECTURE))
secrets-aws secrets-gcp secrets-local: options = $(if $(ROTATE),--rotate)
destroy-aws destroy-gcp: options = $(if $(YES),--yes)
logs-aws logs-gcp logs-local: options = $(LOGS)
acceptance-aws acceptance-gcp: options = $(if $(DESTROY),--destroy) $(if $(YES),--yes)

policies-aws: $(VENV)/.run ## Write the IAM policies of the deployer, and the boundary of all roles, to build/aws/policies/
package-aws: $(VENV)/.run ## Build the functions' zips in build/aws/ (ARCHITECTURE=x86_64; arm64 by default)
plan-aws: $(VENV)/.run ## Show what `make deploy-aws` would change (PLAN=FOLDER saves the plan)
deploy-aws: $(VENV)/.run ## Show a plan, ask, deploy it to AWS (ENVIRONMENT_ID=production by default), and print the webhook's URL (YES=1: do not ask; PLAN=FOLDER: a saved plan)
secrets-aws: $(VENV)/.run ## Set the secrets from .env, prompting for missing ones (ROTATE=1 rotates them; the old webhook secret stays valid)
destroy-aws: $(VENV)/.run ## Destroy the deployment and its secrets, and keep the data repository (YES=1: do not prompt)
smoke-aws: $(VENV)/.run ## Send a signed event to the deployed webhook and read its record back
logs-aws: $(VENV)/.run ## Print the functions' logs of the last hour (LOGS="--follow", "--function worker --minutes 5")
state-aws: $(VENV)/.run ## Create the bucket for Terraform state (STATE_BUCKET=NAME), and move a local state into it
replay-dead-letters-aws: $(VENV)/.run ## Re-queue dead-lettered messages once their cause is fixed
acceptance-aws: $(VENV)/.run ## Deploy, test and destroy an environment of its own, and write docs/acceptance/ (DESTROY=1: only destroy it; YES=1: do not ask)
package-gcp: $(VENV)/.run ## Build the functions' archives in build/gcp/
plan-gcp: $(VENV)/.gcp ## Show what `make deploy-gcp` would change
deploy-gcp: $(VENV)/.gcp ## Like deploy-aws, for Google Cloud (GOOGLE_CLOUD_PROJECT, GOOGLE_CLOUD_REGION)
secrets-gcp: $(VENV)/.gcp ## Like secrets-aws, for Google Cloud
destroy-gcp: $(VENV)/.gcp ## Like destroy-aws, for Google Cloud
smoke-gcp: $(VENV)/.gcp ## Like smoke-aws, for Google Cloud
logs-gcp: $(VENV)/.gcp ## Like logs-aws, for Google Cloud
state-gcp: $(VENV)/.gcp ## Like state-aws, for Google Cloud
replay-dead-letters-gcp: $(VENV)/.gcp ## Like replay-dead-letters-aws, for Google Cloud
acceptance-gcp: $(VENV)/.gcp ## Like acceptance-aws, for Google Cloud
package-local: $(VENV)/.run ## Build the functions' zips for the emulator, in build/local/
plan-local: $(VENV)/.run .venv-emulator/.ready ## Show what `make deploy-local` would change
deploy-local: $(VENV)/.run .venv-emulator/.ready ## Apply the same Terraform to an emulator of AWS under strict IAM
secrets-local: $(VENV)/.run ## Like secrets-aws, for the emulator
smoke-local: $(VENV)/.run ## Like smoke-aws, for the emulator
logs-local: $(VENV)/.run ## Like logs-aws, for the emulator
state-local: $(VENV)/.run ## Do nothing: the emulator's Terraform state is a local file
replay-dead-letters-local: $(VENV)/.run ## Like replay-dead-letters-aws, for the emulator
destroy-local: $(VENV)/.run .venv-emulator/.ready ## Destroy the emulator's deployment; the last one also stops the emulator

.PHONY: release
release: $(VENV)/.run .venv-sbom/.ready ## Build the release files in build/release/ (VERSION=…)
	@$(BIN)/python -m docs.release "$(VERSION)"

.PHONY: lock-providers
lock-providers: $(VENV)/.run ## Lock the Terraform providers for four platforms, in build/provider-locks/ (needs a provider registry)
	@$(BIN)/python -m docs.providers

.PHONY: format
format: $(VENV)/.test ## Format the code and apply ruff's automatic fixes
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix .

.PHONY: docs
docs: $(VENV)/.test ## Regenerate the generated docs and .env.example
	@$(BIN)/python -m docs.generate

.PHONY: count-resources
count-resources: $(VENV)/.test ## Count the resources of the Terraform examples for docs/COSTS.md (needs Terraform and its providers, no account)
	@$(BIN)/python -m docs.resource_counts
	@$(BIN)/python -m docs.generate

.PHONY: lock
lock: $(VENV)/.pip ## Re-lock dependencies with hashes (UPGRADE=--upgrade: to their newest versions)
	@$(BIN)/python $(PIP) --no-deps -r tests/uv-requirements.txt
	@$(BIN)/$(LOCK) $(UPGRADE) cli/pip-requirements.in -o $(PIP_LOCK)
	@$(BIN)/$(LOCK) $(UPGRADE) docs/sbom-requirements.in -o docs/sbom-requirements.txt
	@$(BIN)/$(LOCK) $(UPGRADE) cli/build-requirements.in -o cli/build-requirements.txt
	@$(BIN)/$(LOCK) $(UPGRADE) --extra engines --extra local --extra warehouse pyproject.toml -o cli/requirements.txt
	@$(BIN)/$(LOCK) $(UPGRADE) --extra engines --extra local --extra warehouse --extra gcp --extra dev pyproject.toml -o tests/requirements.txt
	@$(BIN)/$(LOCK) $(UPGRADE) --extra engines --extra local --extra warehouse --extra gcp pyproject.toml -o cli/gcp-requirements.txt
	@$(BIN)/$(LOCK) $(UPGRADE) runtimes/local/emulator-requirements.in -o runtimes/local/emulator-requirements.txt
	@$(BIN)/$(LOCK) $(UPGRADE) tests/checkov-requirements.in -o tests/checkov-requirements.txt
	@$(BIN)/$(LOCK) $(UPGRADE) tests/moto-requirements.in -o tests/moto-requirements.txt
	@$(BIN)/$(LOCK) $(UPGRADE) --extra engines --extra local --extra warehouse --constraint tests/requirements.txt pyproject.toml tests/engines-requirements.in -o tests/engines-requirements.txt
	@$(BIN)/$(LOCK) $(UPGRADE) runtimes/aws/worker-requirements.in -o runtimes/aws/worker-requirements.txt
	@$(BIN)/$(LOCK) $(UPGRADE) runtimes/gcp/webhook-requirements.in -o runtimes/gcp/webhook-requirements.txt
	@$(BIN)/$(LOCK) $(UPGRADE) runtimes/gcp/worker-requirements.in -o runtimes/gcp/worker-requirements.txt

.PHONY: clean
clean: ## Remove virtual environments, caches and build output (not telemetry-data, .env or .telemetry)
	@rm -rf $(VENV) .venv-emulator .venv-checkov .venv-engines .venv-moto .venv-sbom build tests/npm/node_modules .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 …")'
	@echo 'setting up $(VENV)'
	@$(PYTHON) -m venv --clear $(VENV)

# Python's bundled pip can be years old, so every virtual environment installs the locked pip first.
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

.venv-moto/.ready: tests/moto-requirements.txt $(PIP_LOCK)
	@echo 'setting up .venv-moto (moto, a second emulator of AWS)'
	@$(PYTHON) -m venv --clear .venv-moto
	@.venv-moto/bin/python $(PIP) -r $(PIP_LOCK)
	@.venv-moto/bin/python $(PIP) -r $<
	@touch $@

.venv-engines/.ready: tests/engines-requirements.txt cli/build-requirements.txt $(PIP_LOCK)
	@echo "setting up .venv-engines (ZetaSQL, which is BigQuery's SQL, and Spark)"
	@$(PYTHON) -m venv --clear .venv-engines
	@.venv-engines/bin/python $(PIP) -r $(PIP_LOCK)
	@.venv-engines/bin/python $(PIP) -r cli/build-requirements.txt
	@.venv-engines/bin/python $(PIP) --no-build-isolation --use-pep517 -r $<
	@touch $@

.venv-sbom/.ready: docs/sbom-requirements.txt $(PIP_LOCK)
	@echo 'setting up .venv-sbom (cyclonedx-bom, which writes the SBOMs of a release)'
	@$(PYTHON) -m venv --clear .venv-sbom
	@.venv-sbom/bin/python $(PIP) -r $(PIP_LOCK)
	@.venv-sbom/bin/python $(PIP) -r $<
	@touch $@

# GitHub's OpenAPI and example payloads. Optional on a laptop: without npm the tests that need them are skipped with a reason.
tests/npm/node_modules/.ready: tests/npm/package-lock.json
	@if command -v $(NPM) >/dev/null; then \
	  echo "fetching GitHub's OpenAPI and example payloads"; \
	  cd tests/npm && $(NPM) ci --silent --ignore-scripts --no-audit --no-fund && touch node_modules/.ready; \
	else echo 'npm is not there: tests against GitHub'"'"'s OpenAPI and examples will skip (install Node.js 20)'; fi
