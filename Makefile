# Everything a newcomer needs: make demo, make test. Uses uv where it is installed, else pip.
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin

# --seed puts pip into a uv environment as well, so that either tool can go on where the other began.
ifneq ($(shell command -v uv),)
  CREATE := uv venv --quiet --seed --python '>=3.11' $(VENV)
  INSTALL := uv pip install --quiet --python $(BIN)/python
else
  CREATE := python3 -m venv $(VENV) || { rm -rf $(VENV); false; }
  INSTALL := $(BIN)/python -m pip install --quiet
endif

.PHONY: help demo test lint model bench docs clean
.DEFAULT_GOAL := help

help: ## say what can be made
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /make \1\t/' | expand -t 14

demo: $(VENV)/.installed-demo ## segment the garments of public-domain photos, or of PHOTO=…; prints where to look
	@$(BIN)/wildwear $(if $(PHOTO),segment "$(PHOTO)",demo)

# A file's tests stay together: what they share is made once. tests/conftest.py says which begin first.
test: lint ## run the checks and all tests
	$(BIN)/pytest -m "not long" -n 2 --dist loadfile --no-loadscope-reorder

lint: $(VENV)/.installed-test ## formatting, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# On from wildwear-s-street, which is in the package. A second `make model` goes on where the first was stopped.
MODEL ?= model
RUN = $(abspath $(BIN))/wildwear
model: $(VENV)/.installed-test ## train the default anew into MODEL=model: CCP=…, WILD=…, CLOSET=… are folders of photos (two hours)
	@$(if $(and $(CCP),$(WILD),$(CLOSET)),mkdir -p $(MODEL),echo 'say where the photos are: make model CCP=folder WILD=folder CLOSET=folder'; false)
	$(RUN) data build ccp30 --source "$(CCP)" --out $(MODEL)/ccp30
	$(RUN) data build wild780 --source "$(WILD)" --out $(MODEL)/wild780
	$(RUN) data build everyday-more --source ccp="$(CCP)" --source ccp_more="$(CCP)" --source wild="$(WILD)" --source wild_more="$(WILD)" \
	  --source closet="$(CLOSET)" --out $(MODEL)/everyday-more
	cd $(MODEL) && $(RUN) train wildwear-s --data everyday-more --resume
	cd $(MODEL) && $(RUN) model calibrate runs/wildwear-s/model.onnx ccp30/val.json wild780/val.json --out wildwear-s.onnx --overwrite

bench: $(VENV)/.installed-test ## measure every claim, in short: ONLY="segment health" some, FULL=1 in full; into benchmarks/README.md
	$(BIN)/python benchmarks/bench.py $(ONLY) $(if $(FULL),--full)

docs: $(VENV)/.installed-docs ## build the documentation into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

clean: ## remove the environment and what was built
	rm -rf $(VENV) build dist site .pytest_cache .mypy_cache .ruff_cache .hypothesis

# One stamp a set of extras: an install runs again only when pyproject.toml has changed.
$(VENV)/.installed-demo: EXTRAS := [demo]
$(VENV)/.installed-test: EXTRAS := [all,bench,test,docs]
$(VENV)/.installed-docs: EXTRAS := [docs]
$(VENV)/.installed-%: pyproject.toml | $(BIN)/python
	$(INSTALL) --editable '.$(EXTRAS)'
	@touch $@

$(BIN)/python:
	$(CREATE)
