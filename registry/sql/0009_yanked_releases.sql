-- A release is what its first file made it; an agreed deletion marks it, once; a maintainer yanks it and takes that back.
CREATE OR REPLACE FUNCTION public.sluicegate_guard_release() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (to_jsonb(NEW) - 'deleted_at' - 'yanked_at' - 'yank_reason') IS DISTINCT FROM
       (to_jsonb(OLD) - 'deleted_at' - 'yanked_at' - 'yank_reason') OR OLD.deleted_at IS NOT NULL THEN
        RAISE EXCEPTION 'a release''s version and source never change' USING ERRCODE = '23001';
    END IF;
    RETURN NEW;
END $$;

-- Yanks a release with a reason, or takes it back (NULL): any one maintainer may (PEP 592). Nothing is lost by either: who
-- pinned a yanked version gets it still. It leaves a leaf, with the reason by its digest.
CREATE FUNCTION public.sluicegate_yank(which uuid, why text, by_account bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r public.registry_release%ROWTYPE;
    who uuid;
BEGIN
    SELECT * INTO STRICT r FROM public.registry_release WHERE id = which;
    PERFORM public.sluicegate_lock(r.package_id);
    SELECT * INTO STRICT r FROM public.registry_release WHERE id = which;
    SELECT a.person_id INTO who FROM public.registry_account a WHERE a.id = by_account AND a.kind = 'person' AND a.is_active;
    IF who IS NULL THEN
        PERFORM public.sluicegate_refuse('not-a-person');
    END IF;
    IF who NOT IN (SELECT person FROM public.sluicegate_maintainers(r.package_id)) THEN
        PERFORM public.sluicegate_refuse('not-a-maintainer');
    END IF;
    IF r.deleted_at IS NOT NULL THEN
        PERFORM public.sluicegate_refuse('release-deleted');
    END IF;
    IF why IS NULL AND r.yanked_at IS NULL OR why = r.yank_reason AND r.yanked_at IS NOT NULL THEN
        RETURN;
    END IF;
    -- The page before its entries, as whoever renders it: the change outdates both.
    PERFORM 1 FROM public.registry_indexpage i
        WHERE i.name = (SELECT p.name FROM public.registry_package p WHERE p.id = r.package_id) FOR NO KEY UPDATE;
    UPDATE public.registry_release
        SET yanked_at = CASE WHEN why IS NULL THEN NULL ELSE clock_timestamp() END, yank_reason = coalesce(why, '')
        WHERE id = which;
    PERFORM public.sluicegate_append(format(
        '{"account":%s,"at":"%s","event":"%s","package":"%s","person":"%s","reason_sha256":%s,"release":"%s"}',
        by_account, public.sluicegate_utc(clock_timestamp()),
        CASE WHEN why IS NULL THEN 'release-unyanked' ELSE 'release-yanked' END, r.package_id, who,
        coalesce(format('"%s"', encode(sha256(convert_to(why, 'UTF8')), 'hex')), 'null'), which));
END $$;
