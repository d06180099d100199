-- Freezes or quarantines a package: any one maintainer or steward may, newcomers too. It only closes; opening takes two. So
-- does reopening a release, which the same document says: a document that closes reopens nothing.
CREATE OR REPLACE FUNCTION public.sluicegate_close(
    about uuid, new_document text, by_account bigint, factor text, OUT version_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ranks jsonb := '{"active": 0, "deprecated": 0, "archived": 1, "frozen": 2, "quarantined": 3}';
    wanted text := new_document::jsonb ->> 'state';
    base public.expectations_documentversion%ROWTYPE;
    who uuid;
    new_digest text := encode(sha256(convert_to(new_document, 'UTF8')), 'hex');
BEGIN
    PERFORM public.sluicegate_lock(about);
    SELECT a.person_id INTO who FROM public.registry_account a WHERE a.id = by_account AND a.kind = 'person' AND a.is_active;
    IF who IS NULL THEN
        PERFORM public.sluicegate_refuse('not-a-person');
    END IF;
    IF who NOT IN (SELECT person FROM public.sluicegate_maintainers(about) UNION SELECT person FROM public.sluicegate_maintainers(NULL)) THEN
        PERFORM public.sluicegate_refuse('not-a-maintainer');
    END IF;
    SELECT * INTO base FROM public.sluicegate_latest('status', about);
    IF wanted IS NULL OR wanted NOT IN ('frozen', 'quarantined') OR new_document::jsonb ? 'reopened' THEN
        PERFORM public.sluicegate_refuse('document-invalid');
    END IF;
    IF (ranks -> wanted)::int <= (ranks -> coalesce(base.document::jsonb ->> 'state', 'active'))::int THEN
        PERFORM public.sluicegate_refuse('document-unchanged');
    END IF;
    INSERT INTO public.expectations_documentversion
            (kind, object, package_id, number, document, digest, source, closed_by_id, activated_at)
        VALUES ('status', about, about, coalesce(base.number, 0) + 1, new_document, new_digest, 'closing', who, clock_timestamp())
        RETURNING id INTO version_id;
    PERFORM public.sluicegate_set_state(about, new_document::jsonb);
    PERFORM public.sluicegate_append(format(
        '{"account":%s,"at":"%s","digest":"%s","event":"package-closed","factor":%s,"number":%s,"package":"%s","person":"%s","state":"%s"}',
        by_account, public.sluicegate_utc(clock_timestamp()), new_digest, to_json(factor), coalesce(base.number, 0) + 1, about, who,
        wanted));
END $$;
