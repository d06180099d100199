-- The order in which whoever decides takes locks: what it is about, the rows that it may change, the log. Only then is counted.
--
-- Who changes a factor or an address holds its row, and then the log for the leaf of it. A decision that held the log and then
-- wanted the row would wait for that in a circle; and one that asked who waits before it held the log could let somebody decide
-- after the leaf that says that they changed a factor. Whoever reveals a file holds its row and then its package's index page;
-- whoever renders the page holds that and then its files' entries.

CREATE FUNCTION public.sluicegate_lock_log() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('sluicegate audit log', 0));
END $$;

-- The accounts that a change of a person moves, and their factors: those that decide before recovery codes, which go with the last
-- of them, so that whoever removes one has them in the same order.
CREATE FUNCTION public.sluicegate_lock_accounts(who uuid, wanted jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    moved bigint[];
BEGIN
    moved := ARRAY(SELECT a.id FROM public.registry_account a
                   WHERE a.person_id = who
                      OR a.id::text IN (SELECT listed.value FROM jsonb_array_elements_text(wanted -> 'accounts') listed)
                   ORDER BY a.id FOR NO KEY UPDATE);
    PERFORM 1 FROM public.mfa_authenticator m WHERE m.user_id = ANY (moved) AND m.type IN ('totp', 'webauthn')
        ORDER BY m.id FOR UPDATE;
    PERFORM 1 FROM public.mfa_authenticator m WHERE m.user_id = ANY (moved) ORDER BY m.id FOR UPDATE;
END $$;

-- The files that a deletion takes away, and then the page of the index that they stand on, with their entries.
CREATE FUNCTION public.sluicegate_lock_files(about uuid, of_package uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM public.registry_file f WHERE f.id = about OR f.release_id = about ORDER BY f.id FOR NO KEY UPDATE;
    PERFORM 1 FROM public.registry_indexpage i
        WHERE i.name = (SELECT p.name FROM public.registry_package p WHERE p.id = of_package) FOR NO KEY UPDATE;
END $$;

CREATE FUNCTION public.sluicegate_lock_decision(which uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    p public.expectations_proposal%ROWTYPE;
BEGIN
    SELECT * INTO p FROM public.expectations_proposal WHERE id = which;
    IF NOT FOUND THEN
        PERFORM public.sluicegate_refuse('proposal-closed');
    END IF;
    PERFORM public.sluicegate_lock_about(p.package_id);
    IF p.kind = 'person' THEN
        PERFORM public.sluicegate_lock_accounts(p.object, p.content::jsonb);
    ELSIF p.kind = 'deletion' THEN
        PERFORM public.sluicegate_lock_files(p.object, p.package_id);
    END IF;
    PERFORM public.sluicegate_lock_log();
END $$;

CREATE FUNCTION public.sluicegate_begin_decision() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM public.sluicegate_lock_decision(NEW.proposal_id);
    RETURN NEW;
END $$;

-- Triggers of one table fire in the order of their names: before the guard.
CREATE TRIGGER begin BEFORE INSERT ON public.expectations_decision
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_begin_decision();

-- Activation counts what it counted before, with the locks held.
ALTER FUNCTION public.sluicegate_activate(uuid) RENAME TO sluicegate_count_and_activate;

CREATE FUNCTION public.sluicegate_activate(which uuid, OUT version_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM public.sluicegate_lock_decision(which);
    SELECT a.version_id INTO version_id FROM public.sluicegate_count_and_activate(which) a;
END $$;
