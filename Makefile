# Everything a person types. `make` alone lists it.
# PYTHON: the interpreter to build on (3.11 or newer). EXTRAS: voice (default), whisper, models, grown or all (without grown); several with commas.

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
EXTRAS ?= voice
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin
comma := ,
INSTALLED := $(VENV)/.installed-$(subst $(comma),-,$(EXTRAS))
DEVELOPMENT := $(VENV)/.development
TRAINING := $(VENV)/.training
GROWN := $(VENV)/.grown

.DEFAULT_GOAL := help
MODELS := image-encoder sound-encoder drawing vqa text-emotion fusion router reader cross-reader speech-words

.PHONY: help install run test test-fast test-grown tools lint format bench reliability reliability-nightly lock audit samples clean $(MODELS:%=train-%)

help: ## List these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-20s %s\n", $$1, $$2}'
	@printf "  make %-20s %s\n" "train-NAME" "Train a bundled model again (DATA=folder of the training sets): $(MODELS)"

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer was not found. Install it, or name it: make install PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV) || { echo "On Debian and Ubuntu the module venv is a package of its own: apt-get install python3-venv"; exit 1; }

# Every package at the version and hash of deploy/locks, which name all that is needed; other EXTRAS are resolved anew.
# torch stands outside: pip takes the build that is set up here.
PIP := $(BIN)/python -m pip install --disable-pip-version-check
locked = $(if $(wildcard deploy/locks/$(1).txt),$(PIP) --no-deps --require-hashes -r deploy/locks/$(1).txt)
project = $(PIP) $(if $(wildcard deploy/locks/$(1).txt),--no-build-isolation) -e

$(INSTALLED): pyproject.toml $(wildcard deploy/locks/$(EXTRAS).txt) | $(BIN)/python
	$(call locked,$(EXTRAS))
	$(PIP) "$$(sed -n 's/^ *"\(torch==[0-9.]*\)",.*/\1/p' pyproject.toml)"
	$(call project,$(EXTRAS)) ".[$(EXTRAS)]"
	$(BIN)/assistant models prepare
	@touch $@

$(DEVELOPMENT): pyproject.toml deploy/locks/dev.txt | $(INSTALLED)
	$(call locked,dev)
	$(call project,dev) ".[$(EXTRAS),dev]"
	@touch $@

$(TRAINING): pyproject.toml | $(INSTALLED)
	$(PIP) -e ".[$(EXTRAS),training]"
	@touch $@

install: $(INSTALLED) ## Make .venv and install the assistant (EXTRAS=all for every back-end)

run: $(INSTALLED) ## Install if needed, then start the API (8000) and the chat page (8501)
	@exec $(BIN)/assistant up

test: $(DEVELOPMENT) tools ## Install if needed, then run every test, the browser's included (JOBS=2 at once)
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

test-fast: $(DEVELOPMENT) ## Run the tests that take no browser and little time
	$(BIN)/python -m pytest -m "not slow and not browser"

# What the tests use beside Python: $(call tool,commands any of which will do,Debian packages,what is skipped without them)
define tool
	@PATH="$$PATH:/usr/sbin:/usr/local/sbin"; for command in $(1); do command -v $$command >/dev/null && exit 0; done; \
	as=""; [ "$$(id -u)" = 0 ] || as="sudo -n"; \
	if command -v apt-get >/dev/null && { [ -z "$$as" ] || sudo -n true 2>/dev/null; }; then \
		echo "Installing $(2) for the tests ..."; \
		{ $$as apt-get update -qq && $$as apt-get install -y -qq $(2); } >/dev/null \
			|| echo "NOTE: $(2) could not be installed. $(3) will be skipped."; \
	else \
		echo "NOTE: none of $(1) is here, and no right to install it. $(3) will be skipped."; \
	fi
endef

