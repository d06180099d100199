"""How much is taken, by the registry's policy: of a file, a release, a package; of an account an hour, of a person a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone

from expectations import queries
from expectations.documents import Policy
from expectations.refusal import ChangeRefused
from expectations.statements import Statement, together
from registry.distribution import FileProblem
from registry.models import Account, Package, Person, UploadCount
from registry.upload_refused import UploadRefused
from verification.reasons import Reason

MIB = 1024 * 1024

MOST_ROBOTS = 20
"""Of one package. Each has a share of its own in what an account may send, and in what is kept of its refusals."""

_COUNT = Statement("""
INSERT INTO registry_uploadcount (account_id, hour, uploads)
SELECT %s::integer, date_trunc('hour', now()), 1
FROM (SELECT set_config('synchronous_commit', 'off', true) AS durable) quick WHERE durable = 'off'
ON CONFLICT (account_id) DO UPDATE SET
    uploads = CASE WHEN registry_uploadcount.hour = excluded.hour THEN registry_uploadcount.uploads ELSE 0 END + 1,
    hour = excluded.hour
RETURNING uploads
""")
"""One statement and a transaction of its own, which waits for no disk: what a crash forgets is a few counts of an hour."""

# Counted after a lock that nobody else waits for: of two creations at once, the second counts the first.
_CREATING = Statement("SELECT pg_advisory_xact_lock(hashtextextended('sluicegate names of ' || %s::uuid, 0))")
_ADDING = Statement("SELECT pg_advisory_xact_lock(hashtextextended('sluicegate robots of ' || %s::uuid, 0))")
_ROBOTS = Statement("SELECT count(*) FROM registry_account WHERE robot_of_id = %s")
_CREATED = Statement(
    "SELECT count(*) FROM registry_package WHERE created_by_id = %s AND created_at > clock_timestamp() - interval '24 hours'"
)


def largest_file(policy: Policy) -> int:
    """Return the most bytes that a file may have."""
    return policy.file_mib * MIB


def count_upload(account: Account) -> Policy:
    """Count an upload before a byte of it is read, and return the policy that it is taken under.

    Raises UploadRefused (TOO_MANY_UPLOADS) beyond the account's share.

    By account, for whoever may make one token, or have a run mint it, may make many.
    """
    version, ((uploads,),) = together(queries.NEWEST_POLICY, _COUNT(account.pk))
    policy = queries.read_policy(queries.newest(version))
    if uploads > policy.uploads_an_hour:
        raise UploadRefused(*_too_many(policy))
    return policy


def refuse_names_beyond(person: Person) -> None:
    """Refuse a further package name of a person, in the transaction that creates it.

    Raises ChangeRefused (TOO_MANY_NAMES). Names are never given back, and what one package may take is no limit to whoever
    has as many packages as they like.
    """
    version, _, ((created,),) = together(queries.NEWEST_POLICY, _CREATING(person.pk), _CREATED(person.pk))
    policy = queries.read_policy(queries.newest(version))
    if created >= policy.names_a_day:
        raise ChangeRefused(Reason.TOO_MANY_NAMES, f"It is {policy.names_a_day} in 24 hours.")


def refuse_robots_beyond(package: Package) -> None:
    """Refuse a further robot of a package, in the transaction that adds it. Raises ChangeRefused (TOO_MANY_ROBOTS)."""
    _, ((robots,),) = together(_ADDING(package.pk), _ROBOTS(package.pk))
    if robots >= MOST_ROBOTS:
        raise ChangeRefused(Reason.TOO_MANY_ROBOTS, f"It is {MOST_ROBOTS}.")


def used_up(account: Account, policy: Policy) -> Iterator[FileProblem]:
    """Yield whether a further upload would be one too many, without counting any."""
    hour = _next_hour() - timedelta(hours=1)
    if UploadCount.objects.filter(account=account, hour=hour, uploads__gte=policy.uploads_an_hour).exists():
        yield FileProblem(*_too_many(policy))


def seconds_to_wait() -> int:
    """Return how long it is until accounts are counted anew: at the full hour."""
    return max(1, int((_next_hour() - timezone.now()).total_seconds()))


def beyond(policy: Policy, *, size: int, package: Package, release_files: int) -> Iterator[FileProblem]:
    """Yield each limit that one more file of ``size`` bytes would break, beside those that its release offers."""
    if size > largest_file(policy):
        yield too_large(policy)
    total, most = package.stored_bytes + size, policy.package_mib * MIB
    if total > most:
        detail = f"With this file they would be {_mib(total)} MiB, and the policy allows {policy.package_mib} MiB."
        yield FileProblem(Reason.PACKAGE_FULL, detail)
    if release_files >= policy.release_files:
        yield FileProblem(Reason.RELEASE_FULL, f"It has {release_files} of {policy.release_files}.")


def too_large(policy: Policy) -> FileProblem:
    """Return that a file is larger than the policy allows."""
    detail = f"The policy allows {policy.file_mib} MiB. Send a smaller file, or ask the registry's stewards for a higher limit."
    return FileProblem(Reason.FILE_TOO_LARGE, detail)


def _too_many(policy: Policy) -> tuple[Reason, str]:
    told = f"It is {policy.uploads_an_hour} an hour. It may send the next one from {_next_hour():%H:%M} UTC on."
    return Reason.TOO_MANY_UPLOADS, told


def _next_hour() -> datetime:
    return timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def _mib(size: int) -> int:
    return -(-size // MIB)
