"""The addresses that programs talk to. The converters let through no text that the database could not be asked for."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, register_converter
from django.urls.converters import StringConverter

from registry.api import files, integrity, oidc, schemas, simple, upload


class Sha256Converter(StringConverter):
    """A SHA-256 in lower-case hex."""

    regex = "[0-9a-f]{64}"


class FilenameConverter(StringConverter):
    """One path segment without control characters."""

    regex = r"[^/\x00-\x1f\x7f]+"


register_converter(Sha256Converter, "sha256")
register_converter(FilenameConverter, "filename")

BLOB = "files/<str:prefix>/<sha256:sha256>/<filename:filename>"
FILE = "integrity/<str:project>/<str:version>/<filename:filename>"

urlpatterns: list[URLPattern | URLResolver] = [
    # What is asked most comes first, for one after the other is tried.
    path("simple/<str:name>/", simple.project, name="simple-project"),
    path("simple/", simple.root, name="simple-root"),
    path(f"{BLOB}.metadata", files.metadata, name="file-metadata"),
    path(BLOB, files.download, name="file"),
    path("legacy/", upload.upload, name="upload"),
    path("legacy", upload.upload),  # clients do not follow a redirect with a file in hand
    path("_/oidc/audience", oidc.audience, name="oidc-audience"),
    path("_/oidc/mint-token", oidc.mint_token, name="oidc-mint-token"),
    path("_/oidc/burn-token", oidc.burn_token, name="oidc-burn-token"),
    path(".well-known/pytp", oidc.discover, name="oidc-discover"),
    path(".well-known/pytp/<sha256:key>", oidc.discover_by_key, name="oidc-discover-by-key"),
    path("schemas/<str:kind>-<int:version>.json", schemas.schema, name="schema"),
    path(f"{FILE}/provenance", integrity.provenance, name="provenance"),
    path(f"{FILE}/verdict", integrity.verdict, name="verdict"),
    path(f"{FILE}/expectation", integrity.expectation, name="judged-by"),
    path(f"{FILE}/roots", integrity.roots, name="judged-under"),
    path(f"{FILE}/evidence/<filename:sha256>", integrity.evidence, name="evidence"),
]
