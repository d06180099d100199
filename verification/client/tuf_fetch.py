"""Brings one target out of a TUF repository, from a pinned ``root.json``: the only code here that asks the network.

python-tuf verifies (TUF specification 1.0, section 5): the chain of roots from the pinned one, signatures, expiry,
versions, and each file's length and hashes. Here stand the limits: https alone, no redirects, caps, and nothing is
kept between two runs, so that no earlier answer can stand in for a check.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import requests
from tuf.api.exceptions import (
    DownloadError,
    DownloadHTTPError,
    DownloadLengthMismatchError,
    ExpiredMetadataError,
    LengthOrHashMismatchError,
    RepositoryError,
    UnsignedMetadataError,
)
from tuf.ngclient import FetcherInterface, Updater, UpdaterConfig

from verification.root_document import MAX_BYTES

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

TIMEOUT_SECONDS = 30.0
CHUNK_BYTES = 64 * 1024

MAX_ROTATIONS = 64
"""Most new roots since the pinned one. Sigstore's has had some fifteen in five years."""

MAX_METADATA_BYTES = 512 * 1024
"""Largest metadata file of each role. Sigstore's largest has some ten KiB."""


class FetchRefused(Exception):
    """The target was not brought; the message is one sentence that says why."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A target's verified bytes, and the version of the root that vouched for it."""

    content: bytes
    pinned_version: int
    root_version: int


def fetch_target(url: str, *, pinned_root: bytes, target: str) -> Fetched:
    """Return a target of the TUF repository at ``url``, whose targets are below ``targets/``, as Sigstore lays it out.

    Raises FetchRefused.
    """
    address = checked_address(url)
    try:
        with tempfile.TemporaryDirectory() as folder:
            return _fetch(address, pinned_root, target, Path(folder))
    except (RepositoryError, DownloadError) as error:
        raise FetchRefused(_explained(error)) from error
    except (ValueError, OSError) as error:
        raise FetchRefused(f"the repository cannot be read: {error}") from error


def checked_address(url: str) -> str:
    """Return the address with a slash at its end. Raises FetchRefused unless it is https, or http on this very machine."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise FetchRefused(f"{url} is not an address") from error
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOOPBACK):
        raise FetchRefused("a TUF repository is asked over https alone")
    if not host or parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise FetchRefused("the address has a host and perhaps a path: no user, query or fragment")
    return url if url.endswith("/") else f"{url}/"


def _fetch(address: str, pinned_root: bytes, target: str, folder: Path) -> Fetched:
    config = UpdaterConfig(
        max_root_rotations=MAX_ROTATIONS,
        root_max_length=MAX_METADATA_BYTES,
        snapshot_max_length=MAX_METADATA_BYTES,
        targets_max_length=MAX_METADATA_BYTES,
    )
    with requests.Session() as session:
        fetcher = _Fetcher(session, proxied=urlsplit(address).scheme == "https")
        try:
            updater = Updater(
                str(folder), address, str(folder), f"{address}targets/", fetcher, config, bootstrap=pinned_root
            )
        except RepositoryError as error:
            raise FetchRefused(f"the pinned root is not a root.json of a TUF repository ({error})") from error
        pinned_version = _version(folder)
        updater.refresh()
        found = updater.get_targetinfo(target)
        if found is None:
            raise FetchRefused(f"the repository has no target {target}")
        if found.length > MAX_BYTES:
            raise FetchRefused(f"{target} has {found.length} bytes; at most {MAX_BYTES} are taken")
        # Into a name of our own: the target's is the repository's word.
        path = updater.download_target(found, str(folder / "target"))
        return Fetched(Path(path).read_bytes(), pinned_version, _version(folder))


def _version(folder: Path) -> int:
    """Return the version of the root in force, as python-tuf keeps it: ``root.json`` links to the file of that version."""
    return int((folder / "root.json").resolve().name.split(".", 1)[0])


class _Fetcher(FetcherInterface):
    """Downloads without following redirects: an answer from elsewhere, or over http, is not the repository's."""

    def __init__(self, session: requests.Session, *, proxied: bool) -> None:
        self._session = session
        session.trust_env = proxied

    def _fetch(self, url: str) -> Iterator[bytes]:
        response = self._session.get(
            url,
            stream=True,
            allow_redirects=False,
            timeout=TIMEOUT_SECONDS,
            headers={"Accept-Encoding": "identity"},
        )
        if response.status_code != requests.codes.ok:
            response.close()
            raise DownloadHTTPError(f"{url} answered {response.status_code}", response.status_code)
        return response.iter_content(CHUNK_BYTES)


_SENTENCES: tuple[tuple[type[Exception], str], ...] = (
    (DownloadLengthMismatchError, "the repository sends more than it may"),
    (DownloadHTTPError, "the repository does not have a file that it should have, or has moved"),
    (DownloadError, "the repository cannot be reached"),
    (ExpiredMetadataError, "the repository's metadata has expired: it is stale, or this machine's clock is wrong"),
    (UnsignedMetadataError, "the pinned root does not vouch for this repository: too few of its keys have signed"),
    (LengthOrHashMismatchError, "a file is not the one that the repository's metadata names"),
    (RepositoryError, "the repository's metadata does not hold"),
)


def _explained(error: Exception) -> str:
    said = next(sentence for kind, sentence in _SENTENCES if isinstance(error, kind))
    detail = str(error).strip()
    return f"{said} ({ascii(detail)[1:-1][:200]})" if detail else said
