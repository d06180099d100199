"""The heaviest evidence and promises that the caps let in, each made to be slow or large in its own way."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.laws.accepted import AcceptedCase, by_build_type, by_form
from tests.support import statements
from tests.support.honest import CONTENT
from tests.support.keys import dsse_envelope
from tests.support.specimens import KEY, SPECIMENS
from verification.build_types import required_pins
from verification.bundle import MAX_ATTESTATIONS, MAX_BYTES
from verification.envelope import MAX_SIGNATURES
from verification.expectation_document import MAX_BYTES as MAX_PROMISE
from verification.expectation_document import MAX_RECIPES, MAX_RULES, MAX_RULES_IN_ALL, parse_expectation
from verification.pointer import MAX_LEAVES
from verification.root_document import MAX_KEYS_WITHOUT_ID
from verification.root_of_trust import parse_roots
from verification.statement import MAX_SUBJECTS
from verification.template import MAX_LENGTH

Json = dict[str, Any]

ROOM = MAX_BYTES * 3 // 4 - 10_000
"""Most bytes of payload in one upload: base64 takes a third more."""


@cache
def by_key() -> AcceptedCase:
    """Return an honest build that a plain key has signed: its payload can be anything at no cost to its maker."""
    return next(case for case in by_build_type() if case.name == "tekton")


def statement(**parameters: Any) -> Json:
    """Return the honest statement of the key's builder with more external parameters."""
    made = next(each for each in SPECIMENS if each.name == "tekton").make()
    made["predicate"]["buildDefinition"]["externalParameters"].update(parameters)
    return made


def signed(*made: Json | bytes) -> bytes:
    """Return a field of statements, each signed by the key."""
    payloads = [each if isinstance(each, bytes) else statements.encode(each) for each in made]
    return json.dumps([dsse_envelope(payload, KEY) for payload in payloads]).encode()


