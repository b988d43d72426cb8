# make demo | test | check | bench | format | wheel. The environment is made once, in .venv, without root.

VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
C_FILES = $(shell find codegen_templates targets -name '*.[ch]')

.PHONY: help env demo test check bench format wheel clean

help:
	@echo "make demo    build, run and verify the main example on the simulated Cortex-M4"
	@echo "make test    the whole test suite"
	@echo "make check   ruff, mypy, clang-format, import direction, golden C"
	@echo "make bench   networks and layers on every core, against the committed figures; writes bench.json"
	@echo "make format  apply clang-format"
	@echo "make wheel   dist/*.whl"

env: $(INSTALLED)

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c "import sys; sys.exit('Python 3.10 or newer is needed, this is ' + sys.version if sys.version_info < (3, 10) else 0)"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q -c constraints.txt -e '.[torch,litert,examples,dev]'
	@touch $@

demo: env
	cd examples/exercise_watch && $(abspath $(BIN))/toolchain build --target cortex-m4

# One thread a worker: the tests share the cores among themselves. Each worker has one end of the list, with the fixtures
# of its modules; the one that is done takes from the other.
test: env
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist worksteal

check: env
	$(BIN)/ruff check toolchain tests examples
	$(BIN)/mypy
	@echo clang-format --dry-run on every C file; $(BIN)/clang-format --dry-run -Werror $(C_FILES)
	$(BIN)/pytest tests/test_imports.py tests/emit

bench: env
	$(BIN)/toolchain bench -o bench.json

format: env
	$(BIN)/clang-format -i $(C_FILES)

wheel: env
	$(BIN)/python -m hatchling build -t wheel

clean:
	rm -rf $(VENV) build dist
