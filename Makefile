# `make demo` and `make test` need python3 (3.11 or newer) and make; everything else is installed into .venv.
.PHONY: demo test test-slow test-browser lint format bench shopify-part clean

VENV := .venv
PYTEST ?= -n auto --dist worksteal
READY := $(VENV)/.ready

# On a terminal it stays until Ctrl-C, with the site open; make demo DEMO=--no-serve ends by itself.
demo: $(READY)
	$(VENV)/bin/regulars demo $(DEMO)

# Compiled once and not in each of the many processes of the tests, also where Python was told not to.
test test-slow: export PYTHONDONTWRITEBYTECODE :=

test: $(READY)
	$(VENV)/bin/python -m pytest $(PYTEST)

# Processes killed at many moments, whole demos in a row, a site started anew: minutes of waiting.
test-slow: $(READY)
	$(VENV)/bin/python -m pytest -m slow $(PYTEST)

# Needs Chromium: apt install chromium
test-browser: $(READY)
	$(VENV)/bin/python -m pytest tests/browser -m browser $(BROWSER)

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

# The part of Shopify's schema that the sandbox keeps, after a document or the version has changed. Asks npm.
shopify-part: $(READY)
	PYTHONPATH=tests $(VENV)/bin/python -m shopify.shopify_part

$(READY): pyproject.toml setup-venv.sh
	sh setup-venv.sh $(VENV)

clean:
	rm -rf $(VENV) .demo
