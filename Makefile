# Everything a person types. `make` alone lists it.
# PYTHON: the interpreter to build on (3.11 or newer). EXTRAS: voice (default), whisper, models or all; several with commas.

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
EXTRAS ?= voice
VENV := .venv
BIN := $(VENV)/bin
comma := ,
INSTALLED := $(VENV)/.installed-$(subst $(comma),-,$(EXTRAS))
DEVELOPMENT := $(VENV)/.development
TRAINING := $(VENV)/.training

.DEFAULT_GOAL := help
MODELS := image-encoder sound-encoder drawing vqa text-emotion fusion router reader speech-words

.PHONY: help install run test test-fast browser broker lint format bench samples clean $(MODELS:%=train-%)

help: ## List these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'
	@printf "  make %-14s %s\n" "train-NAME" "Train a bundled model again (DATA=folder of the training sets): $(MODELS)"

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer was not found. Install it, or name it: make install PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV) || { echo "On Debian and Ubuntu the module venv is a package of its own: apt-get install python3-venv"; exit 1; }

# torch first: the right build must be there before anything that depends on it asks for another.
$(INSTALLED): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --disable-pip-version-check "$$(sed -n 's/^ *"\(torch==[0-9.]*\)",.*/\1/p' pyproject.toml)"
	$(BIN)/python -m pip install --disable-pip-version-check -e ".[$(EXTRAS)]"
	$(BIN)/assistant models prepare
	@touch $@

$(DEVELOPMENT): pyproject.toml | $(INSTALLED)
	$(BIN)/python -m pip install --disable-pip-version-check -e ".[$(EXTRAS),dev]"
	@touch $@

$(TRAINING): pyproject.toml | $(INSTALLED)
	$(BIN)/python -m pip install --disable-pip-version-check -e ".[$(EXTRAS),training]"
	@touch $@

install: $(INSTALLED) ## Make .venv and install the assistant (EXTRAS=all for every back-end)

run: $(INSTALLED) ## Install if needed, then start the API (8000) and the chat page (8501)
	@exec $(BIN)/assistant up

test: $(DEVELOPMENT) browser broker ## Install if needed, then run every test, the browser's included
	$(BIN)/python -m pytest

test-fast: $(DEVELOPMENT) ## Run the tests that take no browser and little time
	$(BIN)/python -m pytest -m "not slow and not browser"

browser:
	@if command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; then exit 0; fi; \
	as=""; [ "$$(id -u)" = 0 ] || as="sudo -n"; \
	if command -v apt-get >/dev/null && { [ -z "$$as" ] || sudo -n true 2>/dev/null; }; then \
		echo "Installing chromium and fonts-noto-cjk for the browser tests ..."; \
		{ $$as apt-get update -qq && $$as apt-get install -y -qq chromium fonts-noto-cjk; } >/dev/null \
			|| echo "NOTE: chromium could not be installed. The browser tests will be skipped."; \
	else \
		echo "NOTE: no chromium, and no right to install it. The browser tests will be skipped."; \
	fi

broker:
	@if PATH="$$PATH:/usr/sbin:/usr/local/sbin" command -v mosquitto >/dev/null; then exit 0; fi; \
	as=""; [ "$$(id -u)" = 0 ] || as="sudo -n"; \
	if command -v apt-get >/dev/null && { [ -z "$$as" ] || sudo -n true 2>/dev/null; }; then \
		echo "Installing mosquitto, the MQTT broker of the tests ..."; \
		{ $$as apt-get update -qq && $$as apt-get install -y -qq --no-install-recommends mosquitto; } >/dev/null \
			|| echo "NOTE: mosquitto could not be installed. The tests of MQTT will be skipped."; \
	else \
		echo "NOTE: no MQTT broker, and no right to install it. The tests of MQTT will be skipped."; \
	fi

lint: $(DEVELOPMENT) ## Check style, types and the import law
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEVELOPMENT) ## Put the code into its format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(INSTALLED) ## Measure routing, ingestion and search beside the bare libraries and other systems (QUICK=1: tiny, a minute)
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	ASSISTANT_SAMPLE=false $(BIN)/assistant eval routing tests/assistant/heldout_turns.tsv --min-routing 0.9 --data-dir "$$folder"
	$(BIN)/python -m benchmarks.run $(if $(QUICK),--quick --no-peers)

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
TRAIN_speech-words = train_speech_words.py

$(MODELS:%=train-%): train-%: $(TRAINING)
	@test -n "$(DATA)" || { echo "Name the folder of the training sets: make $@ DATA=/path/to/sets (see training/README.md)"; exit 2; }
	@for script in $(TRAIN_$*); do echo "training/$$script"; PYTHONPATH=. $(BIN)/python training/$$script --data "$(DATA)" || exit 1; done

clean: ## Remove .venv and caches; never the data directory
	rm -rf $(VENV) *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
