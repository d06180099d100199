"""Persons, and the accounts that belong to them. A robot or publisher is an account with no person: it never approves."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

if TYPE_CHECKING:
    from registry.models.packages import Package


class Person(models.Model):
    """A human, as an id alone: what the audit log names. Names and addresses stand in accounts and can be erased."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        account = self.accounts.order_by("pk").first()
        return account.username if account else f"person {self.id}"


class AccountManager(BaseUserManager["Account"]):
    """Makes accounts. There is no superuser: nobody stands outside the rules."""

    def create_person(self, username: str, *, email: str, password: str | None) -> Account:
        """Return a new account of a new person. Without a password nobody can sign in to it."""
        account = self.model(username=username, email=self.normalize_email(email), person=Person.objects.create())
        account.set_password(password)
        account.save(using=self._db)
        return account

    def create_robot(self, username: str, *, package: Package) -> Account:
        """Return a new robot of a package. It has no password: it works by token alone."""
        account = self.model(username=username, kind=Account.Kind.ROBOT, robot_of=package)
        account.set_unusable_password()
        account.save(using=self._db)
        return account

    def create_publisher(self, username: str) -> Account:
        """Return a new account of a trusted publisher. Tokens are minted for it, one a run; it belongs to no package."""
        account = self.model(username=username, kind=Account.Kind.PUBLISHER)
        account.set_unusable_password()
        account.save(using=self._db)
        return account


class Account(AbstractBaseUser, PermissionsMixin):
    """Something that signs in or uploads: a person's account, a package's robot, or a run of a trusted publisher."""

    class Kind(models.TextChoices):
        """Whether there is a human behind it."""

        PERSON = "person", "person"
        ROBOT = "robot", "robot"
        PUBLISHER = "publisher", "trusted publisher"

    username = models.SlugField(max_length=64, unique=True)
    email = models.EmailField(blank=True)
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.PERSON)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="accounts")
    robot_of = models.ForeignKey(
        "registry.Package", on_delete=models.PROTECT, null=True, blank=True, related_name="robots"
    )
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[AccountManager] = AccountManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("username"), name="no_two_names_but_for_case"),
            models.CheckConstraint(condition=Q(is_superuser=False), name="no_superuser"),
            models.CheckConstraint(
                condition=Q(kind="person", person__isnull=False, robot_of=None)
                | Q(kind="robot", person=None, robot_of__isnull=False)
                | Q(kind="publisher", person=None, robot_of=None),
                name="an_account_is_a_persons_or_a_packages",
            ),
        ]

    @property
    def is_robot(self) -> bool:
        """Whether no person is behind it: it uploads and does nothing else."""
        return self.kind != self.Kind.PERSON

    @property
    def is_publisher(self) -> bool:
        """Whether it is a trusted publisher's."""
        return self.kind == self.Kind.PUBLISHER
