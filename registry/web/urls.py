"""The addresses of the pages."""

from django.urls import URLPattern, URLResolver, path, register_converter
from django.urls.converters import StringConverter

from expectations import views as proposals
from registry.impact import impact_of
from registry.web import (
    account,
    audit_log,
    closing,
    deletion,
    demo_mail,
    files,
    invitations,
    maintainers,
    name_register,
    packages,
    persons,
    publishers,
    refusals,
    release_pages,
    releases,
    robots,
    status,
    stewardship,
)


class VersionConverter(StringConverter):
    """What can be a version (PEP 440): it begins with a digit, which no other page of a package does."""

    regex = r"v?[0-9][^/\x00-\x1f\x7f]*"


register_converter(VersionConverter, "version")

urlpatterns: list[URLPattern | URLResolver] = [
    path("account/", account.show, name="account"),
    path("account/tokens/", account.make_token, name="token-create"),
    path("account/tokens/<uuid:token_id>/revoke/", account.end_token, name="token-revoke"),
    path("account/invitations/", invitations.invitations, name="invitations"),
    path("invitations/<str:secret>/", invitations.invitation, name="invitation"),
    path("", packages.index, name="home"),
    path("packages/", packages.index, name="packages"),
    path("search/", packages.find, name="search"),
    path("packages/new/", packages.new, name="package-new"),
    path("packages/<str:name>/", packages.package, name="package"),
    path("packages/<str:name>/refusals/", refusals.refusals, name="refusals"),
    path("packages/<str:name>/robots/", packages.add_robot, name="robot-add"),
    path("packages/<str:name>/robots/tokens/", robots.make_token, name="robot-token-create"),
    path("packages/<str:name>/robots/<uuid:token_id>/revoke/", robots.end_token, name="robot-token-revoke"),
    path("packages/<str:name>/maintainers/", maintainers.maintainers, name="maintainers"),
    path("packages/<str:name>/publishers/", publishers.publishers, name="publishers"),
    path("packages/<str:name>/publishers/remove/", publishers.remove, name="publishers-remove"),
    path("packages/<str:name>/state/", status.status, name="status"),
    path("packages/<str:name>/state/close/", closing.close, name="status-close"),
    path("packages/<str:name>/state/close/key/", closing.close_by_key, name="status-close-key"),
    path("packages/<str:name>/releases/", releases.releases, name="releases"),
    path("packages/<str:name>/releases/yank/", releases.yank, name="release-yank"),
    path("packages/<str:name>/releases/<uuid:release_id>/unyank/", releases.unyank, name="release-unyank"),
    path("packages/<str:name>/deletion/", deletion.deletion, name="deletion"),
    path("packages/<str:name>/<version:version>/", release_pages.release, name="release"),
    path("packages/<str:name>/<str:version>/<str:filename>", files.file, name="file-page"),
    path("refusals/<uuid:refusal_id>/", refusals.refusal, name="refusal"),
    path("registry/", stewardship.overview, name="registry"),
    path("registry/refusals/", refusals.every_refusal, name="every-refusal"),
    path("registry/names/", name_register.names, name="names"),
    path("registry/persons/", persons.find, name="persons"),
    path("registry/persons/<uuid:person_id>/", persons.person, name="person"),
    path("proposals/<uuid:proposal_id>/", proposals.proposal, {"impact_of": impact_of}, name="proposal"),
    path("proposals/<uuid:proposal_id>/decide/", proposals.decide, {"impact_of": impact_of}, name="proposal-decide"),
    path("demo/mail/", demo_mail.mails, name="demo-mail"),
    path("audit/", audit_log.audit_log, name="audit"),
    path("audit/log.jsonl", audit_log.download, name="audit-download"),
]