def fields() -> Iterator[tuple[str, bytes]]:
    """Yield evidence by what is heavy in it."""
    yield "lists in lists", b"[" * MAX_BYTES
    yield "lists in lists, closed", b"[" * (MAX_BYTES // 2) + b"]" * (MAX_BYTES // 2)
    yield "objects in objects", b'[{"a":' * (MAX_BYTES // 6)
    for name, item in {"objects": "{}", "lists": "[]", "texts": '"é"', "fractions": "1.5", "nulls": "null"}.items():
        many = ",".join([item] * ((MAX_BYTES - 500) // (len(item.encode()) + 1)))
        yield f"many {name}", f'[{{"payload":[{many}]}}]'.encode()
        inside = ",".join([item] * (ROOM // (len(item.encode()) + 1) - 500))
        yield (
            f"many {name}, signed",
            signed(statements.encode(statement(x=1)).replace(b'"x":1', f'"x":[{inside}]'.encode())),
        )
    yield "many keys", ("[{" + ",".join(f'"{number}":1' for number in range(MAX_BYTES // 12)) + "}]").encode()
    yield "one long text", signed(statement(x="x" * ROOM))
    yield "one long key", signed(statement(**{"k" * (ROOM // 2): [0] * (MAX_LEAVES - 50)}))
    yield "one long key beside escapes", signed(statement(**{"~/" * (ROOM // 4): [0] * (MAX_LEAVES - 50)}))
    each = ROOM // MAX_ATTESTATIONS - 3_000
    yield (
        "as many leaves as are taken",
        signed(
            *(statement(x={f"{at}{number}": 1 for number in range(MAX_LEAVES - 50)}) for at in range(MAX_ATTESTATIONS))
        ),
    )
    yield (
        "as many attestations as are taken",
        signed(*(statement(x=[number] * (each // 3)) for number in range(MAX_ATTESTATIONS))),
    )
    yield (
        "as many signatures as are taken",
        json.dumps([_with_signatures(number) for number in range(MAX_ATTESTATIONS)]).encode(),
    )
    yield "deep parameters", signed(statement(x=_nested(24, [0] * 300)))
    yield from _subjects()
    yield from _certified()


def _with_signatures(number: int) -> Json:
    envelope = dsse_envelope(statements.encode(statement(x=number)), KEY)
    wrong = dsse_envelope(b"{}", KEY)["signatures"][0]
    return {**envelope, "signatures": [wrong] * (MAX_SIGNATURES - 1) + envelope["signatures"]}


def as_many_keys() -> Iterator[tuple[str, AcceptedCase, bytes]]:
    """Yield roots with as many slow keys as any signature may be by, and signatures of nobody to try under each."""
    roots = json.loads(by_key().roots.canonical)
    without_id = sum("keyid" not in key for key in roots["keys"].values())
    for number in range(MAX_KEYS_WITHOUT_ID - without_id):
        public = ec.generate_private_key(ec.SECP384R1()).public_key()
        pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        roots["keys"][f"slow-{number}"] = {"pem": pem}
    case = replace(by_key(), roots=parse_roots(roots))
    nobody = ec.generate_private_key(ec.SECP384R1())
    for name, size in {"small": 10, "large": ROOM // MAX_ATTESTATIONS - 5_000}.items():
        envelopes = [dsse_envelope(b"%d" % number + b"x" * size, nobody) for number in range(MAX_ATTESTATIONS)]
        for envelope in envelopes:
            envelope["signatures"] *= MAX_SIGNATURES
        yield f"signatures of nobody over {name} payloads", case, json.dumps(envelopes).encode()


def _nested(depth: int, value: Any) -> Any:
    for _ in range(depth):
        value = {"n": value}
    return value


def wheel_of_many_tags() -> str:
    """Return the name of a wheel whose tags multiply to as many as are taken."""
    return f"widget-1.0-{'-'.join('.'.join(f'{letter}{number}' for number in range(10)) for letter in 'abc')}.whl"


def _subjects() -> Iterator[tuple[str, bytes]]:
    made = statement()
    (_, sha256) = statements.subject("", CONTENT)
    for label, name in {"one": "widget-1.0.tar.gz", "many tags": wheel_of_many_tags()}.items():
        many = [{"name": name, "digest": {"sha256": sha256}}] * MAX_SUBJECTS
        yield (
            f"as many subjects as are taken, {label}",
            signed(*({**made, "subject": many, "n": number} for number in range(16 if label == "one" else 10))),
        )
    digests = {f"d{number}": "ab" * 32 for number in range(20_000)} | {"sha256": sha256}
    yield "many digests of one subject", signed({**made, "subject": [{"name": "x", "digest": digests}]})


def _certified() -> Iterator[tuple[str, bytes]]:
    forms = {case.name: json.loads(case.field)[0] for case in by_form()}
    for name, path, item in (
        ("v0.3, Rekor v1", ("verificationMaterial", "tlogEntries", 0, "inclusionProof", "hashes"), "None"),
        ("v0.3, Rekor v1", ("verificationMaterial", "tlogEntries", 0, "inclusionProof", "hashes"), None),
        ("v0.3, Rekor v1", ("verificationMaterial", "tlogEntries"), ...),
        ("v0.2, Rekor v1", ("verificationMaterial", "x509CertificateChain", "certificates"), ...),
        ("v0.3, Rekor v2", ("verificationMaterial", "timestampVerificationData", "rfc3161Timestamps"), ...),
        ("v0.3, Rekor v1", ("dsseEnvelope", "signatures"), ...),
        ("PEP 740", ("verification_material", "transparency_entries"), ...),
    ):
        bundle = copy.deepcopy(forms[name])
        holder = bundle
        for key in path[:-1]:
            holder = holder[key]
        once = holder[path[-1]][0] if item is ... else item
        room = MAX_BYTES - len(json.dumps(bundle)) - 10
        holder[path[-1]] = [once] * max(1, room // (len(json.dumps(once)) + 2))
        yield (
            f"{name}: many of {path[-1]} ({once if item is not ... else 'as there was'})",
            json.dumps([bundle]).encode(),
        )
    bundle = copy.deepcopy(forms["v0.3, Rekor v1"])
    checkpoint = bundle["verificationMaterial"]["tlogEntries"][0]["inclusionProof"]["checkpoint"]
    note, _, lines = checkpoint["envelope"].partition("\n\n")
    for many, text in {
        "signatures": f"{note}\n\n{lines * (3_500_000 // len(lines))}",
        "lines": note + "\nx" * 1_000_000 + f"\n\n{lines}",
        "breaks": note + "\n" * 1_000_000 + lines,
    }.items():
        checkpoint["envelope"] = text
        yield f"a checkpoint of many {many}", json.dumps([bundle]).encode()


def promises() -> Iterator[tuple[str, AcceptedCase, bytes]]:
    """Yield the heaviest promises, and for each the evidence that is heavy to hold against it."""
    many = {f"/y{number}": {"any": True} for number in range(MAX_RULES - 10)}
    leaves = [statement(x={f"{at}{number}": 1 for number in range(MAX_LEAVES - 50)}) for at in range(MAX_ATTESTATIONS)]
    yield "many rules over many leaves", _promise(many), signed(*leaves)
    deep = {"/x" + "/n" * depth: {"any": True} for depth in range(24)}
    yield "many rules above one long text", _promise(deep), signed(statement(x=_nested(23, "x" * ROOM)))
    yield "many rules above a long list", _promise(deep), signed(statement(x=_nested(23, [1] * 25_000)))
    text = "a-1" * (MAX_LENGTH // 3)
    each = ROOM // MAX_ATTESTATIONS // (MAX_LENGTH + 10)
    texts = [statement(**{f"y{number}": text for number in range(each)}) for _ in range(MAX_ATTESTATIONS)]
    for at, made in enumerate(texts):
        made["predicate"]["runDetails"]["builder"]["version"] = {"v": str(at)}
    for name, rule in {
        "templates": {"template": "{name}-{version}"},
        "templates, turned": {"template": "{version}a{name}"},
        "globs": {"glob": "a*1*-*1*-*a*-"},
    }.items():
        yield f"many {name}", _promise({f"/y{number}": rule for number in range(each)}), signed(*texts)
    choices = {"/x": {"one_of": [f"v{number}" for number in range(MAX_RULES)]}}
    yield "many choices", _promise(choices), signed(*({**made, "n": at} for at, made in enumerate(leaves)))


def _promise(rules: Json) -> AcceptedCase:
    """Return the honest build under as many recipes with these rules as a document can hold."""
    (first,) = json.loads(by_key().expectation.canonical)["recipes"]
    recipes: list[Json] = []
    while len(recipes) < MAX_RECIPES:
        more = {**first, "name": f"r{len(recipes)}", "external_parameters": {**first["external_parameters"], **rules}}
        document: Any = {"schema": 1, "change_control": "two-person", "recipes": [*recipes, more]}
        choices = sum(len(rule.get("one_of", "1")) for rule in rules.values())
        heavy = (len(first["external_parameters"]) + 1 + choices) * len(document["recipes"]) > MAX_RULES_IN_ALL
        if heavy or len(json.dumps(document, separators=(",", ":"))) > MAX_PROMISE:
            break
        recipes.append(more)
    document = {"schema": 1, "change_control": "two-person", "recipes": recipes}
    return replace(by_key(), expectation=parse_expectation(document, required_pins=required_pins))
