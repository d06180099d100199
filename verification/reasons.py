"""The one closed list of steps and reasons.

The same word stands in the verdict, the API, the page, the metric and the test. A reason is never
renamed once it has been served: verdicts are kept for ever and name it.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Step(IntEnum):
    """The numbered steps of the gate, in the order in which a verdict tells them.

    1 to 10 follow SLSA v1.0, "Verifying artifacts"; 0, 11 and 12 are what a registry adds around them. 13 stands in the
    place of 1 and 2 for evidence that nobody signed, so that no verdict on such claims that a signature was looked at.
    """

    EVIDENCE = 0
    AUTHENTIC = 1
    SIGNER = 2
    BUILDER = 3
    SUBJECT = 4
    PREDICATE = 5
    CLAIMS = 6
    LEVEL = 7
    BUILD_TYPE = 8
    PARAMETERS = 9
    PLAUSIBLE = 10
    RECIPE = 11
    RELEASE = 12
    UNSIGNED = 13

    @property
    def title(self) -> str:
        """A few plain words for a page or a terminal."""
        return _STEP_TITLES[self]


_STEP_TITLES = {
    Step.EVIDENCE: "Evidence was sent and can be read",
    Step.AUTHENTIC: "The signature is authentic",
    Step.SIGNER: "The signer is known",
    Step.BUILDER: "The builder is one that this signer may speak for, and an expected one",
    Step.SUBJECT: "The provenance is about this very file",
    Step.PREDICATE: "The provenance is of a known type",
    Step.CLAIMS: "The certificate and the provenance agree, and say what is expected",
    Step.LEVEL: "The SLSA build level is high enough",
    Step.BUILD_TYPE: "The build type is an expected one",
    Step.PARAMETERS: "Every build parameter is an expected one",
    Step.PLAUSIBLE: "Times and values are plausible",
    Step.RECIPE: "A recipe of the expectation covers this version",
    Step.RELEASE: "The file belongs to the same release as its siblings",
    Step.UNSIGNED: "The evidence is unsigned, and that is allowed here",
}


class Reason(StrEnum):
    """Why something was refused. Closed: a new refusal needs a new word here and its sentence below.

    In the order in which they are told: whoever reads one line of a refusal gets the first that applies.
    """

    # The evidence by itself (verification.examination)
    EVIDENCE_MISSING = "evidence-missing"
    EVIDENCE_TOO_MUCH = "evidence-too-much"
    EVIDENCE_UNSUPPORTED = "evidence-unsupported"
    EVIDENCE_MALFORMED = "evidence-malformed"
    UNSIGNED_NOT_ALONE = "unsigned-not-alone"
    UNSIGNED_NOT_ALLOWED = "unsigned-not-allowed"
    UNSIGNED_NOT_BELIEVED = "unsigned-not-believed"
    NOT_AUTHENTIC = "not-authentic"
    SIGNER_UNKNOWN = "signer-unknown"
    STATEMENT_MALFORMED = "statement-malformed"
    SUBJECT_MISMATCH = "subject-mismatch"
    SUBJECT_OTHER_DISTRIBUTION = "subject-other-distribution"
    PREDICATE_TYPE_UNKNOWN = "predicate-type-unknown"
    BUILD_TYPE_UNKNOWN = "build-type-unknown"
    BUILDER_NOT_SIGNERS = "builder-not-signers"
    BUILDER_DISTRUSTED = "builder-distrusted"
    BUILD_DENIED = "build-denied"
    CLAIMS_DISAGREE = "claims-disagree"
    TIME_IMPLAUSIBLE = "time-implausible"
    VALUE_IMPLAUSIBLE = "value-implausible"

    # The evidence held against what the package promised (verification.pipeline)
    FIRST_USE_OFF = "first-use-off"
    FIRST_USE_UNSUPPORTED = "first-use-unsupported"
    FIRST_USE_TRIGGER = "first-use-trigger"
    NO_RECIPE_COVERS = "no-recipe-covers"
    UNSIGNED_UNEXPECTED = "unsigned-unexpected"
    REPOSITORY_TRANSFERRED = "repository-transferred"
    REPOSITORY_RENAMED = "repository-renamed"
    RELEASE_OF_TWO_WORKFLOWS = "release-of-two-workflows"
    WORKFLOW_MOVED = "workflow-moved"
    REF_MOVED = "ref-moved"
    BUILDER_REF_MOVED = "builder-ref-moved"
    LEVEL_TOO_LOW = "level-too-low"
    BUILD_TYPE_UNEXPECTED = "build-type-unexpected"
    PARAMETER_UNEXPECTED = "parameter-unexpected"
    PARAMETER_MISSING = "parameter-missing"
    PARAMETER_UNCOVERED = "parameter-uncovered"
    BUILDER_UNEXPECTED = "builder-unexpected"
    CLAIM_UNEXPECTED = "claim-unexpected"
    SIGNER_UNEXPECTED = "signer-unexpected"
    RELEASE_SOURCE_DIFFERS = "release-source-differs"
    CORROBORATION_MISSING = "corroboration-missing"

    # The upload around it (registry)
    AUTHENTICATION_REQUIRED = "authentication-required"
    READING_NEEDS_SIGN_IN = "reading-needs-sign-in"
    TOKEN_INVALID = "token-invalid"  # noqa: S105  a word, not a password
    TOKEN_SCOPE = "token-scope"  # noqa: S105  likewise
    NOT_ALLOWED = "not-allowed"
    FORM_MALFORMED = "form-malformed"
    FILE_TOO_LARGE = "file-too-large"
    DIGEST_MISMATCH = "digest-mismatch"
    FILENAME_INVALID = "filename-invalid"
    ARCHIVE_MALFORMED = "archive-malformed"
    METADATA_MALFORMED = "metadata-malformed"
    METADATA_MISMATCH = "metadata-mismatch"
    NAME_INVALID = "name-invalid"
    NAME_TAKEN = "name-taken"
    NAME_LOOKS_ALIKE = "name-looks-alike"
    NAME_OF_STANDARD_LIBRARY = "name-of-standard-library"
    NAME_PROHIBITED = "name-prohibited"
    NAME_UNKNOWN = "name-unknown"
    FILE_EXISTS = "file-exists"
    TRUST_MOVED = "trust-moved"
    NOT_STORED = "not-stored"
    PACKAGE_CLOSED = "package-closed"
    RELEASE_DELETED = "release-deleted"
    RELEASE_CLOSED = "release-closed"
    RELEASE_FULL = "release-full"
    PACKAGE_FULL = "package-full"
    TOO_MANY_UPLOADS = "too-many-uploads"
    TOO_MANY_NAMES = "too-many-names"
    TOO_MANY_ROBOTS = "too-many-robots"
    YANK_WITHOUT_REASON = "yank-without-reason"

    # Two people (expectations)
    DOCUMENT_INVALID = "document-invalid"
    DOCUMENT_UNCHANGED = "document-unchanged"
    EXPECTATION_IMMUTABLE = "expectation-immutable"
    EXPECTATION_EXISTS = "expectation-exists"
    NOT_A_PERSON = "not-a-person"
    NOT_A_MAINTAINER = "not-a-maintainer"
    SECOND_FACTOR_MISSING = "second-factor-missing"
    SECOND_FACTOR_WRONG = "second-factor-wrong"
    ASSERTION_INVALID = "assertion-invalid"
    SECURITY_KEY_CLONED = "security-key-cloned"
    PROPOSAL_DIGEST_DIFFERS = "proposal-digest-differs"
    PROPOSAL_STALE = "proposal-stale"
    PROPOSAL_EXPIRED = "proposal-expired"
    PROPOSAL_CLOSED = "proposal-closed"
    ALREADY_DECIDED = "already-decided"
    NOT_A_STEWARD = "not-a-steward"
    CONCERNS_YOURSELF = "concerns-yourself"
    WAITS_TO_DECIDE = "waits-to-decide"
    SECOND_FACTOR_TOO_WEAK = "second-factor-too-weak"
    NOBODY_MAY_DECIDE = "nobody-may-decide"
    TOO_MANY_PROPOSALS = "too-many-proposals"

    @property
    def sentence(self) -> str:
        """One sentence that tells a person what is wrong and what to do."""
        return _SENTENCES[self]

    @property
    def rank(self) -> int:
        """Its place in this list: of several failures, the one of the lowest rank is told first."""
        return _RANKS[self]


_RANKS = {reason: number for number, reason in enumerate(Reason)}

MOVES = frozenset(
    {
        Reason.REPOSITORY_TRANSFERRED,
        Reason.REPOSITORY_RENAMED,
        Reason.RELEASE_OF_TWO_WORKFLOWS,
        Reason.WORKFLOW_MOVED,
        Reason.REF_MOVED,
        Reason.BUILDER_REF_MOVED,
    }
)
"""What honest projects do, and nothing else about the build: see :mod:`verification.moves`."""

RECIPE_REASONS = MOVES | frozenset(
    {
        Reason.UNSIGNED_UNEXPECTED,
        Reason.LEVEL_TOO_LOW,
        Reason.BUILD_TYPE_UNEXPECTED,
        Reason.PARAMETER_UNEXPECTED,
        Reason.PARAMETER_MISSING,
        Reason.PARAMETER_UNCOVERED,
        Reason.BUILDER_UNEXPECTED,
        Reason.CLAIM_UNEXPECTED,
        Reason.SIGNER_UNEXPECTED,
    }
)
"""Why sound evidence does not meet one recipe; of several pieces of evidence, only one has to."""

OPEN_ON_ONE_THING = 5
OPEN_IN_ALL = 50
"""Most proposals of one person that wait at a time, about one thing and altogether. The database counts them, by the same
numbers: ``sluicegate_bound_proposals``."""

_SENTENCES = {
    Reason.EVIDENCE_MISSING: (
        "No provenance was sent with this file. Build it where attestations are made (for GitHub, "
        "actions/attest-build-provenance) and send them along: twine upload --attestations, or uv publish, with the "
        "*.attestation files named beside the distribution (dist/*). poetry, pdm, hatch and flit cannot send attestations."
    ),
    Reason.EVIDENCE_MALFORMED: "What was sent as evidence cannot be read.",
    Reason.EVIDENCE_TOO_MUCH: "More evidence was sent than one file can need.",
    Reason.EVIDENCE_UNSUPPORTED: "This kind of evidence is not supported here.",
    Reason.UNSIGNED_NOT_ALONE: (
        "A statement that nobody signed came beside other evidence. It proves nothing beside a signature: send either alone."
    ),
    Reason.UNSIGNED_NOT_ALLOWED: (
        "This evidence is unsigned, and this registry's policy allows no unsigned evidence. Have the builder sign it "
        "(on GitHub, actions/attest-build-provenance does)."
    ),
    Reason.UNSIGNED_NOT_BELIEVED: (
        "Provenance of this kind is believed as far as the certificate goes that signed it, and this is unsigned. "
        "Send the signed attestation, not the statement in it."
    ),
    Reason.UNSIGNED_UNEXPECTED: (
        "This evidence is unsigned, and this package expects it to be signed. Send the signed attestation."
    ),
    Reason.NOT_AUTHENTIC: "The signature, certificate or log entry of the evidence does not hold.",
    Reason.SIGNER_UNKNOWN: "No root of trust of this registry knows who signed this evidence.",
    Reason.SIGNER_UNEXPECTED: "The evidence is signed by somebody else than this package expects.",
    Reason.BUILDER_NOT_SIGNERS: "The provenance names a builder that its signer may not speak for.",
    Reason.BUILDER_DISTRUSTED: (
        "This registry does not believe what this builder, its key or its Sigstore instance signed at that time. "
        "Build it again with a builder that is believed now; the failed check tells from when and until when."
    ),
    Reason.BUILD_DENIED: (
        "This registry's roots of trust deny this very run, commit, file or version of the builder. "
        "Build a new version from sound source with a sound builder; sending this one again is refused again."
    ),
    Reason.BUILDER_UNEXPECTED: "The file was built by another builder than this package expects.",
    Reason.STATEMENT_MALFORMED: "The signed statement is not a well-formed in-toto statement.",
    Reason.SUBJECT_MISMATCH: (
        "The provenance is about another file: no subject of it has this file's SHA-256. Send the file exactly as it was built."
    ),
    Reason.SUBJECT_OTHER_DISTRIBUTION: "The provenance names this file as another project's, version's or platform's.",
    Reason.PREDICATE_TYPE_UNKNOWN: "The signed statement is of a type that says nothing known about a build.",
    Reason.CLAIMS_DISAGREE: "The provenance and the certificate that signed it contradict each other.",
    Reason.CLAIM_UNEXPECTED: "What the certificate says of the build is not what this package expects.",
    Reason.REPOSITORY_TRANSFERRED: (
        "The source repository is the same by its id and has another owner. "
        "If the project was transferred on purpose, a maintainer can propose the change."
    ),
    Reason.REPOSITORY_RENAMED: (
        "The source repository is the same by its id and has another URL. "
        "If it was renamed on purpose, a maintainer can propose the change."
    ),
    Reason.RELEASE_OF_TWO_WORKFLOWS: (
        "The other files of this release came from the same commit and another workflow. "
        "A maintainer can propose a recipe for each of the two."
    ),
    Reason.WORKFLOW_MOVED: (
        "The file was built from the right repository by another workflow. "
        "If you moved it on purpose, a maintainer can propose the change; if not, somebody else added a workflow."
    ),
    Reason.REF_MOVED: (
        "The file was built by the right workflow from another branch or tag. "
        "If you release from there now, a maintainer can propose the change; if not, somebody else made that branch or tag."
    ),
    Reason.BUILDER_REF_MOVED: (
        "The reusable workflow that built the file is the expected one at another version of its own. "
        "A maintainer can propose the change; a glob such as refs/tags/v* takes the next ones too."
    ),
    Reason.LEVEL_TOO_LOW: (
        "The SLSA build level of this evidence is too low. On GitHub, actions/attest-build-provenance gives level 2."
    ),
    Reason.BUILD_TYPE_UNKNOWN: (
        "The provenance is of a build type that this registry does not know. A maintainer can set an expectation that names it."
    ),
    Reason.BUILD_TYPE_UNEXPECTED: (
        "The file was built in another way (build type) than this package expects. "
        "If you changed it on purpose, a maintainer can propose the change."
    ),
    Reason.PARAMETER_UNEXPECTED: (
        "A build parameter is not what this package expects. "
        "If the project changed on purpose, a maintainer can propose the change."
    ),
    Reason.PARAMETER_MISSING: (
        "A build parameter that this package expects is missing from the provenance. Build as before, or propose the change."
    ),
    Reason.PARAMETER_UNCOVERED: (
        "The build had a parameter that no rule of this package's expectation covers. "
        "Build without it, or let a maintainer propose a rule for it."
    ),
    Reason.TIME_IMPLAUSIBLE: (
        "The times in the evidence are out of order or in the future. Look at the builder's clock, and build again."
    ),
    Reason.VALUE_IMPLAUSIBLE: "A value in the provenance is missing or a mere placeholder.",
    Reason.NO_RECIPE_COVERS: (
        "No recipe of this package's expectation covers this version. A maintainer can propose one that does."
    ),
    Reason.CORROBORATION_MISSING: (
        "The expectation demands a further attestation of the same build, and none came. Send both with the file."
    ),
    Reason.RELEASE_SOURCE_DIFFERS: (
        "The other files of this release were built from another repository or commit. Publish a new version instead."
    ),
    Reason.FIRST_USE_OFF: (
        "This registry accepts no first use: a maintainer has to set this package's expectation before its first file."
    ),
    Reason.FIRST_USE_UNSUPPORTED: (
        "Nothing can be pinned by first use from this kind of provenance. A maintainer can set an explicit expectation."
    ),
    Reason.FIRST_USE_TRIGGER: (
        "A build started by this trigger can be steered by strangers and is never pinned by first use. "
        "Release from a tag, or let a maintainer set an explicit expectation."
    ),
    Reason.AUTHENTICATION_REQUIRED: "Sign in with user name __token__ and an API token as the password.",
    Reason.READING_NEEDS_SIGN_IN: (
        "This registry is private: sign in, or send an API token that reads, as the password of any user name. Make one "
        "on your account page."
    ),
    Reason.TOKEN_INVALID: "This API token is unknown, expired or revoked.",
    Reason.TOKEN_SCOPE: (
        "This API token was not made for this: one uploads, another proposes or reads, and one for a single package does "
        "so there alone. Make the right one on your account page."
    ),
    Reason.NOT_ALLOWED: (
        "This account may not upload to this package. Its maintainers can make you one of them, or use a token of theirs."
    ),
    Reason.FORM_MALFORMED: "The upload form is not well-formed. twine and uv send one that is.",
    Reason.FILE_TOO_LARGE: "The upload is larger than this registry takes.",
    Reason.DIGEST_MISMATCH: "The file that arrived does not have the digest that the form says. Send it again.",
    Reason.FILENAME_INVALID: (
        "The file's name is not a well-formed sdist or wheel name of this package and version. "
        "Send it under the name that the build gave it."
    ),
    Reason.ARCHIVE_MALFORMED: "The file is not a well-formed sdist or wheel. Build it again.",
    Reason.METADATA_MALFORMED: "The metadata inside the file is not well-formed. Mend the project's, and build again.",
    Reason.METADATA_MISMATCH: (
        "The metadata inside the file says something else than the upload form. Send the form that twine or uv makes of the file."
    ),
    Reason.NAME_INVALID: "This is not a valid name.",
    Reason.NAME_TAKEN: "This name is taken. Choose another one.",
    Reason.NAME_LOOKS_ALIKE: "This name looks like another one. Choose a name that nobody takes for it.",
    Reason.NAME_OF_STANDARD_LIBRARY: "This is the name of a module of Python's standard library. Choose another one.",
    Reason.NAME_PROHIBITED: "This registry's policy prohibits this name. Choose another one.",
    Reason.NAME_UNKNOWN: "No package of this name exists yet. A person creates it on the web page; an upload cannot.",
    Reason.FILE_EXISTS: (
        "A file of this name already exists with other content; file names are never used twice. Publish a new version."
    ),
    Reason.PACKAGE_CLOSED: "This package takes no uploads now. Two people can open it again.",
    Reason.RELEASE_DELETED: "This release was deleted; its version is never used again. Publish a new version instead.",
    Reason.RELEASE_CLOSED: (
        "This release takes no more files: it closed some days after its first one. Publish a new version, or have two "
        "people reopen this one."
    ),
    Reason.RELEASE_FULL: "This release has as many files as this registry's policy allows. Publish a new version instead.",
    Reason.PACKAGE_FULL: (
        "The files of this package together would be larger than this registry's policy allows. Two people can delete "
        "releases that nobody needs, or ask the stewards for a higher limit."
    ),
    Reason.TOO_MANY_UPLOADS: "This account has sent as many uploads in this hour as this registry's policy allows.",
    Reason.TOO_MANY_NAMES: (
        "You have created as many package names within a day as this registry's policy allows one person. Go on tomorrow, or ask "
        "the stewards for a higher limit."
    ),
    Reason.TOO_MANY_ROBOTS: "This package has as many robots as one may have. Make another token for one of them instead.",
    Reason.YANK_WITHOUT_REASON: "Yanking a release needs a reason, in one line: whoever installs it reads it.",
    Reason.TRUST_MOVED: "What is trusted changed while this upload was being checked. Send it again.",
    Reason.NOT_STORED: (
        "The registry could not store the file just now. Nothing is lost: send the same file again later, which does no harm "
        "if it was stored after all."
    ),
    Reason.DOCUMENT_INVALID: "The document breaks the rules for such documents.",
    Reason.DOCUMENT_UNCHANGED: "The proposed document is the one that is in force already.",
    Reason.EXPECTATION_IMMUTABLE: "This package's expectation was made immutable: no approval can change it.",
    Reason.EXPECTATION_EXISTS: "This package has an expectation already; changing it takes a proposal and two people.",
    Reason.NOT_A_PERSON: "Only a person can decide. Robots and API tokens have no voice.",
    Reason.NOT_A_MAINTAINER: "Only a maintainer of this package can propose or decide here.",
    Reason.SECOND_FACTOR_MISSING: "This takes a second factor. Add an authenticator or a security key to your account first.",
    Reason.SECOND_FACTOR_WRONG: "The authenticator code is wrong or was used before. Wait for the next one and try again.",
    Reason.ASSERTION_INVALID: "The security key's answer does not fit. Open the page again and use the key once more.",
    Reason.SECURITY_KEY_CLONED: (
        "The security key counted no further than when it was last used: there may be a copy of it. "
        "Use another factor, remove this key from your account, and tell your co-maintainers."
    ),
    Reason.PROPOSAL_DIGEST_DIFFERS: "What you agreed to is not what the proposal says. Open the proposal again and read it.",
    Reason.PROPOSAL_STALE: "What this started from has changed since. Look at what is in force now, and begin again from there.",
    Reason.PROPOSAL_EXPIRED: "This proposal has expired. Make a new one.",
    Reason.PROPOSAL_CLOSED: "This proposal has been decided already.",
    Reason.ALREADY_DECIDED: "You have decided on this proposal already.",
    Reason.NOT_A_STEWARD: "Only a steward of this registry can propose or decide here.",
    Reason.CONCERNS_YOURSELF: "This change is about yourself: others decide on it.",
    Reason.WAITS_TO_DECIDE: (
        "You may propose but not decide for now: you were given your role, or changed a second factor or your address, "
        "only a few days ago."
    ),
    Reason.SECOND_FACTOR_TOO_WEAK: (
        "Decisions about the registry itself need a security key or passkey. Add one on your account's page."
    ),
    Reason.NOBODY_MAY_DECIDE: (
        "This would change so many people at once that no two others are left to decide. Change fewer at a time."
    ),
    Reason.TOO_MANY_PROPOSALS: (
        f"You have as many open proposals as one person may: {OPEN_ON_ONE_THING} about one thing, {OPEN_IN_ALL} altogether. "
        "Withdraw one that is no longer wanted, or wait until others have decided."
    ),
}
