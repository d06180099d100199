"""Tampered expectations: documents that say less than they seem to, or something else to another reader."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.attacks.gate import expectation_of, kept_out, let_in
from tests.support.honest import Honest
from verification.build_types import required_pins
from verification.expectation_document import parse_expectation
from verification.parameters import DocumentInvalid
from verification.reasons import Reason
from verification.root_of_trust import parse_roots

RECIPE = ("recipes", 0)


def document_of(honest: Honest) -> Any:
    """Return the honest expectation's document, to be changed; the honest release is let in by it first."""
    document = json.loads(honest.expectation().canonical)
    let_in(honest.judge(honest.sign(honest.provenance()), expectation=expectation_of(document)))
    return document


@settings(max_examples=100, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), byte=st.integers(1, 255))
def test_one_byte_of_an_expectation(honest: Honest, place: float, byte: int) -> None:
    """Tampered expectations: one byte of the document is another; it is then no document, or one of another name."""
    promised = honest.expectation()
    canonical = promised.canonical
    at = int(place * len(canonical))
    changed = canonical[:at] + bytes([canonical[at] ^ byte]) + canonical[at + 1 :]
    try:
        found = parse_expectation(changed, required_pins=required_pins)
    except DocumentInvalid:
        return
    assert found.digest != promised.digest


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((*RECIPE, "builder_ids"), [{"any": True}]),
        ((*RECIPE, "builder_ids"), [{"glob": "*"}]),
        ((*RECIPE, "builder_ids"), [{"glob": "*/*/*"}]),
        ((*RECIPE, "builder_ids"), []),
        ((*RECIPE, "signer"), {"sigstore": "simulated"}),
        ((*RECIPE, "signer", "issuer"), {"glob": "https://*"}),
        ((*RECIPE, "claims"), {}),
        ((*RECIPE, "claims", "build_trigger"), {"any": True}),
        ((*RECIPE, "claims", "source_repository_id"), {"equals": 123456}),
        ((*RECIPE, "claims", "source_repository_id"), {"any": True}),
        ((*RECIPE, "external_parameters"), {}),
        ((*RECIPE, "external_parameters"), {"": {"any": True}}),
        ((*RECIPE, "external_parameters", "/workflow/ref"), {"glob": "*/*/*"}),
        ((*RECIPE, "external_parameters", "/workflow/repository"), {"any": True}),
        ((*RECIPE, "external_parameters", "/workflow/path"), {"glob": "*/*", "optional": True}),
        ((*RECIPE, "external_parameters", "/workflow/path"), {"equals": "a", "any": True}),
        ((*RECIPE, "external_parameters", "/workflow/path"), {"matches": ".*"}),
        ((*RECIPE, "external_parameters", "/workflow/path"), {"one_of": []}),
        ((*RECIPE, "minimum_level"), 0),
        ((*RECIPE, "minimum_level"), True),
        (("change_control",), "one-person"),
        (("recipes",), []),
        (("schema",), 1.0),
    ],
)
def test_a_rule_that_binds_nothing(honest: Honest, path: Any, value: Any) -> None:
    """Tampered expectations: a pin is left open, emptied, or spelled so that some reader takes it for closed."""
    document = document_of(honest)
    target: Any = document
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    with pytest.raises(DocumentInvalid):
        parse_expectation(json.dumps(document).encode(), required_pins=required_pins)


@pytest.mark.parametrize("key", ["schema", "recipes", "claims", "source_repository_id", "/workflow/ref"])
def test_a_duplicate_key_in_a_document(honest: Honest, key: str) -> None:
    """Duplicate JSON keys: two people agree to the first value, and the gate goes by the second."""
    text = json.dumps(document_of(honest))
    doubled = text.replace(f'"{key}": ', f'"{key}": {{"any": true}}, "{key}": ', 1)
    with pytest.raises(DocumentInvalid, match="twice"):
        parse_expectation(doubled.encode(), required_pins=required_pins)
    roots = honest.roots.canonical.replace(b'"keys":', b'"keys":{},"keys":', 1)
    with pytest.raises(DocumentInvalid, match="twice"):
        parse_roots(roots)


@pytest.mark.parametrize("key", ["Recipes", "recipe", "except", "maximum_age", "recipes\u200b"])
def test_an_unknown_key_in_a_document(honest: Honest, key: str) -> None:
    """Unknown JSON keys: a document seems to say more than anybody reads."""
    document = {**document_of(honest), key: []}
    with pytest.raises(DocumentInvalid):
        parse_expectation(json.dumps(document).encode(), required_pins=required_pins)
    with pytest.raises(DocumentInvalid):
        parse_roots(json.dumps({**json.loads(honest.roots.canonical), key: []}).encode())


def test_a_look_alike_in_a_document_is_shown(honest: Honest) -> None:
    """Unicode tricks: two people agree to a repository that is printed like the expected one; its letters are shown escaped."""
    document = document_of(honest)
    rule = {"equals": "https://github.com/ex\u0430mple/widget"}
    document["recipes"][0]["external_parameters"]["/workflow/repository"] = rule
    tampered = expectation_of(document)
    verdict = kept_out(honest.judge(honest.sign(honest.provenance()), expectation=tampered), Reason.REPOSITORY_RENAMED)
    assert "ex\\u0430mple" in verdict.main.expected
    assert verdict.main.expected.isascii()


@pytest.mark.parametrize(
    "build_type",
    [
        "https://cloud.google.com/build/gcb-buildtypes/google-worker/v1",
        "https://cloudbuild.googleapis.com/CloudBuildYaml@v0.1",
        "https://buildkite.github.io/slsa-buildtypes/job/v1",
        "https://tekton.dev/chains/v2/slsa",
        "https://example.org/unknown",
    ],
)
def test_a_certificate_that_nothing_binds(honest: Honest, build_type: str) -> None:
    """A build type of a key's owner, expected of a certificate and of npm's builder id, which is everybody's."""
    document = document_of(honest)
    parameters = {"equals": "x"}
    document["recipes"][0] |= {
        "builder_ids": [{"equals": "https://github.com/actions/runner"}],
        "build_types": [build_type],
        "claims": {},
        "external_parameters": {
            f"{place}": parameters
            for place in (
                *("/buildConfigSource", "/repository", "/entryPoint", "/pipeline", "/build/branch"),
                *("/buildConfigSource/repository", "/buildConfigSource/path", "/buildConfigSource/ref"),
            )
        },
    }
    with pytest.raises(DocumentInvalid, match="signer's identity"):
        expectation_of(document)
    document["recipes"][0]["signer"]["identity"] = {"equals": honest.identity.san}
    expectation_of(document)


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("speaks_for", ["*"]),
        ("speaks_for", ["https://github.com/**"]),
        ("speaks_for", []),
        ("level", 4),
        ("level", True),
        ("signer", {"sigstore": "simulated", "issuer": "https://x", "identity": "https://**/x"}),
        ("signer", {"sigstore": "nowhere", "issuer": "https://x", "identity": "https://x/*"}),
    ],
)
def test_roots_that_believe_everybody(honest: Honest, change: str, value: Any) -> None:
    """Tampered roots of trust: a signer may speak for every builder, at a level that there is not."""
    document = json.loads(honest.roots.canonical)
    parse_roots(document)
    document["builders"][0][change] = value
    with pytest.raises(DocumentInvalid):
        parse_roots(document)
