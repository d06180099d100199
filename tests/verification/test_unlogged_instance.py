"""A Sigstore instance without logs: what its entry says, what of its evidence is sound, and where it is told.

How it is attacked stands in ``tests/attacks/test_unlogged.py``.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sigstore.errors import VerificationError
from sigstore.models import Bundle, InvalidBundle, TrustedRoot
from sigstore.verify import Verifier
from sigstore.verify.policy import UnsafeNoOp
from sigstore_models.trustroot.v1 import TrustedRoot as TrustedRootDocument

from tests.support.bundles import Bundles
from tests.support.honest import NOW
from tests.support.tuf_repository import TufRepository
from tests.support.unlogged import PRIVATE, STAMPED_AT, Unlogged, with_unlogged_instance
from tests.verification.test_stock_verifier import changed_byte
from verification.bundle import EvidenceRefused, SigstoreBundle, parse
from verification.client.commands import main
from verification.examination import examine
from verification.parameters import DocumentInvalid
from verification.publisher import has_pep740
from verification.root_of_trust import parse_roots
from verification.sigstore_adapter import (
    Authentic,
    AuthorityUnknown,
    NotAuthentic,
    SigstoreInstance,
    Transparency,
    authenticate_by_certificate,
)

Json = dict[str, Any]

INSTANCE = f"/sigstore/{PRIVATE}"


def authenticate(unlogged: Unlogged, bundle: Json) -> Authentic:
    """Return what the private instance says of a bundle; raises as the instance does."""
    attestation = parse(json.dumps(bundle).encode())
    assert isinstance(attestation, SigstoreBundle)
    return authenticate_by_certificate(attestation, [unlogged.gate.roots.instances[PRIVATE]])


@pytest.fixture(scope="module")
def document(unlogged: Unlogged) -> Json:
    """A document of roots with an instance that has logs, and one that has none."""
    return with_unlogged_instance(unlogged.honest.world, unlogged.world)


def problems(document: Json, change: Callable[[Json], object]) -> list[tuple[str, str]]:
    """Return what is wrong with a changed document, and where."""
    changed = copy.deepcopy(document)
    change(changed)
    try:
        parse_roots(changed)
    except DocumentInvalid as error:
        return [(problem.where, problem.sentence) for problem in error.problems]
    return []


# The evidence


def test_a_timestamp_in_the_place_of_a_log_entry(unlogged: Unlogged) -> None:
    """Bundle v0.3 without an entry and without an SCT: signed when the instance's timestamp authority says."""
    for bundle in (unlogged.bundle(), unlogged.bundle(sct=True)):
        authentic = authenticate(unlogged, bundle)
        assert authentic.signed_at == STAMPED_AT
        assert authentic.signer.sigstore == PRIVATE
        assert authentic.signer.identity == unlogged.honest.identity.san


def test_an_empty_list_may_be_left_out(unlogged: Unlogged) -> None:
    """proto3's JSON leaves empty lists out: it is the same bundle."""
    bundle = unlogged.bundle()
    del bundle["verificationMaterial"]["tlogEntries"]
    assert authenticate(unlogged, bundle).signed_at == STAMPED_AT


def test_only_v03_knows_bundles_without_an_entry(unlogged: Unlogged) -> None:
    """Bundles v0.1 and v0.2 have a log entry, whoever made them."""
    for version in ("0.1", "0.2"):
        bundle = unlogged.bundle() | {"mediaType": f"application/vnd.dev.sigstore.bundle+json;version={version}"}
        with pytest.raises(EvidenceRefused):
            authenticate(unlogged, bundle)
    bundle = unlogged.bundle() | {"mediaType": "application/vnd.dev.sigstore.bundle+json;version=0.3"}
    assert authenticate(unlogged, bundle).signed_at == STAMPED_AT


def test_a_pep_740_attestation_has_no_place_for_it(unlogged: Unlogged) -> None:
    """PEP 740's form has one log entry and no timestamp: the evidence is kept, and not served in that form."""
    bundle = unlogged.bundle()
    assert not has_pep740(parse(json.dumps(bundle).encode()))
    attestation = unlogged.honest.sign(unlogged.honest.provenance())
    attestation["verification_material"]["transparency_entries"] = []
    examined = examine(
        json.dumps(attestation).encode(), artifact=unlogged.honest.artifact(), roots=unlogged.gate.roots, now=NOW
    )
    assert not examined.sound


