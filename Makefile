# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# `make help` lists the commands. All but `env` run in .venv, which they make first when it is missing or out of date.

PYTHON ?= python3.11
RUN := .venv/bin/python
# What the tests are asked beyond the usual: `make test TIERS="backend addon-5.2" ARGS="-k jaw"`.
TIERS ?=
ARGS ?=
# What test-window drives, all of tools/blenders.toml when empty: `make test-window DRIVES=first_face BLENDERS=5.2`.
DRIVES ?=
BLENDERS ?=

.DEFAULT_GOAL := help
.PHONY: help env test test-all demo bench build lint format test-window clean

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

env: ## make or update .venv, as tools/blenders.toml and tools/lock say
	@command -v $(PYTHON) >/dev/null || { echo "make env: Python 3.11 is needed: apt-get install python3.11 python3.11-venv" >&2; exit 2; }
	@$(PYTHON) tools/make_env.py

test: env ## run all tests on the Blenders of long support, a short tier on the others
	$(RUN) tools/run_tests.py $(TIERS) -- $(ARGS)

test-all: env ## run all tests on all Blenders of tools/blenders.toml
	$(RUN) tools/run_tests.py --all -- $(ARGS)

demo: env ## fit an actor in Blender and leave pictures in out/demo
	$(RUN) tools/demo/make_demo.py $(ARGS)

bench: env ## measure time and accuracy, beside the baselines
	$(RUN) -m bench.run $(ARGS)

build: env ## check the extension and write dist/*.zip
	$(RUN) tools/build.py

lint: env ## check style
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .

format: env ## lay out all Python files alike
	$(RUN) -m ruff format .

test-window: env ## drive the extension in real Blenders with a window (root on Debian)
	@AIM_WINDOW_BLENDERS="$(BLENDERS)" bash tests/window/run.sh $(DRIVES)

clean: ## remove what the other commands made, but for .venv
	rm -rf dist out .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
