-- First versions, and the one lever that one person has alone: closing.

CREATE FUNCTION public.sluicegate_latest(which_kind text, about uuid) RETURNS public.expectations_documentversion
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT v FROM public.expectations_documentversion v
    WHERE v.kind = which_kind AND v.object = about ORDER BY v.number DESC LIMIT 1
$$;

CREATE FUNCTION public.sluicegate_first(which_kind text, about uuid, of_package uuid, new_document text, how text)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    version_id bigint;
BEGIN
    IF jsonb_typeof(new_document::jsonb) <> 'object' THEN
        PERFORM public.sluicegate_refuse('document-invalid');
    END IF;
    IF EXISTS (SELECT 1 FROM public.expectations_documentversion v WHERE v.kind = which_kind AND v.object = about) THEN
        PERFORM public.sluicegate_refuse('expectation-exists');
    END IF;
    INSERT INTO public.expectations_documentversion (kind, object, package_id, number, document, digest, source, activated_at)
        VALUES (which_kind, about, of_package, 1, new_document,
                encode(sha256(convert_to(new_document, 'UTF8')), 'hex'), how, clock_timestamp())
        RETURNING id INTO version_id;
    RETURN version_id;
END $$;

-- The first expectation of a package: set by one person on creation, or by first use. Only where none stands.
CREATE FUNCTION public.sluicegate_bind(about uuid, new_document text, how text, OUT version_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM public.sluicegate_lock(about);
    IF how NOT IN ('explicit', 'first-use') THEN
        PERFORM public.sluicegate_refuse('document-invalid');
    END IF;
    version_id := public.sluicegate_first('expectation', about, about, new_document, how);
    -- Keys in RFC 8785's order, values of plain ASCII: canonical as written. So are all the leaves below.
    PERFORM public.sluicegate_append(format(
        '{"at":"%s","digest":"%s","event":"expectation-bound","number":1,"package":"%s","source":"%s"}',
        public.sluicegate_utc(clock_timestamp()), encode(sha256(convert_to(new_document, 'UTF8')), 'hex'), about, how));
END $$;

-- The founding roster of a package, in the transaction that creates the name (whose time its row carries): nobody joins
-- the founders later. Exempt from the newcomers' wait.
CREATE FUNCTION public.sluicegate_found(about uuid, new_document text, OUT version_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM public.sluicegate_lock(about);
    IF NOT EXISTS (SELECT 1 FROM public.registry_package p
                   WHERE p.id = about AND p.created_at = transaction_timestamp()) THEN
        PERFORM public.sluicegate_refuse('not-a-maintainer');
    END IF;
    version_id := public.sluicegate_first('roster', about, about, new_document, 'founding');
    PERFORM public.sluicegate_check_members(about, new_document::jsonb);
    INSERT INTO public.expectations_grant (package_id, person_id, role, given, founding, created_at)
        SELECT about, m.key::uuid, m.value, true, true, clock_timestamp()
        FROM jsonb_each_text(new_document::jsonb -> 'members') m;
    PERFORM public.sluicegate_append(format(
        '{"at":"%s","digest":"%s","event":"package-founded","name":%s,"package":"%s"}',
        public.sluicegate_utc(clock_timestamp()), encode(sha256(convert_to(new_document, 'UTF8')), 'hex'),
        (SELECT to_json(p.name::text) FROM public.registry_package p WHERE p.id = about), about));
END $$;

-- The first stewards, named by the operator, once. Not granted to the application.
CREATE FUNCTION public.sluicegate_name_stewards(new_document text, OUT version_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    registry uuid := (SELECT r.id FROM public.expectations_registryidentity r);
BEGIN
    PERFORM public.sluicegate_lock_registry();
    version_id := public.sluicegate_first('stewards', registry, NULL, new_document, 'bootstrap');
    PERFORM public.sluicegate_check_members(NULL, new_document::jsonb);
    INSERT INTO public.expectations_grant (package_id, person_id, role, given, founding, created_at)
        SELECT NULL, m.key::uuid, m.value, true, true, clock_timestamp()
        FROM jsonb_each_text(new_document::jsonb -> 'members') m;
    PERFORM public.sluicegate_append(format(
        '{"at":"%s","digest":"%s","event":"stewards-named","registry":"%s"}',
        public.sluicegate_utc(clock_timestamp()), encode(sha256(convert_to(new_document, 'UTF8')), 'hex'), registry));
END $$;

-- A roster has an owner; a registry has two stewards or more; all are persons with an active account.
CREATE FUNCTION public.sluicegate_check_members(about uuid, wanted jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    roles text[] := ARRAY(SELECT m.value FROM jsonb_each_text(wanted -> 'members') m);
BEGIN
    IF (about IS NULL AND NOT (roles <@ ARRAY['steward'] AND cardinality(roles) >= 2))
       OR (about IS NOT NULL AND NOT (roles <@ ARRAY['owner', 'maintainer'] AND 'owner' = ANY (roles)))
       OR EXISTS (SELECT 1 FROM jsonb_object_keys(wanted -> 'members') k
                  WHERE NOT public.sluicegate_is_active(k::uuid)
                    AND NOT EXISTS (SELECT 1 FROM public.sluicegate_members(about) m WHERE m.person = k::uuid)) THEN
        PERFORM public.sluicegate_refuse('document-invalid');
    END IF;
END $$;

-- A package's state, beside its name: that of the status document in force.
CREATE FUNCTION public.sluicegate_set_state(about uuid, status jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE public.registry_package SET state = status ->> 'state', state_note = status ->> 'note' WHERE id = about
$$;

-- Freezes or quarantines a package: any one maintainer or steward may, newcomers too. It only closes; opening takes two.
CREATE FUNCTION public.sluicegate_close(about uuid, new_document text, by_account bigint, factor text, OUT version_id bigint)
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
    IF wanted IS NULL OR wanted NOT IN ('frozen', 'quarantined') THEN
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
