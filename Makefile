# Every target sets up what it needs, on a machine with only Python 3.11 or newer (with venv) and make.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
PEERS := .bench/ready
RUN := PYTHONPATH=.:tests:tests/kit:tests/bench:tests/tools $(BIN)/python

# Modules are compiled once, not at each of the hundreds of starts that the suites make.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test system verify soak bench texts docs walk tables lock clean

run: $(READY)
	@$(BIN)/luohu serve

# The checks beside the tests, and of those three at a time, as many wait for a browser or a clock.
test: system $(READY)
	@$(MAKE) --no-print-directory --jobs=2 --keep-going checks tests

.PHONY: checks tests
checks: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/yamllint --strict compose.yaml policies tests/cases tests/talks tests/questions
	$(BIN)/luohu policy check

tests: $(READY)
	$(BIN)/pytest --numprocesses=3 --dist=loadfile --no-loadscope-reorder

# What the tests need of the system: installed as root on Debian or Ubuntu, elsewhere said once.
system:
	@$(PYTHON) tests/kit/needs.py

# The long suites, at the figures that they print (below a figure they fail), and what is marked `long` elsewhere (pyproject.toml
# says what that is). Two at a time, as many wait; then, alone, those that measure load. What falls is tried once more: a
# neighbour's load is no fault, and a fault falls again. Both runs are printed.
LONG := $(BIN)/pytest -rA --show-capture=no --durations=15
KILLS := tests/verify/test_kills.py
FUZZ := tests/verify/test_model.py tests/verify/test_fuzz.py tests/verify/test_mutated_files.py
LOAD := tests/verify/test_load.py tests/verify/test_crowds.py
FAULTS := $(addprefix tests/verify/test_,database_faults.py telegram_faults.py many.py publishing_under_load.py privacy.py)
LANES := rest faults long fuzz sqlite postgresql
sqlite = $(KILLS) -k 'not postgresql'
postgresql = $(KILLS) -k postgresql
fuzz = $(FUZZ)
faults = $(FAULTS)
rest = tests/verify $(foreach one,$(KILLS) $(FUZZ) $(FAULTS) $(LOAD),--ignore=$(one))
long = tests -m long
load = $(LOAD)
twice = $(LONG) -o cache_dir=.pytest_cache/$(1) $($(1)) || $(LONG) -o cache_dir=.pytest_cache/$(1) --last-failed $($(1))

verify: system $(READY) $(PEERS)
	@$(MAKE) --no-print-directory --jobs=2 --keep-going --output-sync=line $(LANES:%=verify-%)
	$(call twice,load)

verify-%: $(READY) $(PEERS)
	$(call twice,$*)

# The suites of tests/verify for hours.
soak: $(READY)
	SOAK=1 $(LONG) tests/verify

bench: $(READY) $(PEERS)
	$(RUN) tests/bench/bench.py
	$(RUN) tests/bench/bench_telegram.py
	$(RUN) tests/bench/bench_web.py
	$(RUN) tests/bench/bench_store.py
	$(RUN) tests/bench/bench_many.py

# Brings locales/*.po in line with the sentences of bot/ and policies/.
texts: $(READY)
	$(BIN)/luohu policy texts

# Rewrites the talks in docs/talks.md and the diagram in docs/architecture.md.
docs: $(READY)
	$(RUN) tests/tools/readme.py

# Walks through docs/officer.md once more, by the program's own commands; takes minutes.
walk: $(READY)
	$(RUN) tests/tools/walk.py

# Writes the tables of characters anew, from OpenCC and pypinyin.
tables: $(READY)
	$(RUN) tests/tools/tables.py

# Pins every package by hash: for work on the project, and for running it. Needs uv.
lock:
	uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-annotate --no-header -o requirements.lock
	uv pip compile pyproject.toml --extra postgres --extra print --universal --generate-hashes --no-annotate --no-header -o requirements-run.lock
	uv pip compile pyproject.toml --group bench --constraints requirements.lock --universal --generate-hashes --no-annotate --no-header -o requirements-bench.lock

# An environment in the folder $(1), of the packages pinned in $(2).
define environment
@if command -v uv >/dev/null; then uv venv --quiet --clear --python $(PYTHON) $(1); \
else $(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "缺少 venv，请先运行：apt-get install python3-venv"; exit 1; }; \
$(PYTHON) -m venv --clear $(1); fi
@if command -v uv >/dev/null; then uv pip install --quiet --python $(1)/bin/python --require-hashes -r $(2); \
else $(1)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(2); fi
endef

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "需要 Python 3.11 或更新的版本"; exit 1; }
	$(call environment,.venv,requirements.lock)
	@if command -v uv >/dev/null; then uv pip install --quiet --python $(BIN)/python --no-deps -e .; \
	else $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .; fi
	@touch $(READY)

# The peers of the benches: Python's, and where npm is, node's.
$(PEERS): requirements-bench.lock tests/bench/peers/package-lock.json
	$(call environment,.bench,requirements-bench.lock)
	@cp tests/bench/peers/package.json tests/bench/peers/package-lock.json .bench
	@if command -v npm >/dev/null; then cd .bench && npm ci --silent --ignore-scripts --no-audit --no-fund; fi
	@touch $(PEERS)

clean:
	rm -rf .venv .bench build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
