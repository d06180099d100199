"""The main job in ten steps, each through a real client over HTTP. A step that comes out otherwise ends the story."""

from __future__ import annotations

import hashlib
import json
import secrets
import sys
from pathlib import Path
from typing import Any

import requests

from demo.clients import Told, consume, pip_download, twine_upload
from demo.person import Maintainer
from demo.real_input import FIRST, SECOND, RealInput, Sending
from demo.serving import Registry

FIRST_NAME, SECOND_NAME = "pypi-attestations", "pypi-attestation-models"
REPOSITORY, FORK = (
    "https://github.com/trailofbits/pypi-attestation-models",
    "https://github.com/mallory/pypi-attestation-models",
)


class StepFailed(Exception):
    """A step did not come out as it should; the message says what came instead."""


def say(text: str) -> None:
    """Print a line at once: whoever watches sees each step when it happens."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class Story:
    """The people, their tokens and their files, from step to step."""

    def __init__(self, registry: Registry, sdist: Path, var: Path) -> None:
        self.registry, self.var = registry, var
        self.input = RealInput(sdist, var / "input")
        self.maya = self._person("maya")
        self.noor = self._person("noor")
        self.tokens: dict[str, str] = {}
        self.proposal = ""
        self.details: list[str] = []

    def _person(self, username: str) -> Maintainer:
        password = secrets.token_urlsafe(12)
        email = f"{username}@example.org"
        self.registry.manage("add_person", username, "--email", email, "--password-stdin", text=f"{password}\n")
        return Maintainer(self.registry.url, username, password)

    def tell(self) -> None:
        """Run the ten steps, each one line with its outcome and what it came to below it.

        Raises StepFailed at the first that does not come out as it should.
        """
        for number, step in enumerate(
            (
                self.people_and_a_name,
                self.first_use,
                self.again,
                self.one_byte_changed,
                self.no_evidence,
                self.wrong_evidence,
                self.unknown_signer,
                self.a_fork,
                self.two_people,
                self.consumers,
            ),
            start=1,
        ):
            self.details.clear()
            outcome = step()
            say(f"{number:>2}. {step.__doc__}: {outcome}")
            for line in self.details:
                say(f"      {line}")

    def people_and_a_name(self) -> str:
        """Two maintainers with second factors and tokens, one robot; a name that does not exist yet"""
        for person in (self.maya, self.noor):
            person.sign_in()
            person.add_authenticator()
            self.tokens[person.username] = person.make_token("laptop")
        self.said("maya and noor have authenticators and API tokens")
        told = self._upload(self.input.first(), "maya")
        self.refused(told, "name-unknown", f"/packages/new/?name={FIRST_NAME}")
        self.maya.create_package(FIRST_NAME, with_maintainer="noor")
        self.tokens["robot"] = self.maya.add_robot(FIRST_NAME, "release-robot")
        self.said(f"maya created {FIRST_NAME} on the page, with noor as a maintainer and release-robot to upload")
        return "refused with the link that creates it, then created on the page"

    def first_use(self) -> str:
        """twine upload --attestations of the real sdist with its two real attestations"""
        self.accepted(self._upload(self.input.first(), "robot"))
        page = self.maya.browser.get(f"/packages/{FIRST_NAME}/expectation/")
        _require("first use, not yet confirmed" in page.words, f"the page does not say first use: {page.words[:400]}")
        recipe = self._recipe(FIRST_NAME)
        for line in _pinned(recipe):
            self.said(f"first use pinned {line}")
        return "accepted"

    def again(self) -> str:
        """The same again"""
        before = self._index(FIRST_NAME)
        self.accepted(self._upload(self.input.first(), "robot"))
        _require(self._index(FIRST_NAME) == before, "the index changed")
        return "200, nothing changed"

    def one_byte_changed(self) -> str:
        """The file with one byte changed (gzip header), same evidence"""
        return self.refused(self._upload(self.input.one_byte_changed(), "maya"), "subject-mismatch")

    def no_evidence(self) -> str:
        """Without evidence"""
        return self.refused(self._upload(self.input.first(()), "maya"), "evidence-missing", "--attestations")

    def wrong_evidence(self) -> str:
        """Another project's evidence; then one byte of the signature changed"""
        first = self.refused(self._upload(self.input.with_anothers_evidence(), "maya"), "subject-mismatch")
        second = self.refused(self._upload(self.input.with_changed_signature(), "maya"), "not-authentic")
        return f"{first}; {second}"

    def unknown_signer(self) -> str:
        """Signed by a key that no root of trust knows"""
        return self.refused(self._upload(self.input.signed_by_a_stranger(), "maya"), "signer-unknown")

    def a_fork(self) -> str:
        """A second name, bound beforehand to a fork, gets the real upload"""
        self.noor.create_package(SECOND_NAME, with_maintainer="maya", expectation=expectation(FORK, "1", "2"))
        told = self._upload(self.input.second(), "noor")
        return self.refused(told, "parameter-unexpected", "/workflow/repository", FORK, REPOSITORY)

    def two_people(self) -> str:
        """The expectation is mended in the web pages, each voice with its authenticator code"""
        mended = expectation(REPOSITORY, "772247423", "2314423")
        page = self.noor.propose(SECOND_NAME, mended, reason="We release from trailofbits, not from the fork.")
        self.proposal = page.url
        self.noor.approve(self.proposal)
        _require(FORK in json.dumps(self._recipe(SECOND_NAME)), "one voice put the proposal in force")
        self.said("noor proposed and agreed: one voice, not in force")
        self.refused(self._upload(self.input.second(), "noor"), "parameter-unexpected")
        self._robot_tries()
        self.maya.approve(self.proposal)
        _require(FORK not in json.dumps(self._recipe(SECOND_NAME)), "two voices did not put the proposal in force")
        self.said("maya agreed: two voices, in force")
        self.accepted(self._upload(self.input.second(), "noor"))
        return "refused after one voice and a robot's, accepted after the second maintainer's"

    def _robot_tries(self) -> None:
        digest = self.noor.browser.get(self.proposal).form_with(voice="withdraw").fields["digest"]
        answer = requests.post(
            f"{self.proposal.rstrip(chr(47))}/decide/",
            data={"voice": "approve", "digest": digest, "code": "000000"},
            auth=("__token__", self.tokens["robot"]),
            timeout=30,
        )
        _require(answer.status_code == 403 and "not-a-person" in answer.text, f"the robot got {answer.status_code}")
        self.said("the robot's voice was refused: not-a-person")

    def consumers(self) -> str:
        """pip download, and a consumer who checks the provenance with pypi_attestations"""
        into = self.var / "downloads"
        told = pip_download(f"{FIRST_NAME}==0.0.19", url=self.registry.url, into=into)
        _require(told.code == 0, told.output)
        digest = hashlib.sha256((into / FIRST).read_bytes()).hexdigest()
        real = hashlib.sha256(self.input.first(()).file.read_bytes()).hexdigest()
        _require(digest == real, f"pip got {digest}, the real file has {real}")
        self.said(f"pip got {FIRST} with sha256 {digest}")
        for project, filename in ((FIRST_NAME, FIRST), (SECOND_NAME, SECOND)):
            told = consume(project, filename, url=self.registry.url, home=self.var / "home")
            _require(told.code == 0, told.output)
            for line in told.output.splitlines():
                if " by " in line:
                    self.said(f"pypi_attestations verified {filename}: {line}")
        return "the right hash, and every attestation verifies"

    def said(self, text: str) -> None:
        """Keep a line to print below the step."""
        self.details.append(text)

    def accepted(self, told: Told) -> None:
        """Require that twine was told no refusal."""
        _require(told.code == 0, f"twine failed: {told.line}")
        self.said("twine: accepted")

    def refused(self, told: Told, reason: str, *words: str) -> str:
        """Require that twine showed a refusal with this reason and these words; return the outcome in two words."""
        _require(told.code != 0, "twine was not refused")
        for word in (reason, *words):
            _require(word in told.line, f"twine was not told {word!r}, but: {told.line}")
        self.said(f"twine: {told.line[told.line.index(reason) :]}")
        return f"refused, {reason}"

    def _upload(self, sending: Sending, who: str) -> Told:
        return twine_upload(sending, url=self.registry.url, token=self.tokens[who])

    def _index(self, name: str) -> Any:
        address = f"{self.registry.url}/simple/{name}/"
        return requests.get(address, headers={"Accept": "application/vnd.pypi.simple.v1+json"}, timeout=30).json()

    def _recipe(self, name: str) -> Any:
        """The one recipe of the expectation in force, as its public page offers it for a proposal to start from."""
        page = self.maya.browser.get(f"/packages/{name}/expectation/propose/")
        return json.loads(page.form("/propose/").fields["document"])["recipes"][0]


