# Every figure and picture in the README is made by one of these. PYTHON: an environment with '.[dev]' in it.
PYTHON ?= python
SEEDS := $(wildcard seeds/articles/*.txt)

.PHONY: test lint corpus card bench picture evaluate

test:
	$(PYTHON) -m pytest

lint:
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy inference/hoptac eval/hoptac_eval training/hoptac_training
	$(PYTHON) -m pyright --pythonpath $(PYTHON)

corpus:
	$(PYTHON) -m hoptac_training check

card:
	$(PYTHON) -m hoptac_training card

evaluate:
	$(PYTHON) -m hoptac evaluate seeds/articles.jsonl --format table

bench:
	$(PYTHON) -m hoptac_eval.bench

picture:
	$(PYTHON) -m hoptac_eval.picture seeds/articles/vi-dai-su-nga-chao-xa-giao.txt -o docs/terminal.svg
