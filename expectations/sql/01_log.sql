-- The audit log, and rows that are never changed.
--
-- What the database itself holds to, whatever the application does (trust rules, "Two people" 5 and 6), stands in the files
-- of this folder. Every function is SECURITY DEFINER, owned by the schema's owner and not by the application's role, with a
-- pinned search_path and qualified names: a temporary table or a search_path of the caller's cannot stand in for ours.
-- Refusals carry SQLSTATE 'SG001' and one word of verification/reasons.py as their message.

CREATE FUNCTION public.sluicegate_refuse_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME USING ERRCODE = '23001';
END $$;

CREATE FUNCTION public.sluicegate_refuse(reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '%', reason USING ERRCODE = 'SG001';
END $$;

-- Under READ COMMITTED each statement after a lock sees what the lock's previous holder committed; other isolation
-- levels would count on an old snapshot.
CREATE FUNCTION public.sluicegate_read_committed() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'what is trusted is decided under READ COMMITTED only' USING ERRCODE = '25001';
    END IF;
END $$;

-- Appends one leaf to the audit log: numbered without a gap, in the order of commit, hashed as RFC 6962 leaves are.
-- Not granted to the application: what proves a promise or a voice is written by the functions of this folder alone.
CREATE FUNCTION public.sluicegate_append(leaf_text text, OUT leaf_index bigint, OUT leaf_digest text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM public.sluicegate_read_committed();
    IF jsonb_typeof(leaf_text::jsonb) <> 'object' OR leaf_text::jsonb ->> 'event' IS NULL THEN
        RAISE EXCEPTION 'an audit leaf is an object that names its event' USING ERRCODE = '22023';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('sluicegate audit log', 0));
    SELECT coalesce(max(l.index) + 1, 0) INTO leaf_index FROM public.expectations_auditleaf l;
    leaf_digest := encode(sha256('\x00'::bytea || convert_to(leaf_text, 'UTF8')), 'hex');
    INSERT INTO public.expectations_auditleaf (index, leaf, leaf_hash, recorded_at)
        VALUES (leaf_index, leaf_text, leaf_digest, clock_timestamp());
END $$;

-- The application's own events. It cannot tell of a promise or a voice that was never given.
CREATE FUNCTION public.sluicegate_record(leaf_text text, OUT leaf_index bigint, OUT leaf_digest text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF leaf_text::jsonb ->> 'event' IN ('bootstrap', 'stewards-named', 'package-founded', 'expectation-bound', 'proposed',
                                        'decided', 'proposal-activated', 'package-closed', 'factor-changed',
                                        'security-key-known', 'security-key-forgotten') THEN
        RAISE EXCEPTION 'this event is written by the database alone' USING ERRCODE = '42501';
    END IF;
    SELECT a.leaf_index, a.leaf_digest INTO leaf_index, leaf_digest FROM public.sluicegate_append(leaf_text) a;
END $$;

CREATE FUNCTION public.sluicegate_utc(moment timestamptz) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- A UUID as canonical JSON, null where there is none.
CREATE FUNCTION public.sluicegate_json(id uuid) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(to_json(id::text)::text, 'null')
$$;