def expectation(repository: str, repository_id: str, owner_id: str) -> Any:
    """Return an explicit expectation: published by that repository's release workflow, from a tag of the version."""
    workflow = ".github/workflows/release.yml"
    return {
        "schema": 1,
        "change_control": "two-person",
        "recipes": [
            {
                "name": "release",
                "minimum_level": 1,
                "builder_ids": [{"template": f"{repository}/{workflow}@refs/tags/v{{version}}"}],
                "build_types": ["https://docs.pypi.org/attestations/publish/v1"],
                "signer": {"sigstore": "public-good", "issuer": "https://token.actions.githubusercontent.com"},
                "claims": {
                    "source_repository_id": {"equals": repository_id},
                    "source_repository_owner_id": {"equals": owner_id},
                    "build_trigger": {"equals": "release"},
                },
                "external_parameters": {
                    "/workflow/repository": {"equals": repository},
                    "/workflow/path": {"equals": workflow},
                    "/workflow/ref": {"template": "refs/tags/v{version}"},
                },
            }
        ],
    }


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise StepFailed(otherwise)


def _pinned(recipe: Any) -> list[str]:
    rules = {"builder": recipe["builder_ids"][0], **recipe["claims"], **recipe["external_parameters"]}
    told = [
        f"{name}: {' '.join(f'{operator} {value}' for operator, value in rule.items())}" for name, rule in rules.items()
    ]
    return [f"SLSA level {recipe['minimum_level']} or more, {recipe['build_types'][0]}", *told]
