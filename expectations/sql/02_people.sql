-- Who may decide: computed from the append-only grants. No flag, session or permission row is read.

-- Locks what a decision is about. Decisions on packages share the roster of stewards and persons, which only decisions on
-- the registry change; within a package, a row that every decider has to change sets them in order.
CREATE FUNCTION public.sluicegate_lock(about uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM public.sluicegate_read_committed();
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('sluicegate registry', 0));
    UPDATE public.registry_package SET lock_seq = lock_seq + 1 WHERE id = about;
    IF NOT FOUND THEN
        PERFORM public.sluicegate_refuse('name-unknown');
    END IF;
END $$;

CREATE FUNCTION public.sluicegate_lock_registry() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM public.sluicegate_read_committed();
    PERFORM pg_advisory_xact_lock(hashtextextended('sluicegate registry', 0));
END $$;

-- A setting of the policy in force.
CREATE FUNCTION public.sluicegate_policy(setting text) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT v.document::jsonb -> setting FROM public.expectations_documentversion v
    WHERE v.kind = 'policy' ORDER BY v.number DESC LIMIT 1
$$;

-- Who holds a role of a package (or, for NULL, of the registry), deactivated or not, and since when without a break.
CREATE FUNCTION public.sluicegate_members(about uuid)
RETURNS TABLE (person uuid, role text, since timestamptz, founding boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT latest.person_id, latest.role, run.created_at, run.founding
    FROM (SELECT DISTINCT ON (g.person_id) g.person_id, g.role, g.given
          FROM public.expectations_grant g WHERE g.package_id IS NOT DISTINCT FROM about
          ORDER BY g.person_id, g.id DESC) latest
    CROSS JOIN LATERAL (
          SELECT f.created_at, f.founding FROM public.expectations_grant f
          WHERE f.package_id IS NOT DISTINCT FROM about AND f.person_id = latest.person_id
            AND f.id > coalesce((SELECT max(t.id) FROM public.expectations_grant t
                                 WHERE t.package_id IS NOT DISTINCT FROM about AND t.person_id = latest.person_id
                                   AND NOT t.given), 0)
          ORDER BY f.id LIMIT 1) run
    WHERE latest.given
$$;

CREATE FUNCTION public.sluicegate_is_active(who uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT 1 FROM public.registry_account a WHERE a.person_id = who AND a.kind = 'person' AND a.is_active)
$$;

-- Until when a person does not decide though the role is held: newcomers, so that nobody brings their own second; and whoever
-- changed a second factor or address, so that a stolen session cannot make itself one. NULL: no reason to wait.
CREATE FUNCTION public.sluicegate_waits_until(about uuid, who uuid) RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT max(ends) FROM (
        SELECT m.since + make_interval(days => coalesce(public.sluicegate_policy('newcomer_days')::int, 7)) AS ends
        FROM public.sluicegate_members(about) m WHERE m.person = who AND NOT m.founding
        UNION ALL
        SELECT e.at + make_interval(days => coalesce(public.sluicegate_policy('factor_days')::int, 7))
        FROM public.expectations_factorevent e WHERE e.person_id = who AND e.held_role) waits
    WHERE ends > clock_timestamp()
$$;

-- Holders of a role with an active account: they may propose, and upload.
CREATE FUNCTION public.sluicegate_maintainers(about uuid) RETURNS TABLE (person uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT m.person FROM public.sluicegate_members(about) m WHERE public.sluicegate_is_active(m.person)
$$;

CREATE FUNCTION public.sluicegate_may_decide(about uuid, who uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT public.sluicegate_is_active(who) AND public.sluicegate_waits_until(about, who) IS NULL
$$;

-- Everything that a second factor is changed by leaves a row, whoever changes it. The very first factor of a steward
-- whom the operator named is no change: it is how a registry begins.
CREATE FUNCTION public.sluicegate_note_factor(whose bigint, what text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who uuid := (SELECT a.person_id FROM public.registry_account a WHERE a.id = whose);
    held boolean;
BEGIN
    IF who IS NULL THEN
        RETURN;
    END IF;
    held := EXISTS (SELECT 1 FROM public.expectations_grant g WHERE g.person_id = who AND g.given
                    AND NOT (g.package_id IS NULL AND g.founding
                             AND NOT EXISTS (SELECT 1 FROM public.expectations_factorevent e WHERE e.person_id = who)));
    INSERT INTO public.expectations_factorevent (person_id, account_id, what, held_role, at)
        VALUES (who, whose, what, held, clock_timestamp());
    PERFORM public.sluicegate_append(format(
        '{"account":%s,"at":"%s","event":"factor-changed","held_role":%s,"person":"%s","what":%s}',
        whose, public.sluicegate_utc(clock_timestamp()), to_json(held), who, to_json(what)));
END $$;

CREATE FUNCTION public.sluicegate_tell_factor() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP IN ('UPDATE', 'DELETE') AND OLD.type IN ('totp', 'webauthn') AND
       (TG_OP = 'DELETE' OR (OLD.user_id, OLD.type, OLD.data -> 'secret', OLD.data -> 'credential')
                            IS DISTINCT FROM (NEW.user_id, NEW.type, NEW.data -> 'secret', NEW.data -> 'credential')) THEN
        PERFORM public.sluicegate_note_factor(OLD.user_id, OLD.type || '-removed');
    END IF;
    IF TG_OP IN ('INSERT', 'UPDATE') AND NEW.type IN ('totp', 'webauthn') AND
       (TG_OP = 'INSERT' OR (OLD.user_id, OLD.type, OLD.data -> 'secret', OLD.data -> 'credential')
                            IS DISTINCT FROM (NEW.user_id, NEW.type, NEW.data -> 'secret', NEW.data -> 'credential')) THEN
        PERFORM public.sluicegate_note_factor(NEW.user_id, NEW.type || '-added');
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION public.sluicegate_tell_address() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.email IS DISTINCT FROM OLD.email THEN
        PERFORM public.sluicegate_note_factor(NEW.id, 'email-changed');
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION public.sluicegate_guard_totp() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.last_step <= OLD.last_step THEN
        PERFORM public.sluicegate_refuse('second-factor-wrong');
    END IF;
    RETURN NEW;
END $$;
