"""The page of the registry's policy."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from expectations import queries, trusted
from expectations.differences.policy import SETTINGS
from expectations.documents import Policy
from expectations.documents.policy import MAX_COUNT, MAX_DAYS, MAX_FILE_MIB, names_of
from expectations.pages import tell_document, timeline
from expectations.proposing import ProposingForm, ReasonField, base_of, may_propose, take
from expectations.refusal import ChangeRefused
from expectations.trusted import Trusted
from verification.canonical import JsonValue, parse_strict

LEVELS = [(1, "1: provenance exists"), (2, "2: signed by a hosted builder"), (3, "3: and isolated from its users")]
FACTORS = [("webauthn", "a security key or passkey"), ("any", "any second factor: for trying the registry out alone")]


class NamesField(forms.CharField):
    """Package names, separated by white space or commas; its value is them normalised, each once and in order."""

    widget = forms.Textarea({"rows": 3, "autocapitalize": "off", "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        """Return the names as they are shown to be changed."""
        return "\n".join(value) if isinstance(value, tuple) else value

    def to_python(self, value: Any) -> Any:
        """Return the names. Whether each is one is the document's rule to say."""
        return names_of(super().to_python(value) or "")


class PolicyForm(ProposingForm):
    """Every setting of the policy, as it should be."""

    level_floor = forms.TypedChoiceField(
        label="Lowest SLSA build level taken", choices=LEVELS, coerce=int, widget=forms.Select
    )
    first_use = forms.BooleanField(
        label="A first upload may pin the expectation",
        required=False,
        help_text="If not, a maintainer has to set it before.",
    )
    proposal_days = forms.IntegerField(
        label="Days that a proposal waits for its voices", min_value=1, max_value=MAX_DAYS
    )
    newcomer_days = forms.IntegerField(label="Days before a newcomer decides", min_value=0, max_value=MAX_DAYS)
    factor_days = forms.IntegerField(
        label="Days before whoever changed a second factor or address decides", min_value=0, max_value=MAX_DAYS
    )
    unsigned_evidence = forms.BooleanField(
        label="Statements that nobody signed may meet an expectation that asks for one",
        required=False,
        help_text="Whoever can upload can write such a statement. Every page that shows such a file says so.",
    )
    steward_factor = forms.ChoiceField(label="Decisions about the registry itself need", choices=FACTORS)
    release_days = forms.IntegerField(
        label="Days after its first file that a release takes further ones", min_value=1, max_value=MAX_DAYS
    )
    file_mib = forms.IntegerField(label="Largest file, in MiB", min_value=1, max_value=MAX_FILE_MIB)
    package_mib = forms.IntegerField(label="All files of a package together, in MiB", min_value=1, max_value=MAX_COUNT)
    release_files = forms.IntegerField(label="Files of one release", min_value=1, max_value=MAX_COUNT)
    uploads_an_hour = forms.IntegerField(label="Uploads of one account in an hour", min_value=1, max_value=MAX_COUNT)
    names_a_day = forms.IntegerField(
        label="Package names that one person creates within 24 hours", min_value=1, max_value=MAX_COUNT
    )
    prohibited_names = NamesField(
        label="Names that nobody may create",
        required=False,
        help_text="Separated by spaces, commas or lines. Names that only look like one of these are refused too.",
    )
    reason = ReasonField()

    def about(self) -> Trusted:
        """The policy."""
        return trusted.policy()

    def content(self) -> JsonValue:
        """Return the policy with these settings; one that has no field here stays as it is."""
        now = queries.read_policy(queries.active_policy_version())
        settings = {**now.settings(), **{name: self.cleaned_data[name] for name in SETTINGS}}
        return parse_strict(Policy(**settings).canonical)


@require_http_methods(["GET", "HEAD", "POST"])
def policy(request: HttpRequest) -> HttpResponse:
    """Show the policy in force and its history, and to stewards the form that proposes another."""
    return _propose(request) if request.method == "POST" else _page(request, PolicyForm(initial=_initial()))


@login_required
def _propose(request: HttpRequest) -> HttpResponse:
    form = PolicyForm(request.POST)
    return take(request, form, None, lambda refused, status: _page(request, form, refused, status))


def _page(
    request: HttpRequest, form: PolicyForm, refused: ChangeRefused | None = None, status: int = 200
) -> HttpResponse:
    version = queries.active_policy_version()
    settings = queries.read_policy(version).settings()
    context = {
        "version": version,
        "settings": [(words, _shown(settings[name])) for name, (words, _) in SETTINGS.items()],
        "telling": tell_document(queries.read(version)),
        "timeline": timeline(trusted.policy()),
        "proposals": queries.open_proposals(trusted.policy()),
        "form": form,
        "refused": refused,
        **may_propose(request, None),
    }
    return render(request, "expectations/policy.html", context, status=status)


def _shown(value: Any) -> Any:
    return (", ".join(value) or "none") if isinstance(value, tuple) else value


def _initial() -> dict[str, Any]:
    return {**queries.read_policy(queries.active_policy_version()).settings(), **base_of(trusted.policy())}
