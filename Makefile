# `make demo`: the bundled model at work. `make test`: everything that must hold. Both set up what they need, once.
PYTHON ?= python3
RUN := .venv/bin
DEV := .venv-dev/bin
AUTHENTIC ?= ../shared/authentic

.PHONY: demo test check train eval-authentic clean

demo: .venv/ready
	@$(RUN)/scenic demo

test: check
	@$(DEV)/python -m pytest

check: .venv-dev/ready
	@$(DEV)/ruff check . && $(DEV)/ruff format --check .
	@$(DEV)/mypy
	@$(DEV)/lint-imports
	@$(DEV)/scenic data check

train: .venv-dev/ready
	$(DEV)/scenic train recipes/default.yaml

eval-authentic: .venv/ready
	@$(RUN)/scenic eval $(AUTHENTIC)

.venv/ready: pyproject.toml
	$(PYTHON) -m venv .venv
	$(RUN)/pip install --quiet --disable-pip-version-check -e .
	@touch $@

# PyTorch comes first and by its exact version, so that the CPU build beside pip is taken where there is one.
.venv-dev/ready: pyproject.toml
	$(PYTHON) -m venv .venv-dev
	$(DEV)/pip install --quiet --disable-pip-version-check torch==2.13.0
	$(DEV)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

clean:
	rm -rf .venv .venv-dev build dist
