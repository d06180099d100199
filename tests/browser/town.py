"""One registry for all browser tests of a process, with people whose factors are enrolled; each test takes its own package."""

from __future__ import annotations

from functools import cached_property

from playwright.sync_api import Browser

from demo.serving import Registry
from tests.browser.key_holder import KeyHolder
from tests.browser.maintainer import Maintainer
from tests.browser.visitor import Visitor
from tests.support.sigstore_world import SigstoreWorld


class Town:
    """The people come when they are first asked for: noor and maya with authenticators, the others with keys."""

    def __init__(self, chromium: Browser, registry: Registry, world: SigstoreWorld) -> None:
        self.chromium, self.registry, self.world = chromium, registry, world

    @cached_property
    def noor(self) -> Maintainer:
        """A maintainer with an authenticator, without scripts."""
        return self.newcomer("noor")

    @cached_property
    def maya(self) -> Maintainer:
        """Another one."""
        return self.newcomer("maya")

    @cached_property
    def ada(self) -> KeyHolder:
        """A maintainer with a security key."""
        return self._key_holder("ada")

    @cached_property
    def bea(self) -> KeyHolder:
        """Another one."""
        return self._key_holder("bea")

    @cached_property
    def stella(self) -> KeyHolder:
        """A steward."""
        return self._steward("stella")

    @cached_property
    def stefan(self) -> KeyHolder:
        """Another one."""
        return self._steward("stefan")

    @cached_property
    def visitor(self) -> Visitor:
        """Nobody in particular."""
        return Visitor(self.chromium, self.registry.url, scripts=True)

    def newcomer(self, username: str) -> Maintainer:
        """Return somebody new with an authenticator, whose codes nobody has used."""
        maintainer = Maintainer(self.chromium, self.registry, username)
        maintainer.sign_in_and_enrol()
        return maintainer

    def _key_holder(self, username: str) -> KeyHolder:
        holder = KeyHolder(self.chromium, self.registry, username)
        holder.add()
        holder.give_password()
        holder.enrol()
        return holder

    def _steward(self, username: str) -> KeyHolder:
        """Let a steward of the test registry come in by a one-time link, as the operator would hand it over."""
        steward = KeyHolder(self.chromium, self.registry, username)
        steward.set_password(self.registry.manage("password_link", username).strip())
        steward.enrol()
        return steward
