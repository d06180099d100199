"""The questions about workflows of GitHub Actions and pipelines of GitLab CI."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from expectations.guided import answers as answered
from expectations.guided.fields import (
    Text,
    clean_parameters,
    parameters_field,
    ref_field,
    ref_kind_field,
    sigstore_field,
)
from expectations.guided.recipe_form import RecipeForm, WithRefForm
from expectations.guided.ways import WORKFLOWS, Way

_TRIGGERS = {
    "push": "push: somebody pushed a commit or a tag",
    "release": "release: a release was published",
    "workflow_dispatch": "workflow_dispatch: somebody started it by hand (what they typed in is not recorded)",
    "schedule": "schedule: at a set time",
    "repository_dispatch": "repository_dispatch: a program with write access started it",
    "create": "create: a branch or tag was created",
    "merge_group": "merge_group: the merge queue",
    "web": "web: started by hand on the page",
    "webide": "webide: from the web editor",
    "api": "api: a program with write access started it",
    "trigger": "trigger: by a trigger token",
    "pipeline": "pipeline: by another project's pipeline",
    "parent_pipeline": "parent_pipeline: by this project's own pipeline",
}


class WorkflowForm(WithRefForm):
    """A workflow of GitHub Actions."""

    ANSWERS = answered.WorkflowAnswers
    MORE = (*RecipeForm.MORE, "environment", "signing_workflow", "parameters")
    field_order = (
        *("repository", "repository_id", "owner_id", "workflow", "ref_kind", "ref", "triggers"),
        *("runner", "minimum_level", "signing_workflow", "environment"),
        *("versions", "stages", "publish_too", "parameters", "name", "sigstore"),
    )

    repository = Text(
        answered.OWNER_AND_NAME,
        wrong="Owner and name with a slash between, such as example/widget.",
        before=("https://github.com/",),
        after=".git",
        label="Source repository",
        help_text="Owner and name, as in its address: <code>example/widget</code>.",
    )
    repository_id = Text(
        answered.NUMBER,
        wrong="Digits only: the repository's numeric id.",
        label="Numeric id of the repository",
        help_text=(
            "It stays when the repository is renamed, and no other ever gets it. "
            "<code>https://api.github.com/repos/OWNER/NAME</code> shows it as <code>id</code>; so does the page of any "
            "file or refused upload that was built there."
        ),
    )
    owner_id = Text(
        answered.NUMBER,
        wrong="Digits only: the owner's numeric id.",
        label="Numeric id of its owner",
        help_text="The same address shows it as <code>id</code> within <code>owner</code>.",
    )
    workflow = Text(
        answered.WORKFLOW_FILE,
        wrong="The name of a file in .github/workflows that ends in .yml or .yaml.",
        before=(".github/workflows/",),
        label="Workflow file",
        help_text="In <code>.github/workflows</code>: the one that is started, such as <code>release.yml</code>.",
    )
    ref_kind = ref_kind_field()
    ref = ref_field()
    triggers = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        label="What may start it",
        error_messages={"required": "Tick at least one."},
        help_text="Triggers that strangers can pull, such as pull_request, are not offered.",
    )
    runner = forms.ChoiceField(
        required=False,
        label="Where it runs",
        help_text="On a self-hosted runner, whoever owns the machine can reach into the build: level 1 at most.",
    )
    environment = Text(
        answered.ENVIRONMENT,
        wrong="Printable ASCII characters only.",
        required=False,
        empty_value="",
        label="Deployment environment",
        help_text="Where the job names one that needs somebody's approval. Empty: any, or none.",
    )
    signing_workflow = Text(
        answered.SIGNING_WORKFLOW,
        wrong="The whole address of a workflow at a ref, https://…@refs/tags/v1. * stands for anything but /.",
        required=False,
        empty_value="",
        label="Signed by a reusable workflow",
        help_text=(
            "Its whole address with its ref; <code>*</code> stands for anything but /. Empty: it signs for itself."
        ),
    )
    parameters = parameters_field()
    sigstore = sigstore_field()

    def __init__(self, *args: Any, way: Way, **options: Any) -> None:
        """Offer the triggers and runners of one forge."""
        super().__init__(*args, way=way, **options)
        shared = WORKFLOWS[way]
        triggers, runner = self.fields["triggers"], self.fields["runner"]
        assert isinstance(triggers, forms.ChoiceField)
        assert isinstance(runner, forms.ChoiceField)
        triggers.choices = [(each, _TRIGGERS[each]) for each in shared.triggers]
        runner.choices = [*((each, each) for each in shared.runners), ("", "anywhere")]
        self.fields["minimum_level"].initial = min(shared.level, 2)
        self.fields["triggers"].initial = ["push"]
        self.fields["runner"].initial = shared.runners[0]
        self.fields["signing_workflow"].initial = shared.signer

    def clean_minimum_level(self) -> int:
        """Refuse a level that such evidence never has."""
        level: int = self.cleaned_data["minimum_level"]
        if level > WORKFLOWS[self.way].level:
            raise ValidationError("A publish attestation shows level 1 and never more.")
        return level

    def clean_parameters(self) -> str:
        """Return the lines in their one form."""
        return clean_parameters(self.cleaned_data["parameters"], "/workflow")


class PipelineForm(WorkflowForm):
    """A pipeline of GitLab CI."""

    ANSWERS = answered.PipelineAnswers

    repository = Text(
        answered.GROUPS_AND_PROJECT,
        wrong="Groups and project with slashes between, such as example/tools/widget.",
        before=("https://gitlab.com/",),
        after=".git",
        label="Source project",
        help_text="Groups and name, as in its address: <code>example/tools/widget</code>.",
    )
    repository_id = Text(
        answered.NUMBER,
        wrong="Digits only: the project's numeric id.",
        label="Numeric id of the project",
        help_text="On the project's page, in the menu beside its name. It stays when the project is renamed.",
    )
    owner_id = Text(
        answered.NUMBER,
        wrong="Digits only: the namespace's numeric id.",
        label="Numeric id of its namespace",
        help_text="<code>https://gitlab.com/api/v4/projects/ID</code> shows it as <code>id</code> within <code>namespace</code>.",
    )
    workflow = Text(
        answered.PIPELINE_FILE,
        wrong="A path within the project, such as .gitlab-ci.yml.",
        initial=".gitlab-ci.yml",
        label="Pipeline file",
        help_text="Usually <code>.gitlab-ci.yml</code>.",
    )
