"""Proposals and the voices on them, for everybody to read: as much as the pages show without signing in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from expectations import queries
from expectations.api.packages import find_package
from expectations.api.paging import PageQuery, PageSerializer, page
from expectations.api.problems import ApiProblem, responses
from expectations.api.view import PublicView
from expectations.models import Decision, Kind, Proposal, Voice
from expectations.queries import Standing
from expectations.rights import ABOUT_PEOPLE
from verification.reasons import Reason


class DecisionSerializer(serializers.Serializer[Any]):
    """One person's voice on exactly ``digest``, and the second factor that it was given by. Who it is, is told by id."""

    voice = serializers.ChoiceField(choices=Voice.values)
    person = serializers.UUIDField()
    digest = serializers.CharField()
    factor = serializers.CharField()
    decided_at = serializers.DateTimeField()


class ProposalSerializer(serializers.Serializer[Any]):
    """What somebody wants in force, how it stands, and the voices on it. ``digest`` is what is agreed to.

    ``object`` is what it is about; ``base_number`` and ``base_digest`` are the version that it starts from (0 and null where
    none stands); ``version`` is the number that it became by two people's agreement, or null.
    """

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Kind.values)
    package = serializers.CharField(allow_null=True)
    object = serializers.UUIDField()
    base_number = serializers.IntegerField()
    base_digest = serializers.CharField(allow_null=True)
    digest = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    standing = serializers.ChoiceField(choices=[standing.value for standing in Standing])
    proposer = serializers.UUIDField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    version = serializers.IntegerField(allow_null=True)
    decisions = DecisionSerializer(many=True)


class ProposalPageSerializer(PageSerializer):
    """Proposals, the newest first."""

    items = ProposalSerializer(many=True)


def tell(proposal: Proposal) -> dict[str, Any]:
    """Return a proposal as the API tells everybody: people by their ids alone, and without the document."""
    base, version = proposal.base, getattr(proposal, "version", None)
    return dict(
        ProposalSerializer(
            {
                "id": proposal.pk,
                "kind": proposal.kind,
                "package": proposal.package.name if proposal.package else None,
                "object": proposal.object,
                "base_number": base.number if base else 0,
                "base_digest": base.digest if base else None,
                "digest": proposal.digest,
                "reason": "" if proposal.kind in ABOUT_PEOPLE else proposal.reason,
                "standing": queries.standing(proposal).value,
                "proposer": proposal.proposer_id,
                "created_at": proposal.created_at,
                "expires_at": proposal.expires_at,
                "version": version.number if version else None,
                "decisions": [_tell_voice(decision) for decision in proposal.decisions.all()],
            }
        ).data
    )


def _tell_voice(decision: Decision) -> dict[str, Any]:
    return {
        "voice": decision.voice,
        "person": decision.person_id,
        "digest": decision.digest,
        "factor": decision.factor,
        "decided_at": decision.decided_at,
    }


def find_proposal(proposal_id: UUID) -> Proposal:
    """Return the proposal of an id. Raises Http404."""
    return get_object_or_404(_all(), pk=proposal_id)


def _all() -> QuerySet[Proposal]:
    return Proposal.objects.select_related("package", "base", "version").prefetch_related("decisions")


class PackageProposalsView(PublicView):
    """The proposals about a package."""

    @extend_schema(
        operation_id="package_proposals",
        tags=["proposals"],
        parameters=[PageQuery],
        responses={200: ProposalPageSerializer, **responses(400, 404)},
        auth=[],
    )
    def get(self, request: Request, name: str) -> Response:
        """List the proposals about a package, open and closed, the newest first."""
        return Response(page(request, _all().filter(package=find_package(name)), tell))


class RegistryProposalsView(PublicView):
    """The proposals about the registry."""

    @extend_schema(
        operation_id="registry_proposals",
        tags=["proposals"],
        parameters=[PageQuery],
        responses={200: ProposalPageSerializer, **responses(400)},
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """List the proposals about roots, policy, stewards and persons, open and closed, the newest first."""
        return Response(page(request, _all().filter(package=None), tell))


class ProposalView(PublicView):
    """One proposal."""

    @extend_schema(
        operation_id="proposal", tags=["proposals"], responses={200: ProposalSerializer, **responses(404)}, auth=[]
    )
    def get(self, request: Request, proposal_id: UUID) -> Response:
        """Tell how a proposal stands, and who has said what to it."""
        return Response(tell(find_proposal(proposal_id)))


class DecisionsView(PublicView):
    """Where a program might try to decide."""

    @extend_schema(operation_id="decide", tags=["proposals"], request=None, responses=responses(403, 404), auth=[])
    def post(self, request: Request, proposal_id: UUID) -> Response:
        """Refuse: only a person decides, with a fresh second factor, on the proposal's page, to which ``link`` leads."""
        page_of_it = reverse("proposal", kwargs={"proposal_id": find_proposal(proposal_id).pk})
        detail = "Open the proposal's page in a browser, sign in and decide there with a second factor."
        raise ApiProblem(403, Reason.NOT_A_PERSON, detail, link=page_of_it)
