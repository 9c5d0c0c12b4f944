# Every figure and picture in the README is made by one of these. PYTHON: an environment with '.[dev]' in it.
PYTHON ?= python
SEEDS := $(wildcard seeds/articles/*.txt)

.PHONY: test lint corpus card bench picture results gate

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

# The real articles are not part of the project; REAL says where they lie.
REAL ?= ../shared/data/real-dev
results:
	$(PYTHON) -m hoptac_eval.results measure corpus-test seeds/corpus/test.jsonl --train seeds/corpus/train.jsonl
	$(PYTHON) -m hoptac_eval.results measure real-dev $(REAL)/en.jsonl $(REAL)/vi.jsonl --train seeds/corpus/train.jsonl
	$(PYTHON) -m hoptac_eval.results table corpus-test real-dev

gate:
	$(PYTHON) -m hoptac evaluate seeds/corpus/test.jsonl --no-baselines --gate eval/floors.json

bench:
	$(PYTHON) -m hoptac_eval.bench

picture:
	$(PYTHON) -m hoptac_eval.picture seeds/articles/vi-dai-su-nga-chao-xa-giao.txt -o docs/terminal.svg
