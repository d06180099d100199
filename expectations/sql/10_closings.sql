-- Closing a package, with the proof that it was closed by. What is signed names the version that comes of it, so that a
-- closing can neither be replayed nor come after another that its person has not seen.

DROP FUNCTION public.sluicegate_close(uuid, text, bigint, text);

-- Freezes or quarantines a package: any one maintainer or steward may, newcomers too. It only closes; opening takes two.
-- ``wanted_number`` is the version that a security key signed for; NULL for a code, which signs nothing.
CREATE FUNCTION public.sluicegate_close(about uuid, new_document text, by_account bigint, proof_kind text, proof_detail text,
                                        proof text, wanted_number int, OUT version_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ranks jsonb := '{"active": 0, "deprecated": 0, "archived": 1, "frozen": 2, "quarantined": 3}';
    wanted text := new_document::jsonb ->> 'state';
    base public.expectations_documentversion%ROWTYPE;
    who uuid;
    new_number int;
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
    new_number := coalesce(base.number, 0) + 1;
    IF wanted IS NULL OR wanted NOT IN ('frozen', 'quarantined') THEN
        PERFORM public.sluicegate_refuse('document-invalid');
    END IF;
    IF (ranks -> wanted)::int <= (ranks -> coalesce(base.document::jsonb ->> 'state', 'active'))::int THEN
        PERFORM public.sluicegate_refuse('document-unchanged');
    END IF;
    IF (proof_kind = 'webauthn' OR wanted_number IS NOT NULL) AND wanted_number IS DISTINCT FROM new_number THEN
        PERFORM public.sluicegate_refuse('proposal-stale');
    END IF;
    INSERT INTO public.expectations_documentversion
            (kind, object, package_id, number, document, digest, source, closed_by_id, activated_at)
        VALUES ('status', about, about, new_number, new_document, new_digest, 'closing', who, clock_timestamp())
        RETURNING id INTO version_id;
    INSERT INTO public.expectations_closing (version_id, account_id, factor, factor_detail, assertion)
        VALUES (version_id, by_account, proof_kind, proof_detail, proof);
    PERFORM public.sluicegate_set_state(about, new_document::jsonb);
    PERFORM public.sluicegate_append(format(
        '{"account":%s,"assertion":%s,"at":"%s","digest":"%s","event":"package-closed","factor":%s,"number":%s,"package":"%s",'
        '"person":"%s","state":"%s"}',
        by_account,
        CASE WHEN proof = '' THEN 'null' ELSE format('"%s"', encode(sha256(convert_to(proof, 'UTF8')), 'hex')) END,
        public.sluicegate_utc(clock_timestamp()), new_digest, to_json(proof_kind), new_number, about, who, wanted));
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON public.expectations_closing
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.expectations_closing
    FOR EACH STATEMENT EXECUTE FUNCTION public.sluicegate_refuse_change();
