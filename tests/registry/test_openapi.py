"""The OpenAPI document, and the API held to it by schemathesis: no server error, and every answer as documented."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok

from expectations.models import Voice
from registry.api.openapi import DOCUMENT
from registry.models import Token
from registry.tokens import create_token
from tests.support.people import Somebody
from tests.support.voices import new_council

EXAMPLES = int(os.environ.get("SLUICEGATE_API_EXAMPLES", "6"))
"""Requests an operation; ``make test-long`` asks for more."""

KNOWN: dict[str, list[Any]] = {
    "kind": ["expectation", "roster", "status", "publishers"],
    "reason": ["not-a-person"],
    "name": ["widget"],
    "number": [1],
}

SCHEMA = schemathesis.openapi.from_dict(json.loads(DOCUMENT.read_bytes()))
OPERATIONS: list[Any] = [result.ok() for result in SCHEMA.get_all_operations() if isinstance(result, Ok)]


def test_the_document_is_of_this_code() -> None:
    """What is committed and served is what the code says of itself."""
    made = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]  # drf-spectacular tells no types
    assert json.loads(OpenApiJsonRenderer().render(made)) == json.loads(DOCUMENT.read_bytes())


def test_the_document_is_served() -> None:
    """To everybody, at its own address."""
    response = Client().get("/api/v1/openapi.json")
    assert (response.status_code, response.content) == (200, DOCUMENT.read_bytes())


def test_every_operation_says_how_it_refuses() -> None:
    """Every answer is documented: what writes or takes a query can be refused, and each refusal is problem details."""
    for operation in OPERATIONS:
        for status, response in operation.definition.raw["responses"].items():
            expected = "application/json" if status.startswith("2") else "application/problem+json"
            assert list(response["content"]) == [expected], (operation.label, status)


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Keep the test's connection, with its transaction, between requests, as Django's own test client does."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.mark.django_db
@pytest.mark.usefixtures("one_connection")
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_the_api_is_as_documented(operation: Any) -> None:
    """Whatever is sent, sound or not, by somebody who may propose and by nobody: no 5xx, and as the document says."""
    operation.app = WSGIHandler()
    council = new_council(with_each=Somebody)
    council.decide(council.propose(), council.bob, Voice.REJECT)
    waiting = council.propose()
    known = {**KNOWN, "proposal_id": [str(waiting.pk)]}
    if "/registry/" in operation.path:
        known["kind"] = ["roots", "policy", "stewards"]
    dry_run = operation.path == "/api/v1/dry-run"
    secret = create_token(council.ada, name="test", scope=Token.Scope.UPLOAD if dry_run else Token.Scope.PROPOSE)[1]

    @given(case=operation.as_strategy(), exists=st.booleans(), may=st.booleans(), data=st.data())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=EXAMPLES <= 6,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def holds(case: Any, *, exists: bool, may: bool, data: st.DataObject) -> None:
        if exists:
            for name in case.path_parameters or {}:
                case.path_parameters[name] = data.draw(st.sampled_from(known[name]))
            if dry_run and isinstance(case.body, dict):
                case.body |= data.draw(_forms())
        case.headers = {"Authorization": f"Bearer {secret}"} if may else {}
        case.cookies = {}
        response = case.call()
        assert response.status_code < 500
        case.validate_response(response, checks=CHECKS)

    holds()


def _forms() -> st.SearchStrategy[dict[str, Any]]:
    """Forms of an upload that come past the first look, or nearly: as they are sent, with a field or two as they are not."""
    sound = {
        ":action": "file_upload",
        "protocol_version": "1",
        "metadata_version": "2.4",
        "name": "widget",
        "version": "1.0",
        "filetype": "sdist",
        "filename": "widget-1.0.tar.gz",
        "sha256_digest": "0" * 64,
        "size": "100",
        "content": [],
    }
    others = {
        "version": ["1.0.0", "2!1", "x"],
        "filename": ["widget-1.0-py3-none-any.whl", "gadget-1.0.tar.gz"],
        "sha256_digest": ["F" * 64, "0"],
        "size": ["0", "-1", "9" * 30],
        "filetype": ["bdist_wheel", "bdist_egg"],
        "attestations": ["", "[]", "[{}]", '[{"version":1}]', "[1" + ",1" * 99],
    }
    changed = st.sampled_from([(field, value) for field, values in others.items() for value in values])
    return st.lists(changed, max_size=2).map(lambda changes: {**sound, **dict(changes)})


CHECKS = [
    schemathesis.checks.not_a_server_error,
    *schemathesis.checks.CHECKS.get_by_names(
        ["status_code_conformance", "content_type_conformance", "response_schema_conformance"]
    ),
]
