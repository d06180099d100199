"""Build types whose statements are signed by the builder's own key, and which are read from the predicate.

The key's owner (Google, the operator of a cluster) writes the predicate, and the roots of trust say how far he is
believed. The same statement may come under a certificate, for anybody can write it into his own workflow: then
nothing of it is believed that the certificate does not say as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from packaging.version import Version

from verification.build_types import pinning
from verification.build_types.claims import read_facts
from verification.build_types.interface import Agreement, FirstUseRefused
from verification.canonical import JsonValue
from verification.provenance import Facts, Provenance, Signer
from verification.reasons import Reason


def backed(facts: Facts, signer: Signer, *, source: str | None = None) -> Iterator[Agreement]:
    """Yield, for a certificate's signer, that it backs each fact of the predicate. A key's and nobody's have no certificate.

    ``source``: what the predicate names as the source where it is no repository; no certificate backs that.
    """
    if not signer.certified:
        return
    certified = read_facts(signer)
    for fact, certificate, predicate in (
        ("source repository", certified.repository, facts.repository or source),
        ("source commit", certified.commit, facts.commit),
        ("source ref", certified.ref, facts.ref),
        ("configuration path", certified.configuration_path, facts.configuration_path),
        ("runner", certified.runner, facts.runner),
    ):
        if predicate is not None:
            yield Agreement(fact, certificate, predicate)


def derive(
    provenance: Provenance,
    *,
    version: Version,
    pinned: pinning.Rules,
    vary: pinning.Rules = MappingProxyType({}),
    source: str | None = None,
) -> Mapping[str, JsonValue]:
    """Return the recipe that pins every external parameter as it is, but those ruled by ``pinned`` and ``vary``.

    ``source``: what the predicate names as the source where it is no repository. Raises FirstUseRefused for a
    certificate's signer: its identity is not what these build types are about.
    """
    if provenance.signer.key is None:
        raise FirstUseRefused(Reason.FIRST_USE_UNSUPPORTED, "this build type is pinned for a builder's own key only")
    if not (provenance.facts.repository or source):
        raise FirstUseRefused(Reason.FIRST_USE_UNSUPPORTED, "the predicate names no source")
    ruled = {text.split("/")[1] for text in (*pinned, *vary)}
    parameters = {**pinning.other_parameters(provenance, ruled=ruled), **pinned, **vary}
    return pinning.recipe(provenance, version=version, claims={}, parameters=parameters, pin_identity=False)
