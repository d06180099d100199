# Sluicegate. `make` alone lists what can be made.

PYTHON ?= python3
VENV := .venv
INSTALLED := $(VENV)/.installed
CLIENTS := var/clients/.installed
EVIDENCE := var/evidence/pypi_attestations-0.0.30.tar.gz
WITH_DATABASE := $(VENV)/bin/python -m registry.postgres run --purpose check --database sluicegate_check --
LOCK := $(VENV)/bin/uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --no-annotate

.DELETE_ON_ERROR:
.PHONY: help demo test test-long bench bench-registry peers pictures check lock clean .venv

help:
	@echo 'make .venv          set up: a virtual environment with the locked requirements'
	@echo 'make demo           show the gate at work, and keep serving (ONCE=1: show it and end)'
	@echo 'make test           run the tests (ARGS="-k upload" is handed to pytest)'
	@echo 'make test-long      at length: every byte, real cases, 10,000 steps of many persons, 320 kills, the API, and the fuzzer for MINUTES=5'
	@echo 'make bench          measure the verifier beside others, six minutes (ARGS="--goals": fail where a goal is missed)'
	@echo 'make bench-registry measure the registry beside pypiserver and devpi-server (ARGS=--full: half an hour)'
	@echo 'make pictures       make the pictures of the guide anew (needs Chromium)'
	@echo 'make check          lint, format, types, import contracts, migrations, deployment settings'
	@echo 'make lock           resolve requirements/*.in anew into requirements/*.txt'
	@echo 'make clean          remove .venv and var, databases included'

.venv: $(INSTALLED)

# The stamp goes first and comes last: an environment without it was interrupted, and is begun anew. It is begun anew
# for a changed lock as well, so that nothing stays that the lock does not name.
$(INSTALLED): requirements/dev.txt
	@command -v $(firstword $(PYTHON)) >/dev/null || { echo 'Sluicegate needs Python 3.11 or newer; there is no $(PYTHON). Try: make PYTHON=/path/to/python3' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Sluicegate needs Python 3.11 or newer; $(PYTHON) is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12")'
	@rm -f $@
	$(PYTHON) -m venv --clear $(VENV)
	$(VENV)/bin/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

# Downloaded beside its place and then moved there, so that half a file never counts.
$(EVIDENCE): requirements/evidence.txt | $(INSTALLED)
	@rm -rf var/evidence/unfinished
	@mkdir -p var/evidence/unfinished
	$(VENV)/bin/python -m pip download -q --no-deps --no-binary pypi_attestations --no-build-isolation \
		--require-hashes -r requirements/evidence.txt -d var/evidence/unfinished
	@touch var/evidence/unfinished/$(@F)
	@mv var/evidence/unfinished/$(@F) $@
	@rmdir var/evidence/unfinished

demo: $(INSTALLED) $(EVIDENCE)
	@ONCE='$(ONCE)' exec $(VENV)/bin/python -m demo

# The clients of tests/clients, in an environment that has nothing of ours.
$(CLIENTS): requirements/clients.txt | $(INSTALLED)
	@rm -f $@
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --require-hashes -r $<
	@touch $@

# What takes minutes by itself: every page in a browser, and clients in environments of their own.
LONG := tests/browser/test_every_page.py tests/browser/test_error_pages.py tests/clients

test: $(INSTALLED) $(EVIDENCE)
	$(VENV)/bin/python -m pytest -n 2 --dist loadfile $(LONG:%=--ignore=%) $(ARGS)

MINUTES ?= 5

test-long: $(INSTALLED) $(EVIDENCE) $(CLIENTS)
	$(VENV)/bin/python -m pytest -n 2 --dist loadfile $(LONG)
	$(VENV)/bin/python -m pytest -n 2 --dist load tests/laws tests/expectations/test_interleavings.py tests/expectations/test_planted_faults.py --hypothesis-profile=long $(ARGS)
	SLUICEGATE_KILLS=20 $(VENV)/bin/python -m pytest tests/kills
	SLUICEGATE_HOSTILE=3000 $(VENV)/bin/python -m pytest -n 2 --dist load tests/hostile
	SLUICEGATE_API_EXAMPLES=200 $(VENV)/bin/python -m pytest tests/registry/test_openapi.py
	$(VENV)/bin/python -m tests.laws.fuzz --minutes $(MINUTES)

bench: $(INSTALLED) $(EVIDENCE)
	$(VENV)/bin/python -m benchmarks.verify $(ARGS)

# The peers stand in environments of their own, without hashes: they are measured, and nothing here runs by them.
PEERS := var/peers/.installed
$(PEERS): | $(INSTALLED)
	@rm -rf var/peers
	for peer in pypiserver==2.4.2 devpi-server==6.20.3; do \
		$(VENV)/bin/uv venv -q --python $(VENV)/bin/python "var/peers/$${peer%%==*}" && \
		$(VENV)/bin/uv pip install -q --python "var/peers/$${peer%%==*}/bin/python" "$$peer" || exit 1; \
	done
	@touch $@

peers: $(PEERS)

bench-registry: $(INSTALLED) $(PEERS)
	@for program in wrk nginx; do PATH="$$PATH:/usr/sbin" command -v $$program >/dev/null || \
		{ echo "There is no $$program; this brings it: apt-get install --no-install-recommends $$program" >&2; exit 1; }; done
	$(VENV)/bin/python -m benchmarks.serving $(ARGS)

pictures: $(INSTALLED)
	@mkdir -p docs/pictures
	SLUICEGATE_PICTURES=docs/pictures $(VENV)/bin/python -m pytest tests/browser/test_guided.py -k newcomer

check: $(INSTALLED)
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(WITH_DATABASE) $(VENV)/bin/python manage.py makemigrations --check --dry-run
	SLUICEGATE_BASE_URL=https://registry.example SLUICEGATE_SECRET_KEY=$$($(VENV)/bin/python -c "import secrets; print(secrets.token_hex(32))") \
		$(WITH_DATABASE) $(VENV)/bin/python manage.py check --deploy --fail-level WARNING

lock: $(INSTALLED)
	$(LOCK) requirements/base.in -o requirements/base.txt
	$(LOCK) requirements/dev.in -o requirements/dev.txt
	$(LOCK) --no-strip-extras requirements/clients.in -o requirements/clients.txt

clean:
	rm -rf $(VENV) var