@pytest.mark.parametrize("part", ["certificateAuthorities", "timestampAuthorities"])
@pytest.mark.parametrize("end", ["start", "end"])
def test_a_retired_authority_signs_nothing_new(unlogged: Unlogged, part: str, end: str) -> None:
    """The root as it stood: what was not yet, or no longer, in service when it was signed counts for nothing."""
    root = copy.deepcopy(unlogged.world.unlogged_root())
    moment = STAMPED_AT.replace(minute=3 if end == "start" else 1)
    root[part][0]["validFor"][end] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    instance = SigstoreInstance(PRIVATE, root, Transparency.NONE)
    attestation = parse(json.dumps(unlogged.bundle()).encode())
    assert isinstance(attestation, SigstoreBundle)
    with pytest.raises(NotAuthentic):
        authenticate_by_certificate(attestation, [instance])


# Beside the stock Verifier


@pytest.fixture(scope="module")
def sound(bundles: Bundles) -> Json:
    """A bundle with a log entry and a timestamp, which the stock Verifier takes."""
    return bundles.bundle("v0.3, Rekor v2")


def test_the_stock_verifier_cannot_be_asked(unlogged: Unlogged) -> None:
    """sigstore 4.5.1 takes no root without a log and no bundle without an entry; once it does, it is to be asked here."""
    document = TrustedRootDocument.from_json(json.dumps({"tlogs": [], "ctlogs": [], **unlogged.world.unlogged_root()}))
    with pytest.raises(VerificationError, match="no transparency log"):
        Verifier(trusted_root=TrustedRoot(document))
    with pytest.raises(InvalidBundle, match="exactly one log entry"):
        Bundle.from_json(json.dumps(unlogged.bundle()))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_what_both_are_asked_they_answer_alike(bundles: Bundles, sound: Json, data: st.DataObject) -> None:
    """Of envelope, certificate and timestamp nothing passes here that the stock Verifier refuses with the entry beside them.

    The instance is the logged one, its logs left out, which no document of roots may do; so both judge the same bytes.
    """
    world = bundles.honest.world
    stock = Verifier(trusted_root=TrustedRoot(TrustedRootDocument.from_json(json.dumps(world.trusted_root()))))
    instance = SigstoreInstance("simulated", world.unlogged_root(), Transparency.NONE)
    unchanged = data.draw(st.integers(0, 9)) == 0
    bundle = (
        sound
        if unchanged
        else changed_byte(sound, data, within=("certificate", "timestampVerificationData", "dsseEnvelope"))
    )
    stripped = copy.deepcopy(bundle)
    stripped["verificationMaterial"]["tlogEntries"] = []
    try:
        attestation = parse(json.dumps(stripped).encode())
        assert isinstance(attestation, SigstoreBundle)
        authentic = authenticate_by_certificate(attestation, [instance])
    except (EvidenceRefused, NotAuthentic, AuthorityUnknown):
        assert not unchanged
        return
    assert stock.verify_dsse(Bundle.from_json(json.dumps(bundle)), UnsafeNoOp())[1] == authentic.payload


# The entry in the roots


def test_an_instance_without_logs_says_so(document: Json) -> None:
    """Left out it means that there are logs: then the trusted root needs them, and the error says what to write."""
    assert problems(document, copy.copy) == []
    ((where, sentence),) = problems(document, lambda changed: changed["sigstore"][PRIVATE].pop("transparency"))
    assert where == f"{INSTANCE}/trusted_root"
    assert '"transparency": "none"' in sentence
    ((where, sentence),) = problems(document, lambda changed: changed["sigstore"][PRIVATE].update(transparency="log"))
    assert '"transparency": "none"' in sentence
    assert problems(document, lambda changed: changed["sigstore"]["simulated"].update(transparency="log")) == []


@pytest.mark.parametrize("value", ["None", "NONE", "", "no", None, False, 0, [], {}])
def test_the_choice_is_closed(document: Json, value: Any) -> None:
    """There are two words, and no third spelling of either."""
    found = problems(document, lambda changed: changed["sigstore"]["simulated"].update(transparency=value))
    assert found == [("/sigstore/simulated/transparency", "This is one of log, none.")]


@pytest.mark.parametrize("empty", [{"tlogs": []}, {"ctlogs": []}, {"tlogs": [], "ctlogs": []}])
def test_an_empty_list_of_logs_is_none(document: Json, empty: Json) -> None:
    """proto3's JSON leaves empty lists out, or does not: GitHub's own trusted root does."""
    assert "tlogs" not in document["sigstore"][PRIVATE]["trusted_root"]
    assert problems(document, lambda changed: changed["sigstore"][PRIVATE]["trusted_root"].update(empty)) == []


