# Every figure and picture in the README is made by one of these. PYTHON: an environment with '.[dev]' in it.
PYTHON ?= python
SEEDS := $(wildcard seeds/articles/*.txt)

.PHONY: test lint corpus card bench bench-ray picture results gate peers curve doubt summaries robustness transforms ntrex sib200 peers-sib200 audit sbom wheel lowest

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
	$(PYTHON) -m hoptac_eval.results measure russian seeds/corpus/ru.jsonl
	$(PYTHON) -m hoptac_eval.results table corpus-test real-dev russian
	$(PYTHON) -m hoptac_eval.results card corpus-test real-dev russian

# Needs '.[peers]' and the texts that articles are labelled by reference to; without them it says so and goes on.
TEXTS ?= ../shared/data/real-pool/en.jsonl ../shared/data/real-pool/vi.jsonl ../shared/data/vietnews/train.jsonl
CACHE ?= .cache/vectors
LESSONS = $(addprefix --texts ,$(TEXTS)) --cache $(CACHE)
# MODELS: further models for the peers' table, e.g. --model "hoptac, float32=DIR@onnx-fp32".
peers curve:
	$(PYTHON) -m hoptac_training $@ $(LESSONS) --real $(REAL)/en.jsonl --real $(REAL)/vi.jsonl $(if $(filter peers,$@),$(MODELS))

doubt:
	$(PYTHON) -m hoptac_training doubt $(LESSONS)

# Needs '.[peers]' for TextRank and LexRank.
VIETNEWS ?= ../shared/data/vietnews/val.jsonl
BBC ?= ../shared/data/bbc/test.jsonl
summaries:
	$(PYTHON) -m hoptac_eval.peers seeds/corpus/test.jsonl $(VIETNEWS) $(BBC)

gate:
	$(PYTHON) -m hoptac evaluate seeds/corpus/test.jsonl --no-baselines --gate eval/floors.json

transforms:
	$(PYTHON) -m hoptac_eval.transforms seeds/corpus/dev.jsonl

NTREX ?= ../shared/data/ntrex
ntrex:
	$(PYTHON) -m hoptac_eval.parallel $(NTREX)/eng.txt $(NTREX)/vie.txt --documents $(NTREX)/documents.tsv --list

# Needs '.[train]'; some ten minutes on two cores.
SIB200 ?= ../shared/data/sib200
sib200:
	$(PYTHON) -m hoptac_eval.sib200 rows $(SIB200) build/sib200
	$(PYTHON) -m hoptac train build/sib200/train.jsonl --dev build/sib200/dev.jsonl --themes training/themes/sib200.toml --recipe training/recipes/sib200.toml -o build/sib200/model --overwrite
	$(PYTHON) -m hoptac_eval.sib200 measure build/sib200/model build/sib200/test.jsonl

# The peers that are not told what cooperation is, on SIB-200, beside the model that `make sib200` leaves; needs '.[peers]'.
TOPICS = --only "TF-IDF + SVM, sentences" --only fastText --only model2vec \
	--only "frozen e5-small + logistic regression" --only SetFit --only hoptac
peers-sib200:
	mkdir -p build/sib200/corpus
	cp build/sib200/train.jsonl build/sib200/dev.jsonl build/sib200/test.jsonl build/sib200/corpus
	cp training/themes/sib200.toml build/sib200/themes.toml
	$(PYTHON) -m hoptac_training peers build/sib200 --by-language --model hoptac=build/sib200/model $(TOPICS) -o eval/results/peers-sib200.json

# WEIGHTS: a model directory with model.safetensors. OTHERS: e.g. --python setfit=PYTHON, an environment of its own.
bench:
	$(PYTHON) -m hoptac_eval.bench --vietnews $(VIETNEWS) $(if $(WEIGHTS),--weights $(WEIGHTS)) $(OTHERS)
	$(PYTHON) -m hoptac_eval.scale --write docs/scale.md

bench-ray:
	$(PYTHON) -m hoptac_eval.bench_ray

picture:
	$(PYTHON) -m hoptac_eval.picture seeds/articles/vi-dai-su-nga-chao-xa-giao.txt -o docs/terminal.svg

# Supply chain. The tools live in an environment of their own, what they look at in another.
build/tools:
	$(PYTHON) -m venv build/tools
	build/tools/bin/pip install -q pip-audit cyclonedx-bom hatchling

build/plain: pyproject.toml
	$(PYTHON) -m venv --clear build/plain
	build/plain/bin/pip install -q .

audit: build/tools build/plain
	build/tools/bin/pip-audit --path build/plain/lib/python*/site-packages

sbom: build/tools build/plain
	mkdir -p dist
	build/tools/bin/cyclonedx-py environment build/plain/bin/python --pyproject pyproject.toml --of JSON -o dist/sbom.json

wheel: build/tools
	SOURCE_DATE_EPOCH=1700000000 build/tools/bin/hatchling build -t wheel -d dist/1
	SOURCE_DATE_EPOCH=1700000000 build/tools/bin/hatchling build -t wheel -d dist/2
	cmp dist/1/*.whl dist/2/*.whl

lowest:
	$(PYTHON) -m venv --clear build/lowest
	$(PYTHON) -c "import tomllib; print(*(item.split(',')[0].replace('>=', '==') for item in tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies']), sep='\n')" > build/lowest.txt
	build/lowest/bin/pip install -q -r build/lowest.txt pytest hypothesis psutil rich
	build/lowest/bin/pip install -q --no-deps .
	build/lowest/bin/python -m pytest -m "not slow" --ignore tests/training --ignore tests/eval --ignore tests/slow --ignore tests/test_cli_evaluate.py

robustness:
	$(PYTHON) -m hoptac_eval.robustness fuzz
	$(PYTHON) -m hoptac_eval.robustness size
	$(PYTHON) -m hoptac_eval.robustness faults
	$(PYTHON) -m hoptac_eval.robustness soak
	$(PYTHON) -m hoptac_eval.robustness table
