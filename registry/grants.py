"""What the web application's database role may do, table by table. It owns nothing, and what is not said here it may not.

Append-only tables are read and inserted into; document versions and audit leaves are not even inserted into, but
written by the owner's functions. A table without a row here stops the installation: a new table is a new decision.
"""

from __future__ import annotations

from django.db import connections
from psycopg import sql

READ = "SELECT"
APPEND = "SELECT, INSERT"
WRITE = "SELECT, INSERT, UPDATE"
FULL = "SELECT, INSERT, UPDATE, DELETE"

PRIVILEGES: dict[str, str] = {
    "expectations_registryidentity": READ,
    "expectations_auditleaf": READ,
    "expectations_documentversion": READ,
    "expectations_grant": READ,
    "expectations_factorevent": READ,
    "expectations_origin": "SELECT, INSERT, DELETE",
    "expectations_proposal": APPEND,
    "expectations_decision": APPEND,
    "expectations_closing": READ,
    "expectations_totpcounter": WRITE,
    "expectations_securitykey": "SELECT, INSERT, UPDATE (sign_count)",
    "registry_person": APPEND,
    "registry_account": WRITE,
    "registry_account_groups": READ,
    "registry_account_user_permissions": READ,
    "registry_package": APPEND,
    "registry_packageuserpermission": FULL,
    "registry_token": WRITE,
    "registry_uploadcount": WRITE,
    "registry_publisheraccount": APPEND,
    "registry_mintedright": APPEND,
    "registry_spentidentity": "SELECT, INSERT, DELETE",
    "registry_mintingrefusal": "SELECT, INSERT, DELETE",
    "registry_invitation": "SELECT, INSERT, UPDATE (used_at, account_id)",
    "registry_release": APPEND,
    "registry_file": "SELECT, INSERT, UPDATE (visible_at)",
    "registry_evidence": APPEND,
    "registry_verdictrecord": APPEND,
    "registry_verdictevidence": APPEND,
    "registry_refusal": APPEND,
    "registry_indexpage": "SELECT, UPDATE",
    "registry_indexentry": WRITE,
    "registry_latestfile": WRITE,
    "registry_rendereddescription": APPEND,
    "registry_notice": WRITE,
    "registry_noticecursor": WRITE,
    "django_session": FULL,
    "django_content_type": READ,
    "django_migrations": READ,
    "auth_permission": READ,
    "auth_group": READ,
    "auth_group_permissions": READ,
    "guardian_groupobjectpermission": READ,
    "guardian_userobjectpermission": READ,
    "account_emailaddress": FULL,
    "account_emailconfirmation": FULL,
    "mfa_authenticator": FULL,
}

FUNCTIONS = (
    "sluicegate_record(text)",
    "sluicegate_found(uuid, text)",
    "sluicegate_bind(uuid, text, text)",
    "sluicegate_close(uuid, text, bigint, text, text, text, integer)",
    "sluicegate_lock(uuid)",
    "sluicegate_lock_registry()",
    "sluicegate_lock_about(uuid)",
    "sluicegate_yank(uuid, text, bigint)",
    "sluicegate_members(uuid)",
    "sluicegate_maintainers(uuid)",
    "sluicegate_waits_until(uuid, uuid)",
    "sluicegate_proposal_voters(uuid)",
    "sluicegate_proposal_concerned(uuid)",
    "sluicegate_standing(uuid)",
    "sluicegate_activate(uuid)",
)


def apply_grants(role: str, *, using: str) -> None:
    """Give ``role`` exactly the privileges above, over the owner's connection ``using``.

    Raises RuntimeError naming the tables for which nothing is decided.
    """
    with connections[using].cursor() as cursor:
        tables = set(connections[using].introspection.table_names(cursor))
        if undecided := tables - PRIVILEGES.keys():
            raise RuntimeError(f"registry/grants.py says nothing of these tables: {', '.join(sorted(undecided))}")
        name = sql.Identifier(role)
        cursor.execute(sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, {}").format(name))
        cursor.execute(sql.SQL("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC, {}").format(name))
        # PostgreSQL lets everybody call a new function: the next upgrade's would be open until this list is applied again.
        cursor.execute("ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC")
        for table, privileges in PRIVILEGES.items():
            cursor.execute(
                sql.SQL("GRANT {} ON public.{} TO {}").format(sql.SQL(privileges), sql.Identifier(table), name)
            )
        for function in FUNCTIONS:
            cursor.execute(sql.SQL("GRANT EXECUTE ON FUNCTION public.{} TO {}").format(sql.SQL(function), name))
