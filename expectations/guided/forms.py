"""The questions, one form a way of building. Each field's name is that of the answer it asks for."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from expectations.guided import answers as answered
from expectations.guided.answers import Recipe, Written
from expectations.guided.fields import (
    CODE,
    LEVELS,
    Text,
    clean_parameters,
    parameters_field,
    ref_field,
    ref_kind_field,
    sigstore_field,
)
from expectations.guided.recipe_form import RecipeForm, WithRefForm
from expectations.guided.ways import WORKFLOWS, Way
from expectations.guided.workflow_forms import PipelineForm, WorkflowForm
from verification.canonical import JsonRefused, parse_strict
from verification.expectation import ChangeControl
from verification.expectation_document import MAX_BYTES


class PublishForm(RecipeForm):
    """A publish attestation shows level 1; there is no choice, and no second one to demand."""

    minimum_level = forms.TypedChoiceField(coerce=int, choices=LEVELS, initial=1, label="SLSA build level, at least")

    def clean_minimum_level(self) -> int:
        """Refuse a level that such evidence never has."""
        level: int = self.cleaned_data["minimum_level"]
        if level > 1:
            raise ValidationError("A publish attestation shows level 1 and never more.")
        return level


class CircleCiForm(WithRefForm, PublishForm):
    """A pipeline of CircleCI."""

    ANSWERS = answered.CircleCiAnswers
    field_order = (
        *("repository", "project", "pipeline_definition", "ref_kind", "ref", "minimum_level"),
        *("versions", "stages", "publish_too", "name", "sigstore"),
    )

    repository = Text(
        answered.OWNER_AND_NAME,
        wrong="Owner and name with a slash between, such as example/widget.",
        before=("https://github.com/", "github.com/"),
        after=".git",
        label="Source repository on GitHub",
        help_text="Owner and name: <code>example/widget</code>.",
    )
    project = Text(
        answered.IDENTIFIER,
        wrong="Letters, digits and - only: the project's id.",
        label="Project id",
        help_text="In CircleCI's project settings, under Overview.",
    )
    pipeline_definition = Text(
        answered.IDENTIFIER,
        wrong="Letters, digits and - only: the pipeline definition's id.",
        label="Pipeline definition id",
        help_text="In CircleCI's project settings, under Pipelines.",
    )
    ref_kind = ref_kind_field()
    ref = ref_field()
    sigstore = sigstore_field()


class ServiceAccountForm(PublishForm):
    """A service account of Google Cloud."""

    ANSWERS = answered.ServiceAccountAnswers
    field_order = ("account", "minimum_level", "versions", "stages", "publish_too", "name", "sigstore")

    account = Text(
        answered.SERVICE_ACCOUNT,
        wrong="The e-mail of a service account, which ends in .gserviceaccount.com.",
        label="Service account",
        help_text="Its e-mail. Nothing else is known of such a build: whoever may act as this account may publish.",
    )
    sigstore = sigstore_field()


class CloudBuildForm(WithRefForm):
    """Google Cloud Build, started by a trigger on a repository."""

    ANSWERS = answered.CloudBuildAnswers
    MORE = (*RecipeForm.MORE, "builder", "parameters")
    field_order = (
        *("key", "repository", "configuration", "ref_kind", "ref", "minimum_level", "parameters", "builder"),
        *("versions", "stages", "publish_too", "name"),
    )

    key = forms.ChoiceField(label="Signing key", help_text="One of the keys that the roots of trust know.")
    repository = Text(
        answered.URI,
        wrong="The whole address, https://…, as the trigger names it.",
        label="Source repository",
        help_text="Its whole address: <code>https://github.com/example/widget</code>.",
    )
    configuration = Text(
        answered.CONFIGURATION,
        wrong="A path within the repository, such as cloudbuild.yaml.",
        initial="cloudbuild.yaml",
        label="Build configuration file",
    )
    ref_kind = ref_kind_field()
    ref = ref_field()
    builder = Text(
        answered.BUILDER,
        wrong="The builder's address, https://….",
        initial="https://cloudbuild.googleapis.com/GoogleHostedWorker",
        label="Builder id",
    )
    parameters = parameters_field()

    def clean_parameters(self) -> str:
        """Return the lines in their one form."""
        return clean_parameters(self.cleaned_data["parameters"], "/buildConfigSource")


class WrittenForm(RecipeForm):
    """A recipe in JSON."""

    MORE = ()
    name = versions = stages = minimum_level = publish_too = None  # type: ignore[assignment]  # Django leaves such fields out

    document = forms.CharField(
        max_length=2 * MAX_BYTES,
        widget=forms.Textarea({**CODE, "rows": 16}),
        label="The recipe, in JSON",
        help_text="One recipe of an expectation. It stays exactly as it stands here.",
    )

    def clean_document(self) -> str:
        """Return the text of a JSON object."""
        text: str = self.cleaned_data["document"]
        try:
            found = parse_strict(text)
        except (JsonRefused, RecursionError) as error:
            raise ValidationError(f"This is no JSON that is taken here: it {error}.") from error
        if not isinstance(found, dict):
            raise ValidationError("A recipe is a JSON object.")
        return text

    def answers(self) -> Recipe:
        """Return the recipe as written."""
        return Written(document=self.cleaned_data["document"])


FORMS: dict[Way, type[RecipeForm]] = {
    **dict.fromkeys(WORKFLOWS, WorkflowForm),
    Way.GITLAB_PUBLISH: PipelineForm,
    Way.CIRCLECI_PUBLISH: CircleCiForm,
    Way.GOOGLE_PUBLISH: ServiceAccountForm,
    Way.CLOUD_BUILD: CloudBuildForm,
    Way.WRITTEN: WrittenForm,
}


def initial_of(recipe: Recipe) -> dict[str, Any]:
    """Return the initial values that ask again what was answered."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(recipe).items()}


class ChangeControlForm(forms.Form):
    """How the expectation may be changed later."""

    change_control = forms.ChoiceField(
        choices=[
            (ChangeControl.TWO_PERSON.value, "two people: a later change takes two who agree"),
            (ChangeControl.IMMUTABLE.value, "never: it becomes immutable, for ever"),
        ],
        widget=forms.RadioSelect,
        initial=ChangeControl.TWO_PERSON.value,
        label="Who may change it later",
        help_text=(
            "Immutable cannot be undone, by nobody: if the project moves or changes its workflow, no new version can be "
            "uploaded under this name ever again."
        ),
    )