POSTGRES := $(lastword $(sort $(wildcard /usr/lib/postgresql/*/bin/postgres)))

tools:
	$(call tool,chromium chromium-browser google-chrome,chromium fonts-noto-cjk,The browser tests)
	$(call tool,mosquitto,mosquitto,The tests of MQTT)
	$(call tool,strace,strace,The study of power loss)
	$(call tool,gcc cc,gcc,The study of failing disks)
	$(if $(POSTGRES),,$(call tool,postgres,postgresql,The tests of PostgreSQL))

$(GROWN): pyproject.toml deploy/locks/grown.txt | $(DEVELOPMENT)
	$(call locked,grown)
	$(call project,grown) ".[$(EXTRAS),dev,dev-grown]"
	@touch $@

test-grown: $(GROWN) tools ## Install the extra grown, and run the contract suites over the back-ends for more than one machine
	PYTHON=$(BIN)/python sh deploy/tools.sh || echo "NOTE: what lints deploy/ could not be installed; those tests will be skipped."
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile tests/contracts tests/retrieval/test_milvus.py tests/retrieval/test_migrating.py \
		tests/retrieval/test_postgres*.py tests/retrieval/test_library_moving.py tests/retrieval/test_filter_sql.py tests/retrieval/test_bulk*.py tests/retrieval/test_ray_serving.py \
		tests/assistant/test_postgres*.py tests/assistant/test_model_runtime.py tests/ui/test_cli_migrating.py tests/ui/test_cli_bulk.py \
		tests/ui/test_cli_cluster.py tests/ui/test_processes*.py tests/test_deploy.py tests/test_scale.py

lint: $(DEVELOPMENT) ## Check style, types and the import law
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEVELOPMENT) ## Put the code into its format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEVELOPMENT) ## Measure beside the bare libraries and other systems (QUICK=1: tiny, a minute; PARTS=ingesting,serving; DATA=question sets)
	$(if $(PARTS),,@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	ASSISTANT_SAMPLE=false $(BIN)/assistant eval routing tests/assistant/heldout_turns.tsv --min-routing 0.9 --data-dir "$$folder")
	$(BIN)/python -m benchmarks.run $(if $(QUICK),--quick --no-peers) $(if $(PARTS),--parts $(PARTS)) $(if $(DATA),--data "$(DATA)")

reliability: $(DEVELOPMENT) tools ## Kill, flood, fuzz and attack it, and write reports/reliability.html (under half an hour)
	$(BIN)/python -m benchmarks.reliability

reliability-nightly: $(DEVELOPMENT) tools ## The same with the large numbers (hours)
	$(BIN)/python -m benchmarks.reliability --size nightly

lock: $(BIN)/python ## Resolve the dependencies anew into deploy/locks, with hashes
	$(PIP) -q uv
	@for lock in "voice --extra voice" "all --extra all" "dev --extra voice --extra dev" "grown --extra voice --extra dev --extra dev-grown"; do set -- $$lock; name=$$1; shift; \
		$(BIN)/uv pip compile -q --upgrade pyproject.toml deploy/locks/torch.in "$$@" --universal --python-version 3.11 --generate-hashes \
			--override deploy/locks/without.txt --no-header --no-annotate --no-emit-index-url -o "deploy/locks/$$name.txt" || exit 1; \
		echo "deploy/locks/$$name.txt"; done

audit: $(INSTALLED) ## Look the locked packages up in the advisories (needs a connection), and list all parts in reports/sbom.json
	$(PIP) -q pip-audit cyclonedx-bom
	@mkdir -p reports
	$(BIN)/cyclonedx-py environment $(BIN)/python --pyproject pyproject.toml --output-reproducible -o reports/sbom.json
	$(BIN)/pip-audit --no-deps --disable-pip -r deploy/locks/voice.txt

samples: $(DEVELOPMENT) ## Make the sample pictures, sounds and office files again
	$(BIN)/python training/make_samples.py

TRAIN_image-encoder = train_image_encoder.py fit_likeness.py image_encoder_card.py
TRAIN_sound-encoder = train_sound_encoder.py fit_likeness.py
TRAIN_drawing = train_drawing.py
TRAIN_vqa = train_vqa.py train_vqa_names.py
TRAIN_text-emotion = train_text_emotion.py
TRAIN_fusion = train_fusion.py
TRAIN_router = router/train_router.py
TRAIN_reader = router/train_reader.py
TRAIN_cross-reader = router/train_cross_reader.py
TRAIN_speech-words = train_speech_words.py

$(MODELS:%=train-%): train-%: $(TRAINING)
	@test -n "$(DATA)" || { echo "Name the folder of the training sets: make $@ DATA=/path/to/sets (see training/README.md)"; exit 2; }
	@for script in $(TRAIN_$*); do echo "training/$$script"; PYTHONPATH=. $(BIN)/python training/$$script --data "$(DATA)" || exit 1; done

clean: ## Remove .venv and caches; never the data directory
	rm -rf $(VENV) *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
