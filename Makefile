# Needs Python 3.11 or newer, make, and a package index; each target makes the environment that it uses.

PYTHON ?= $(shell for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$candidate && break; done)

.PHONY: help demo demo-fix test lint types unit clean

help:  ## Show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /	/' | expand -t 14

demo: .venv-demo/ready  ## Check a small messy project and show what wbcheck says
	@.venv-demo/bin/wbcheck check --output-format full fixtures/messy-project || test $$? -eq 1

demo-fix: .venv-demo-fix/ready  ## Fix a copy of that project: before, the diff, after, and its scripts at work offline
	@.venv-demo-fix/bin/python tools/demo_fix.py fixtures/messy-project

test: lint types unit  ## Run everything that has to hold before a commit

lint: .venv/ready
	.venv/bin/ruff check .

types: .venv/ready
	.venv/bin/mypy

unit: .venv/ready
	.venv/bin/pytest -q -n auto --dist loadfile

clean:  ## Remove what the targets above made
	rm -rf .venv .venv-demo .venv-demo-fix build dist *.egg-info $(VSCODE)/node_modules $(VSCODE)/dist $(VSCODE)/out .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/ready: pyproject.toml setup.py
	$(if $(PYTHON),,$(error wbcheck needs Python 3.11 or newer; set PYTHON=...))
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --upgrade pip 'setuptools>=77'
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

.venv-demo/ready: pyproject.toml setup.py $(shell find wbcheck rules -name '*.py')
	$(if $(PYTHON),,$(error wbcheck needs Python 3.11 or newer; set PYTHON=...))
	$(PYTHON) -m venv .venv-demo
	rm -rf build  # what an older build left there would be installed, too
	.venv-demo/bin/python -m pip install --quiet --disable-pip-version-check .
	touch $@

.venv-demo-fix/ready: pyproject.toml setup.py fixtures/messy-project/requirements.txt $(shell find wbcheck rules -name '*.py')
	$(if $(PYTHON),,$(error wbcheck needs Python 3.11 or newer; set PYTHON=...))
	$(PYTHON) -m venv .venv-demo-fix
	rm -rf build
	.venv-demo-fix/bin/python -m pip install --quiet --disable-pip-version-check . -r fixtures/messy-project/requirements.txt
	touch $@

.PHONY: bench docs ecosystem graph picture recording schema screenshot sdk tutorial

docs: .venv/ready  ## Build the documentation site in build/docs; a broken link is an error
	NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs build --strict

sdk: .venv/ready  ## Read what wandb's releases have, from the package index, into wbcheck/sdk
	.venv/bin/python tools/generate_sdk.py

picture: .venv/ready  ## Draw the terminal in the README anew (docs/picture.svg)
	.venv/bin/python docs/picture.py

recording: .venv/ready  ## Record Neovim with the language server anew (docs/editor.cast, docs/editor.svg)
	.venv/bin/python docs/recording.py

tutorial: .venv/ready  ## Play docs/tutorial.md, and write down what its commands print today
	.venv/bin/python tools/walkthrough.py

screenshot: .venv/ready  ## Draw the pages in docs/lineage.md anew, in Chromium (docs/lineage.png, docs/report.png)
	.venv/bin/python docs/screenshot.py

schema: .venv/ready  ## Write the JSON Schema of the configuration anew (wbcheck.schema.json)
	.venv/bin/wbcheck config --isolated --schema > wbcheck.schema.json

graph:  ## Bundle the library that draws graphs anew, from the npm registry (needs Node.js)
	cd tools/graph && npm ci --silent && npm run --silent build

bench: .venv/ready  ## Measure speed and memory against their budgets (BENCH="-n 9 --peers")
	.venv/bin/python benchmarks/run.py $(BENCH)

.PHONY: editors extension vsix
VSCODE = editors/vscode
WBCHECK ?= $(CURDIR)/.venv/bin/wbcheck

editors: .venv/ready  ## Try the set-ups of docs/editors.md in the editors that are installed
	.venv/bin/python tools/editors.py

extension: .venv/ready $(VSCODE)/node_modules/ready  ## Test the extension for VS Code (needs Node.js)
	cd $(VSCODE) && npm run --silent types && WBCHECK=$(WBCHECK) npm test --silent

vsix: $(VSCODE)/node_modules/ready  ## Package the extension for VS Code (needs Node.js)
	cd $(VSCODE) && npm run --silent package

$(VSCODE)/node_modules/ready: $(VSCODE)/package-lock.json
	cd $(VSCODE) && npm ci --silent --no-audit --no-fund
	touch $@

BASE ?= HEAD
ecosystem: .venv/ready  ## Compare findings on real code with those of a commit (BASE=main~1 FOLDERS="a b")
	.venv/bin/python benchmarks/ecosystem.py --base $(BASE) $(FOLDERS)
