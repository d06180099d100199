"""A registry that is full: rows by SQL, as the owner of the database, and blobs by the thousand, past the gate.

Packages of one owner, one release and one file each, with what an accepted upload leaves of them in every table: grant, promise,
verdict, evidence, index line and audit leaf; all of it short, and none of it verifies. They weigh on tables, indexes and
folders; what is measured is uploaded and read beside them.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import psycopg

from registry.postgres import Database

_ROWS = """
ALTER TABLE registry_package DISABLE TRIGGER begin_page;
ALTER TABLE registry_file DISABLE TRIGGER outdate_page_by_new;
CREATE TEMPORARY TABLE filling ON COMMIT DROP AS
    SELECT 'filling-' || n AS name, 'filling_' || n || '-1.0-py3-none-any.whl' AS filename, gen_random_uuid() AS package,
           gen_random_uuid() AS release, gen_random_uuid() AS verdict,
           encode(sha256(convert_to('filling ' || n, 'UTF8')), 'hex') AS digest
    FROM generate_series(1, {count}) n;
INSERT INTO registry_package (id, name, display_name, created_at, created_by_id, lock_seq)
    SELECT package, name, name, now(), (SELECT id FROM registry_person LIMIT 1), 0 FROM filling;
INSERT INTO expectations_grant (package_id, person_id, role, given, founding, created_at)
    SELECT package, (SELECT id FROM registry_person LIMIT 1), 'owner', true, true, now() FROM filling;
INSERT INTO expectations_documentversion (kind, object, package_id, number, document, digest, source, activated_at)
    SELECT 'expectation', package, package, 1, '{{}}', digest, 'first-use', now() FROM filling;
INSERT INTO expectations_auditleaf (index, leaf, leaf_hash, recorded_at)
    SELECT (SELECT max(index) FROM expectations_auditleaf) + row_number() OVER (), '{{"event":"filled"}}', digest, now()
    FROM filling;
INSERT INTO registry_indexpage (name) SELECT name FROM filling;
UPDATE registry_indexpage SET stamp = '' WHERE name = '';
INSERT INTO registry_release (id, package_id, version, canonical_version, source_issuer, source_repository_id,
                              source_commit, yank_reason, created_at)
    SELECT release, package, '1.0', '1', '', '', '', '', now() FROM filling;
INSERT INTO registry_verdictrecord (id, package_id, result, document, digest, roots_id, policy_id, created_at)
    SELECT verdict, package, 'accepted', '{{}}', digest,
           (SELECT id FROM expectations_documentversion WHERE kind = 'roots' LIMIT 1),
           (SELECT id FROM expectations_documentversion WHERE kind = 'policy' LIMIT 1), now() FROM filling;
INSERT INTO registry_file (id, release_id, filename, identity, filetype, sha256, size, metadata, metadata_sha256,
                           requires_python, summary, verdict_id, uploaded_by_id, uploaded_at, visible_at)
    SELECT gen_random_uuid(), release, filename, digest, 'bdist_wheel', digest, 1, '', digest, '', '', verdict,
           (SELECT id FROM registry_account LIMIT 1), now(), now() FROM filling;
INSERT INTO registry_evidence (sha256, content, received_at) SELECT digest, '{{}}', now() FROM filling;
INSERT INTO registry_verdictevidence (verdict_id, position, evidence_id, role) SELECT verdict, 0, digest, 'matched' FROM filling;
INSERT INTO registry_indexentry (file_id, stamp, json, html)
    SELECT f.id, '', '{{}}', '' FROM registry_file f JOIN filling ON filling.verdict = f.verdict_id;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE registry_file ENABLE TRIGGER outdate_page_by_new;
ALTER TABLE registry_package ENABLE TRIGGER begin_page;
"""


def fill(database: Database, var: Path, count: int) -> None:
    """Put so many packages, each with a file and its blob, beside what is there."""
    with psycopg.connect(database.owner_url) as connection:
        connection.execute(_ROWS.format(count=int(count)))
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    for number in range(1, count + 1):
        sha256 = hashlib.sha256(f"filling {number}".encode()).hexdigest()
        blob = var / "blobs" / sha256[:2] / sha256
        blob.parent.mkdir(parents=True, exist_ok=True)
        blob.write_bytes(b"x")