@pytest.mark.parametrize("part", ["tlogs", "ctlogs", "certificateAuthorities"])
def test_a_part_left_out_is_a_part_missing(document: Json, part: str) -> None:
    """A root that leaves out what its instance needs is told so, and not what a library's model calls it."""
    ((where, sentence),) = problems(
        document, lambda changed: changed["sigstore"]["simulated"]["trusted_root"].pop(part)
    )
    assert where == "/sigstore/simulated/trusted_root"
    assert "it needs a" in sentence


@pytest.mark.parametrize("part", ["tlogs", "ctlogs"])
def test_logs_that_would_not_be_asked(document: Json, unlogged: Unlogged, part: str) -> None:
    """An entry that says none while its root has a log would leave that log unasked."""
    logs = unlogged.world.trusted_root()[part]
    ((where, sentence),) = problems(
        document, lambda changed: changed["sigstore"][PRIVATE]["trusted_root"].update({part: logs})
    )
    assert where == f"{INSTANCE}/trusted_root"
    assert "would not be asked" in sentence


@pytest.mark.parametrize("part", ["timestampAuthorities", "certificateAuthorities"])
def test_what_it_cannot_do_without(document: Json, part: str) -> None:
    """Without a log, only a timestamp authority can say when; and nobody signs without a certificate."""
    ((where, sentence),) = problems(
        document, lambda changed: changed["sigstore"][PRIVATE]["trusted_root"].update({part: []})
    )
    assert where == f"{INSTANCE}/trusted_root"
    assert "authority" in sentence


@pytest.mark.parametrize("part", [slice(0, 2), slice(1, 2)], ids=["whole", "its root alone"])
def test_no_authority_with_and_without_a_log(document: Json, unlogged: Unlogged, part: slice) -> None:
    """One authority in two entries: what its log has never seen would pass by the one that asks for none."""
    theirs = unlogged.honest.world.unlogged_root()
    theirs["certificateAuthorities"][0]["certChain"]["certificates"] = theirs["certificateAuthorities"][0]["certChain"][
        "certificates"
    ][part]
    entry = {"trusted_root": theirs, "transparency": "none"}
    ((where, sentence),) = problems(document, lambda changed: changed["sigstore"].update({"a/b": entry}))
    assert where == "/sigstore/a~1b/trusted_root"
    assert "shares a certificate authority with simulated" in sentence


def test_two_instances_without_a_log_may_share_one(document: Json) -> None:
    """Tenants of one enterprise, say, below one root: neither has a log that the other would leave unasked."""
    assert problems(document, lambda changed: changed["sigstore"].update(tenant=changed["sigstore"][PRIVATE])) == []


# Where it is told


def test_roots_check_tells_it(document: Json, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever looks at a document of roots is told which of its instances publish nothing."""
    (tmp_path / "roots.json").write_text(json.dumps(document))
    assert main(["roots", "check", str(tmp_path / "roots.json")]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("valid: sha256 ")
    assert [line.partition(".")[0] for line in told[1:]] == [f"{PRIVATE}: no public log"]


def test_roots_fetch_writes_it(unlogged: Unlogged, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An instance without logs is fetched by whoever says that it is one, and is told what is lost by it."""
    repository = TufRepository()
    repository.publish(json.dumps(unlogged.world.unlogged_root()).encode())
    (tmp_path / "root.json").write_bytes(repository.pinned)
    with repository.serve() as address:
        fetch = ["roots", "fetch", "--tuf", address, "--root", str(tmp_path / "root.json"), "--instance", "github"]
        assert main(fetch) == 2
        printed = capsys.readouterr()
        assert '"transparency": "none"' in printed.err
        assert printed.out == ""
        assert main([*fetch, "--transparency", "none"]) == 0
    printed = capsys.readouterr()
    entry = {"trusted_root": unlogged.world.unlogged_root(), "transparency": "none"}
    assert json.loads(printed.out) == {"sigstore": {"github": entry}}
    assert "github: no public log. Nobody but the instance sees what it issues" in printed.err
    (tmp_path / "github.json").write_text(printed.out)
    assert main(["roots", "assemble", str(tmp_path / "github.json"), "--shipped"]) == 0


def test_roots_fetch_takes_no_logged_instance_for_one(unlogged: Unlogged, tmp_path: Path) -> None:
    """An instance that has logs is not fetched as one without: its logs would go unasked."""
    repository = TufRepository()
    repository.publish(json.dumps(unlogged.world.trusted_root()).encode())
    (tmp_path / "root.json").write_bytes(repository.pinned)
    with repository.serve() as address:
        fetch = ["roots", "fetch", "--tuf", address, "--root", str(tmp_path / "root.json"), "--transparency", "none"]
        assert main(fetch) == 2
