"""Who builds: the identities that the simulated Sigstore certifies."""

from __future__ import annotations

from dataclasses import dataclass

GITHUB_ISSUER = "https://token.actions.githubusercontent.com"


@dataclass(frozen=True)
class GitHubWorkflow:
    """One run of a GitHub Actions workflow; the defaults are an honest release of `example/widget`.

    With a reusable workflow, `signer_workflow` is the called one, whole (`https://github.com/…/x.yml@refs/…`), and
    `signer_commit` its commit: it signs, while the repository, ref and commit stay the caller's.
    """

    repository: str = "example/widget"
    repository_id: str = "123456"
    owner_id: str = "7890"
    workflow: str = ".github/workflows/release.yml"
    workflow_name: str = "release"
    ref: str = "refs/tags/v1.0"
    commit: str = "a" * 40
    trigger: str = "push"
    runner: str = "github-hosted"
    visibility: str = "public"
    environment: str | None = None
    run_id: str = "1000000001"
    signer_workflow: str | None = None
    signer_commit: str | None = None

    @property
    def repository_url(self) -> str:
        """The source repository."""
        return f"https://github.com/{self.repository}"

    @property
    def workflow_uri(self) -> str:
        """The workflow that the event started, at its ref."""
        return f"{self.repository_url}/{self.workflow}@{self.ref}"

    @property
    def san(self) -> str:
        """The workflow that signs, as the certificate's subject alternative name."""
        return self.signer_workflow or self.workflow_uri

    @property
    def invocation_uri(self) -> str:
        """The run."""
        return f"{self.repository_url}/actions/runs/{self.run_id}/attempts/1"

    def claims(self) -> dict[str, str]:
        """Return what Fulcio certifies of the run (extensions .8 to .23)."""
        claims = {
            "issuer": GITHUB_ISSUER,
            "build_signer_uri": self.san,
            "build_signer_digest": self.signer_commit or self.commit,
            "runner_environment": self.runner,
            "source_repository_uri": self.repository_url,
            "source_repository_digest": self.commit,
            "source_repository_ref": self.ref,
            "source_repository_identifier": self.repository_id,
            "source_repository_owner_uri": self.repository_url.rpartition("/")[0],
            "source_repository_owner_identifier": self.owner_id,
            "build_config_uri": self.workflow_uri,
            "build_config_digest": self.commit,
            "build_trigger": self.trigger,
            "run_invocation_uri": self.invocation_uri,
            "source_repository_visibility_at_signing": self.visibility,
        }
        if self.environment is not None:
            claims["deployment_environment"] = self.environment
        return claims

    def legacy_claims(self) -> dict[str, str]:
        """Return what Fulcio certified before 2023, and repeats since (extensions .1 to .6)."""
        return {
            "issuer": GITHUB_ISSUER,
            "github_workflow_trigger": self.trigger,
            "github_workflow_sha": self.commit,
            "github_workflow_name": self.workflow_name,
            "github_workflow_repository": self.repository,
            "github_workflow_ref": self.ref,
        }


@dataclass(frozen=True)
class GitLabPipeline:
    """One job of a GitLab pipeline; the defaults are an honest release of `example/tools/widget`."""

    repository: str = "example/tools/widget"
    repository_id: str = "64895736"
    owner_id: str = "98134409"
    configuration: str = ".gitlab-ci.yml"
    ref: str = "refs/tags/v1.0"
    commit: str = "b" * 40
    trigger: str = "push"
    runner: str = "gitlab-hosted"

    @property
    def repository_url(self) -> str:
        """The source repository."""
        return f"https://gitlab.com/{self.repository}"

    @property
    def san(self) -> str:
        """The pipeline's configuration at its ref; two slashes end the project's path."""
        return f"{self.repository_url}//{self.configuration}@{self.ref}"

    def claims(self) -> dict[str, str]:
        """Return what Fulcio certifies of the job."""
        return {
            "issuer": "https://gitlab.com",
            "build_signer_uri": self.san,
            "build_signer_digest": self.commit,
            "runner_environment": self.runner,
            "source_repository_uri": self.repository_url,
            "source_repository_digest": self.commit,
            "source_repository_ref": self.ref,
            "source_repository_identifier": self.repository_id,
            "source_repository_owner_uri": self.repository_url.rpartition("/")[0],
            "source_repository_owner_identifier": self.owner_id,
            "build_config_uri": self.san,
            "build_config_digest": self.commit,
            "build_trigger": self.trigger,
            "run_invocation_uri": f"{self.repository_url}/-/jobs/8486974559",
        }


@dataclass(frozen=True)
class CircleCiPipeline:
    """One job of a CircleCI pipeline, as its real certificates are: no commit, no https, and `""` for the runner."""

    repository: str = "github.com/example/widget"
    project: str = "fdd9283f-e619-46af-8f9c-851f7d3e8b2b"
    definition: str = "8e4f8ab2-8d7c-4827-9f15-de076d6d647f"
    ref: str = "refs/tags/v1.0"
    runner: str = '""'

    @property
    def san(self) -> str:
        """The pipeline's definition."""
        return f"https://circleci.com/api/v2/projects/{self.project}/pipeline-definitions/{self.definition}"

    def claims(self) -> dict[str, str]:
        """Return what Fulcio certifies of the job."""
        return {
            "issuer": "https://oidc.circleci.com",
            "build_signer_uri": self.san,
            "runner_environment": self.runner,
            "source_repository_uri": self.repository,
            "source_repository_ref": self.ref,
            "build_config_uri": "https://circleci.com/api/v2/pipeline/f3f6eb86-f260-445b-b9c9-32a2cb5a3a61/config",
        }


@dataclass(frozen=True)
class GoogleAccount:
    """An account that Google vouches for; by default a service account."""

    san: str = "919436158236-compute@developer.gserviceaccount.com"

    def claims(self) -> dict[str, str]:
        """Return what Fulcio certifies of the account: who says so."""
        return {"issuer": "https://accounts.google.com"}
