"""Proposing through the API: any kind of trusted document, and never a voice on it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from expectations import actions, origin, queries, trusted
from expectations.api import proposals
from expectations.api.packages import find_package
from expectations.api.problems import ApiProblem, responses
from expectations.api.versions import OF_A_PACKAGE, OF_THE_REGISTRY
from expectations.models import Kind, Proposal
from expectations.models.documents import OF_PACKAGES
from expectations.rights import may_read
from expectations.trusted import Trusted
from registry.api.authors import AuthorView, author_of, refuse_beyond
from registry.models import Account, File, Package, Person, Refusal, Release
from verification.canonical import parse_strict
from verification.reasons import Reason


class NewProposalSerializer(serializers.Serializer[Any]):
    """A whole new document, what it is about, and why.

    ``package`` for the kinds expectation, roster, status and deletion; ``file`` or ``release`` for a deletion; ``person``
    for the kind person. ``refusal`` is the refused upload that it was started from.
    """

    kind = serializers.ChoiceField(choices=Kind.values)
    package = serializers.CharField(required=False, max_length=200)
    file = serializers.CharField(required=False, max_length=300)
    release = serializers.CharField(required=False, max_length=300)
    person = serializers.UUIDField(required=False)
    document = serializers.DictField()
    reason = serializers.CharField(max_length=2000)
    refusal = serializers.UUIDField(required=False)


class DocumentSerializer(serializers.Serializer[Any]):
    """What was proposed whole. ``preimage`` is the text whose SHA-256, after the line that marks it, is agreed to."""

    document = serializers.DictField()
    preimage = serializers.CharField()
    digest = serializers.CharField()


class ProposingView(AuthorView):
    """Where proposals are made."""

    @extend_schema(
        operation_id="propose",
        tags=["proposals"],
        request=NewProposalSerializer,
        responses={201: proposals.ProposalSerializer, **responses(400, 401, 403, 404, 409, 415)},
    )
    def post(self, request: Request) -> Response:
        """Propose. It carries no voice: its author decides on its page, like everybody else."""
        account = author_of(request)
        form = NewProposalSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        sent = form.validated_data
        package = _package(sent)
        refuse_beyond(request, package)
        proposal = actions.propose(
            _about(sent, package),
            content=sent["document"],
            reason=sent["reason"],
            by=account,
            origin=origin.of_request(request._request),
            refusal=_refusal(sent, package, account),
        )
        place = reverse("api-proposal", kwargs={"proposal_id": proposal.pk})
        told = proposals.tell(proposals.find_proposal(proposal.pk))
        return Response(told, status=status.HTTP_201_CREATED, headers={"Location": place})


class ProposedDocumentView(AuthorView):
    """What a proposal would put in force, for whom its page is for."""

    @extend_schema(
        operation_id="proposed_document",
        tags=["proposals"],
        responses={200: DocumentSerializer, **responses(401, 403, 404)},
    )
    def get(self, request: Request, proposal_id: UUID) -> Response:
        """Tell the whole document that is proposed, and the text that is agreed to."""
        account = author_of(request)
        proposal = proposals.find_proposal(proposal_id)
        refuse_beyond(request, proposal.package)
        if not may_read(proposal, account.person_id):
            raise ApiProblem(403, Reason.NOT_A_STEWARD if proposal.package is None else Reason.NOT_A_MAINTAINER)
        return Response(_tell(proposal))


def _tell(proposal: Proposal) -> dict[str, Any]:
    return {
        "document": parse_strict(proposal.content),
        "preimage": proposal.preimage,
        "digest": proposal.digest,
    }


def _package(sent: dict[str, Any]) -> Package | None:
    if sent["kind"] not in OF_PACKAGES:
        return None
    return find_package(_needed(sent, "package"))


def _about(sent: dict[str, Any], package: Package | None) -> Trusted:
    kind = Kind(sent["kind"])
    if package is None:
        return trusted.accounts_of(_person(sent)) if kind is Kind.PERSON else OF_THE_REGISTRY[kind]()
    if kind is Kind.DELETION:
        return trusted.deletion_of(_to_delete(sent, package), package)
    return OF_A_PACKAGE[kind](package)


def _to_delete(sent: dict[str, Any], package: Package) -> File | Release:
    if ("file" in sent) == ("release" in sent):
        raise ValidationError({"file": "A deletion is of a file or of a release: send one of the two."})
    found: File | Release | None
    if "file" in sent:
        found = File.objects.filter(release__package=package, filename=sent["file"]).first()
    else:
        found = Release.objects.filter(package=package, version=sent["release"]).first()
    if found is None:
        raise ValidationError({"file" if "file" in sent else "release": "This package has none of this name."})
    return found


def _person(sent: dict[str, Any]) -> Person:
    found = Person.objects.filter(pk=_needed(sent, "person")).first()
    if found is None:
        raise ValidationError({"person": "There is no person of this id."})
    return found


def _refusal(sent: dict[str, Any], package: Package | None, account: Account) -> Refusal | None:
    if "refusal" not in sent:
        return None
    if package is None or account.person_id not in queries.maintainers(package):
        raise ApiProblem(403, Reason.NOT_A_MAINTAINER)  # refusals are their business alone
    found = Refusal.objects.filter(pk=sent["refusal"], package=package).first()
    if found is None:
        raise ValidationError({"refusal": "This package has no refusal of this id."})
    return found


def _needed(sent: dict[str, Any], name: str) -> Any:
    if name not in sent:
        raise ValidationError({name: f"A proposal of the kind {sent['kind']} has to name it."})
    return sent[name]
