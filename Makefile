# make play: set up what is missing, then play the shipped score. make test: set up what is missing, then prove it works.
.PHONY: setup play test lint

SCORE ?= scores/first_light.yaml
BIN := .venv/bin

setup:
	@sh tools/setup.sh test

play:
	@sh tools/setup.sh play
	$(BIN)/installation play $(SCORE) $(OPTIONS)

test: setup lint
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
