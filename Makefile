# make play: set up what is missing, then play the shipped score. make test: set up what is missing, then prove it works.
# make quick: lint and the tests that need no display, no browser and no second process, in less than a minute.
# make test COVERAGE=1 says as well which lines and branches the tests reach.
.PHONY: setup play test quick lint docs coverage test-without-numba audit release bench-card

SCORE ?= scores/first_light.yaml
COVERAGE ?=
BIN := .venv/bin
WITHOUT_NUMBA := tests/picture/decoding/test_choice.py tests/picture/decoding/test_decoders.py \
	tests/picture/decoding/test_supersampling.py tests/studio/test_cppn_gradient.py tests/player/test_still.py
PAGE := tools/javascript/node_modules/.bin
SCRIPTS := installation/desk/page/static installation/studio/page/static installation/book/pages
COVERED := --cov --cov-report= --cov-report=json:build/coverage.json
# A simulated camera takes longer than all the other tests of these rooms.
QUICK := tests/show tests/language tests/score tests/atlas tests/rig tests/desk --ignore tests/desk/page \
	--ignore tests/rig/calibration

setup:
	@sh tools/setup.sh test

play:
	@sh tools/setup.sh play
	$(BIN)/installation play $(SCORE) $(OPTIONS)

test: setup lint
	$(BIN)/python -m pytest -n 2 --dist loadfile $(if $(COVERAGE),$(COVERED))
	$(if $(COVERAGE),$(BIN)/python tools/coverage_report.py build/coverage.json)

quick: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m pytest -q -n 2 --dist loadfile $(QUICK)

coverage:
	@$(MAKE) --no-print-directory test COVERAGE=1

test-without-numba: setup
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -p tests.without_numba $(WITHOUT_NUMBA)

audit: setup
	$(BIN)/python tools/audit.py

release: test docs
	sh tools/release.sh

bench-card:
	@sh tools/setup.sh play
	$(BIN)/python -m installation.benchmarks.card

docs: setup
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "docs: build/site/index.html"

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python tools/lint_shaders.py
	$(PAGE)/eslint --config tools/javascript/eslint.config.js $(SCRIPTS)
	$(PAGE)/tsc --project tools/javascript
