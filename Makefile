# Commands for developers; `make` alone lists them. The environment is .venv, filled once for each set of extras in pyproject.toml:
# the stamps .venv/.demo, .venv/.test and .venv/.lint record which sets are installed.

PYTHON ?= python3
ARGS ?=

bin := .venv/bin
python := $(bin)/python

.DEFAULT_GOAL := help
.PHONY: help demo test coverage lock release lambda test-lambda test-deploy rehearse-deploy rehearse-terraform test-terraform test-image test-model nightly fuzz mutants chaos lint fix bench bench-peers pictures clean
.DELETE_ON_ERROR:

help: ## list what make can do
	@echo 'make TARGET [ARGS="..."] [PYTHON=python3.12]'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/.demo ## run the demo on this machine; ARGS=--check runs it without a browser and exits
	@$(bin)/approvals demo $(ARGS)

test: .venv/.test ## run the tests; ARGS="-k name tests/domain" chooses among them
	@scripts/test-machine
	$(python) -m pytest -n auto --maxprocesses 4 --dist loadfile $(ARGS)

coverage: .venv/.test ## run the tests with branch coverage, which takes about twice as long
	@$(MAKE) test ARGS='--cov --cov-report=term-missing $(ARGS)'

test-deploy: .venv/.test ## package for AWS offline and check the result
	@scripts/test-machine
	$(python) -m pytest tests/deploy $(ARGS)

rehearse-deploy: .venv/.rehearsal ## deploy twice into a stand-in for AWS on this machine
	@scripts/test-machine
	$(python) scripts/deploy-rehearsal

test-terraform: ## check the Terraform module; needs terraform and its AWS provider, no account
	terraform -chdir=deploy/terraform fmt -check -recursive
	terraform -chdir=deploy/terraform init -backend=false -input=false >/dev/null
	terraform -chdir=deploy/terraform validate
	terraform -chdir=deploy/terraform test

rehearse-terraform: .venv/.rehearsal ## apply, change and destroy the Terraform module in a stand-in for AWS; needs terraform and its AWS provider
	$(python) scripts/terraform-rehearsal

lint: .venv/.test .venv/.lint ## check style, types and import contracts
	$(bin)/ruff check
	$(bin)/ruff format --check
	$(bin)/mypy
	$(bin)/lint-imports

fix: .venv/.lint ## fix style as far as a tool can
	$(bin)/ruff check --fix
	$(bin)/ruff format

lock: .venv/.release ## write requirements/ again from pyproject.toml; ARGS=--upgrade takes newer versions
	$(python) scripts/lock $(ARGS)

lambda: $(python) ## build the zip for Lambda; ARCH=arm64|x86_64 PY=3.13 (the runtime's version) BYTE_CODE=no
	@ARCH=$(ARCH) PY=$(PY) BYTE_CODE=$(BYTE_CODE) $(python) scripts/build-lambda

release: .venv/.release ## build all files of a release into dist/, twice; PY=3.13 BYTE_CODE=no ARGS=--rehearse (HEAD without a tag)
	@PY=$(PY) BYTE_CODE=$(BYTE_CODE) $(python) scripts/release $(ARGS)

test-lambda: .venv/.test ## run that zip under AWS's own runtime client and emulator, which come from PyPI
	@scripts/test-machine
	@scripts/lambda-runtime
	APPROVALS_TEST_LAMBDA=build/lambda-runtime $(python) -m pytest tests/lambda_ $(ARGS)

test-image: .venv/.test ## build the image with buildah, without Docker, and run it; as root, BASE=… names another base
	@BASE=$(BASE) scripts/build-image
	APPROVALS_TEST_IMAGE=build/image $(python) -m pytest tests/image $(ARGS)

test-model: .venv/.test ## check the rules against the model of tests/model with 10,000 random examples
	$(python) -m pytest tests/model --hypothesis-profile=nightly --hypothesis-show-statistics $(ARGS)

nightly: test-model fuzz mutants chaos test-image rehearse-deploy rehearse-terraform ## run all that takes too long for CI

fuzz: .venv/.test ## try 300 examples of each operation of the API on both databases, and print the answers
	$(python) -m pytest tests/entrypoints/api/test_openapi_fuzz.py --hypothesis-profile=fuzz --capture=no $(ARGS)

chaos: .venv/.test ## kill the gateway among faults for 5 minutes on each database; ARGS="--seconds 60 --seed 7"
	@scripts/test-machine
	$(python) -m tests.chaos $(ARGS)

mutants: .venv/.test ## break each guarantee on purpose and require a test to fail; ARGS="--jobs 2 WORDS" chooses
	@$(python) -m tests.mutants $(ARGS)

bench: .venv/.test ## measure the hot path; ARGS goes to the benchmark
	$(python) -m benchmarks $(ARGS)

bench-peers: .venv/.test ## measure Restate and DBOS beside us; installs them into build/peers; ARGS=--quick
	$(python) -m benchmarks.peers $(ARGS)

pictures: .venv/.test ## redraw the pictures of the documentation
	@scripts/test-machine
	$(python) docs/images/make.py $(ARGS)

clean: ## remove all build results, and the environment
	rm -rf .venv .coverage htmlcov build dist tests/web/node_modules deploy/serverless/node_modules
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.%: pyproject.toml | $(python)
	$(python) -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	@touch $@

$(python):
	@command -v $(PYTHON) >/dev/null || { \
	  echo '$(PYTHON) is not installed: apt-get install python3 python3-venv' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit( \
	  "Python 3.11 or newer is needed and $(PYTHON) is %s.%s: name a newer one, as in make demo PYTHON=python3.12" \
	  % sys.version_info[:2])'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo '$(PYTHON) cannot make environments yet: apt-get install python3-venv' >&2; exit 1; }
	$(PYTHON) -m venv .venv
