"""One normal form for the URI of a source repository.

Builders spell one repository in many ways (``git+`` before it, ``.git`` behind it, no scheme at all). The normal form
may leave two spellings of one repository apart, which costs a refusal that a person can mend. It can never bring two
repositories together, which would let a stranger's build in; so whatever is unusual is refused, not repaired.
"""

from __future__ import annotations

import string

MAX_LENGTH = 2_048
"""Longest URI looked at. Forges cap owner and repository at some hundred characters each."""

_UNRESERVED = string.ascii_lowercase + string.ascii_uppercase + string.digits + "-._~"
"""RFC 3986, section 2.3: only these mean the same with and without percent-encoding."""

_HOST_CHARACTERS = string.ascii_lowercase + string.digits + "-."

_NO_NAMES = frozenset({"", ".", ".."})
"""Segments that name nothing, or another place."""

_WITHOUT_SCHEME = frozenset({"github.com"})
"""Hosts whose repositories some builder (CircleCI) names without a scheme; they answer to https alone."""

_WITHOUT_AT = frozenset({"github.com", "gitlab.com"})
"""Hosts that allow no ``@`` in a repository's path, so that a second one can only belong to the ref."""


class NotASourceUri(ValueError):
    """The text is not the plain URI of a source repository; the message says why."""


def normalise(text: str) -> str:
    """Return the normal form, ``https://host/path`` (or ``http://``), of a source repository's URI.

    ``git+``, one trailing slash, one ``.git``, the case of scheme and host, and needless percent-encoding fall away;
    the path keeps its case. http stays http: who can answer for one need not be who answers for the other. A ref must
    have been taken off by :func:`split_ref` before. Raises NotASourceUri for everything else.
    """
    if len(text) > MAX_LENGTH or not text.isascii():
        raise NotASourceUri("is too long or not ASCII")
    scheme, authority, path = _parts(text)
    host = _host(authority)
    segments = _segments(path)
    if host == "github.com" and len(segments) != 2:
        raise NotASourceUri("a repository on github.com is an owner and a name")
    return f"{scheme}://{host}/{'/'.join(segments)}"


def split_ref(text: str) -> tuple[str, str | None]:
    """Return a URI without its ``@ref`` suffix, and the ref, or None where there is none. Neither is normalised.

    The ref begins at the first ``@`` of the path. On a host that might allow ``@`` in repository names, a second ``@``
    is ambiguous. Raises NotASourceUri for that, and for an empty ref.
    """
    head, separator, rest = text.partition("://")
    if not separator:
        head, rest = "", text
    authority, slash, path = rest.partition("/")
    path, at, ref = path.partition("@")
    if not at:
        return text, None
    if not ref:
        raise NotASourceUri("has an empty ref after @")
    if "@" in ref and authority.lower() not in _WITHOUT_AT:
        raise NotASourceUri("has more than one @, so that the ref's beginning is unclear")
    return f"{head}{separator}{authority}{slash}{path}", ref


def _parts(text: str) -> tuple[str, str, str]:
    before, separator, rest = text.partition("://")
    authority, _, path = (rest if separator else text).partition("/")
    if not separator:
        if authority.lower() not in _WITHOUT_SCHEME:
            raise NotASourceUri("has no scheme")
        return "https", authority, path
    scheme = before.lower().removeprefix("git+")
    if scheme not in {"https", "http"}:
        raise NotASourceUri("is neither https nor http")
    return scheme, authority, path


def _host(authority: str) -> str:
    host = authority.lower()
    # User, port, IPv6 brackets, percent-encoding and a trailing dot all fail here.
    if not _has_only(_HOST_CHARACTERS, host) or "" in host.split("."):
        raise NotASourceUri("has something else than a plain host name before the path")
    return host


def _has_only(characters: str, text: str) -> bool:
    """Say whether the text has no other characters than these: then stripping leaves nothing."""
    return not text.strip(characters)


def _segments(path: str) -> list[str]:
    segments = path.removesuffix("/").split("/")
    if "%" in path:
        segments = [_decoded(segment) for segment in segments]
    if not _has_only(_UNRESERVED, "".join(segments)):
        raise NotASourceUri("has a character in its path that repositories do not have in common")
    segments[-1] = segments[-1].removesuffix(".git")
    if not _NO_NAMES.isdisjoint(segments):
        raise NotASourceUri("has an empty or dot segment in its path")
    if segments[-1].endswith(".git"):
        # Taking off one more would make r.git.git and r.git one repository.
        raise NotASourceUri("ends in .git twice")
    return segments


def _decoded(segment: str) -> str:
    head, *encoded = segment.split("%")
    return head + "".join(_decoded_character(part[:2]) + part[2:] for part in encoded)


def _decoded_character(digits: str) -> str:
    if len(digits) != 2 or not set(string.hexdigits).issuperset(digits):
        raise NotASourceUri("has a broken percent-encoding")
    return chr(int(digits, 16))
