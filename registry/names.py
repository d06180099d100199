"""Package names: made by a person on the page, once, and never reused."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from packaging.utils import InvalidName, canonicalize_name

from expectations import actions, audit, queries
from expectations.models import Source
from expectations.refusal import ChangeRefused
from expectations.second_factor import has_second_factor
from registry import roles
from registry.limits import refuse_names_beyond, refuse_robots_beyond
from registry.models import Account, Package
from registry.name_rules import look_of, refuse_name, taken
from verification.expectation import Expectation
from verification.reasons import Reason

MAX_LENGTH = 200
"""Longest name. PyPI's limit is 255 with file names in mind; a name has to leave room for version and tags."""


def create_package(
    display_name: str, *, by: Account, maintainers: Sequence[Account] = (), expectation: Expectation | None = None
) -> Package:
    """Create a package name with its founding maintainers and, if given, its first expectation.

    Raises ChangeRefused: NAME_INVALID, NAME_TAKEN, NAME_LOOKS_ALIKE, NAME_OF_STANDARD_LIBRARY, NAME_PROHIBITED,
    TOO_MANY_NAMES, NOT_A_PERSON, SECOND_FACTOR_MISSING (trust rules, "Releases" 3).
    """
    name = normalise(display_name)
    if by.person is None or not by.is_active:
        raise ChangeRefused(Reason.NOT_A_PERSON)
    if not has_second_factor(by):
        raise ChangeRefused(Reason.SECOND_FACTOR_MISSING)
    if any(account.person is None for account in maintainers):
        raise ChangeRefused(Reason.NOT_A_PERSON, "A robot cannot be a maintainer.")
    refuse_name(name)
    try:
        with transaction.atomic():
            refuse_names_beyond(by.person)
            package = Package.objects.create(name=name, display_name=display_name.strip(), created_by=by.person)
            people = [account.person for account in maintainers if account.person is not None]
            actions.found_package(package, owner=by.person, maintainers=people)
            if expectation is not None:
                actions.bind_first(package, expectation, source=Source.EXPLICIT)
            roles.project(package)
    except IntegrityError as error:
        # Somebody was faster. What else is unique about a package is its id.
        existing = Package.objects.filter(look=look_of(name)).first()
        if existing is None:
            raise
        raise taken(name, existing) from error
    return package


def add_robot(package: Package, username: str, *, by: Account) -> Account:
    """Make a robot that uploads to the package. It never has a voice.

    Raises ChangeRefused: NOT_A_MAINTAINER, NAME_INVALID, NAME_TAKEN, TOO_MANY_ROBOTS.
    """
    if by.person_id not in queries.maintainers(package):
        raise ChangeRefused(Reason.NOT_A_MAINTAINER)
    if not _is_robots_name(username):
        raise ChangeRefused(Reason.NAME_INVALID, "Lower-case letters, digits and single hyphens, 64 at most.")
    try:
        with transaction.atomic():
            refuse_robots_beyond(package)
            robot = Account.objects.create_robot(username, package=package)
            audit.record("robot-added", package=str(package.pk), account=robot.pk, by=str(by.person_id))
    except IntegrityError as error:
        raise ChangeRefused(Reason.NAME_TAKEN, username) from error
    return robot


def _is_robots_name(username: str) -> bool:
    try:
        return normalise(username) == username and len(username) <= 64
    except ChangeRefused:
        return False


def normalise(display_name: str) -> str:
    """Return the PEP 503 form of a name. Raises ChangeRefused (NAME_INVALID) for a text that is none (PEP 508)."""
    try:
        name = canonicalize_name(display_name.strip(), validate=True)
    except InvalidName as error:
        raise ChangeRefused(Reason.NAME_INVALID, "Letters, digits, and . - _ between them.") from error
    if len(display_name.strip()) > MAX_LENGTH or not name.isascii():
        raise ChangeRefused(Reason.NAME_INVALID, f"At most {MAX_LENGTH} characters.")
    return name
