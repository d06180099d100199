"""``POST /api/v1/dry-run``: what an upload would get. Nothing is stored, and the answer says so."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from expectations import queries
from expectations.api.problems import ApiProblem, responses
from expectations.api.view import PublicView
from registry.api.incoming import authenticate, receiving
from registry.api.refusals import ProblemOfAFileSerializer
from registry.api.upload import status_of, told
from registry.dry_run import Foresight, dry_run
from registry.models import Account, Token
from registry.upload_refused import UploadRefused
from verification.reasons import Reason
from verification.verdict_document import to_document

STORED_NOTHING = "This was a dry run: nothing was stored, and no refusal kept."


class DryRunFormSerializer(serializers.Serializer[Any]):
    """The fields of an upload, as twine and the others send them; others are taken too.

    As in an upload, ``:action`` is ``file_upload`` and ``protocol_version`` is ``1``.
    Without ``content``, ``filename`` and ``sha256_digest`` say which file it would be, and ``size`` how large.
    """

    content = serializers.FileField(required=False)
    filename = serializers.CharField(required=False)
    size = serializers.CharField(required=False)
    attestations = serializers.CharField(required=False, help_text="A JSON list, as in an upload.")
    name = serializers.CharField(required=False)
    version = serializers.CharField(required=False)
    filetype = serializers.CharField(required=False)
    metadata_version = serializers.CharField(required=False)
    sha256_digest = serializers.CharField(required=False)


class ForetoldSerializer(serializers.Serializer[Any]):
    """What an upload would get now. ``problems`` has all that stands against it; ``reason`` and ``message`` lead.

    ``status`` and ``message`` are those of the upload. ``verdict`` (/schemas/verdict-1.json) has every check of the
    evidence, null where it came not so far. ``unchecked`` says what could not be looked at.
    """

    dry_run = serializers.BooleanField()
    stored = serializers.BooleanField()
    note = serializers.CharField()
    result = serializers.ChoiceField(choices=["accepted", "already-here", "refused"])
    status = serializers.IntegerField()
    reason = serializers.CharField(allow_null=True)
    message = serializers.CharField()
    link = serializers.CharField(allow_null=True)
    problems = ProblemOfAFileSerializer(many=True)
    unchecked = serializers.ListField(child=serializers.CharField())
    verdict = serializers.DictField(allow_null=True)


class DryRunView(PublicView):
    """Where dry runs are sent. A session needs no CSRF token here: nothing is changed, and nobody else reads the answer."""

    def perform_authentication(self, request: Request) -> None:
        """Do nothing: who asks is found out when the form is taken, for DRF would take the session's user away."""

    @extend_schema(
        operation_id="dry_run",
        tags=["packages"],
        request={"multipart/form-data": DryRunFormSerializer},
        responses={200: ForetoldSerializer, **responses(401, 403, 507)},
    )
    def post(self, request: Request) -> Response:
        """Tell what an upload of this form would get. Needs a token that uploads, or a browser's session."""
        raw = request._request
        by = _sender(request)
        policy = queries.read_policy(queries.active_policy_version())
        try:
            with receiving(raw, policy) as incoming:
                received = incoming.received
                try:
                    foresight = dry_run(incoming.fields, received, by=by)
                finally:
                    if received is not None:
                        received.discard()
        except UploadRefused as refused:
            foresight = Foresight(refused, repeated=False, verdict=None, unchecked=())
        except OSError as error:  # a full disk: what is received lies in quarantine while it is looked at
            raise ApiProblem(507, Reason.NOT_STORED, "The registry's log says why.") from error
        return Response(_tell(foresight))


def _sender(request: Request) -> Token | Account:
    """Return the token, or whose session it is. Raises ApiProblem, as an upload would be refused."""
    raw = request._request
    if "Authorization" not in request.headers and isinstance(raw.user, Account):
        return raw.user
    try:
        return authenticate(raw)
    except UploadRefused as refused:
        raise ApiProblem(status_of(refused), refused.reason, refused.detail, link="/account/") from refused


def _tell(foresight: Foresight) -> dict[str, Any]:
    refused = foresight.refused
    accepted = "already here: it would change nothing" if foresight.repeated else "it would be accepted"
    return dict(
        ForetoldSerializer(
            {
                "dry_run": True,
                "stored": False,
                "note": STORED_NOTHING,
                "result": "refused" if refused else "already-here" if foresight.repeated else "accepted",
                "status": status_of(refused) if refused else 200,
                "reason": refused.reason.value if refused else None,
                "message": told(refused) if refused else accepted,
                "link": f"{settings.BASE_URL}{refused.link}" if refused and refused.link else None,
                "problems": refused.problems if refused else (),
                "unchecked": list(foresight.unchecked),
                "verdict": to_document(foresight.verdict) if foresight.verdict else None,
            }
        ).data
    )
