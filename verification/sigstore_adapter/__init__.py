"""The one room that speaks with sigstore: is this evidence authentic under that Sigstore instance?

Every primitive is sigstore's or cryptography's: certificate chain and time, SCT, log inclusion, signature. Which
signer that is, and what he may say, is not asked here: the steps after this one do, for every signer, and none of them can
be left out.

- ``reading`` and ``documents``: evidence, whose shape :mod:`verification.bundle` has checked, into sigstore's models;
- ``instance_root``: the instance's trusted root as it stood when the evidence was signed; ``kept_root``: read once;
- ``log_entry``: what its log has signed, and what sigstore does not ask; ``dsse_entry``, ``intoto_entry``,
  ``hashedrekord_entry`` and ``hashedrekord_v2_entry``: that it is of these very materials, by the ``entry_signer``;
- ``certificate_timestamp``: the certificate log's word, under the issuers' keys that are kept;
- ``promised_bundle``: bundles whose log entry is promised and not yet proven;
- ``verifier``: sigstore's Verifier, completed; ``instance``: all of it in its order;
- ``transparency``, ``unlogged_bundle``, ``unlogged_verifier``: an instance that has no logs;
- ``witnesses``, ``key_bundle``, ``timestamps``: who has seen the signature of a plain key.

sigstore's private names are used in this room alone; ``tests/verification/test_sigstore_private.py`` holds them.
"""

from verification.sigstore_adapter.instance import SigstoreInstance, authenticate_by_certificate
from verification.sigstore_adapter.outcome import Authentic, AuthorityUnknown, NotAuthentic
from verification.sigstore_adapter.reading import carries_to_pep740, read_bundle
from verification.sigstore_adapter.transparency import Transparency
from verification.sigstore_adapter.witnesses import Witness, witnesses_of

__all__ = [
    "Authentic",
    "AuthorityUnknown",
    "NotAuthentic",
    "SigstoreInstance",
    "Transparency",
    "Witness",
    "authenticate_by_certificate",
    "carries_to_pep740",
    "read_bundle",
    "witnesses_of",
]
