# `make demo` and `make test` need python3 (3.11 or newer) and make; everything else is installed into .venv.
.PHONY: demo test lint format bench clean

VENV := .venv
PYTEST ?= -n auto
READY := $(VENV)/.ready

demo: $(READY)
	$(VENV)/bin/regulars demo $(DEMO)

test: $(READY)
	$(VENV)/bin/python -m pytest $(PYTEST)

lint: $(READY)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

format: $(READY)
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

bench: $(READY)
	$(VENV)/bin/python -m bench $(BENCH)

$(READY): pyproject.toml setup-venv.sh
	sh setup-venv.sh $(VENV)

clean:
	rm -rf $(VENV) .demo
