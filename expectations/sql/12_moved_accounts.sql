-- Accounts that move from one person to another: two people agree to that, and what was said or begun before goes by it.

-- A voice counts while the account that gave it is an active one of its person's: what somebody agreed to by an account that
-- was found to be somebody else's, or was locked, was not that person's word.
CREATE OR REPLACE FUNCTION public.sluicegate_agreeing(p public.expectations_proposal) RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    concerned uuid[] := public.sluicegate_proposal_concerned(p.id);
    voices uuid[];
    sides text[];
BEGIN
    SELECT array_agg(d.person_id ORDER BY d.person_id), array_agg(DISTINCT v.side) INTO voices, sides
        FROM (SELECT DISTINCT e.person_id FROM public.expectations_decision e
              JOIN public.registry_account a ON a.id = e.account_id AND a.person_id = e.person_id AND a.is_active
              WHERE e.proposal_id = p.id AND e.voice = 'approve' AND e.digest = p.digest) d
        JOIN public.sluicegate_proposal_voters(p.id) v ON v.person = d.person_id;
    IF coalesce(cardinality(voices), 0) < 2 THEN
        RETURN NULL;
    END IF;
    IF p.package_id IS NOT NULL AND NOT 'maintainer' = ANY (sides)
       AND EXISTS (SELECT 1 FROM public.sluicegate_members(p.package_id) m WHERE m.person <> ALL (concerned)) THEN
        RETURN NULL;
    END IF;
    RETURN voices;
END $$;

-- Whether an account that a person's document lists has moved since it was proposed, by another person's document: whoever
-- agreed to it before read another change than it would be now.
CREATE FUNCTION public.sluicegate_accounts_moved(p public.expectations_proposal) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT 1 FROM jsonb_array_elements_text(p.content::jsonb -> 'accounts') listed
        WHERE EXISTS (SELECT 1 FROM public.expectations_documentversion v
                      CROSS JOIN LATERAL jsonb_array_elements_text(v.document::jsonb -> 'accounts') others
                      WHERE v.kind = 'person' AND v.object <> p.object AND v.activated_at > p.created_at
                        AND others.value = listed.value)
           OR EXISTS (SELECT 1 FROM public.expectations_factorevent e
                      WHERE e.account_id::text = listed.value AND e.what = 'split-off' AND e.at > p.created_at))
$$;

-- A proposal is never dated ahead of the clock that decides about it: what moved since would count as before.
CREATE FUNCTION public.sluicegate_date_proposal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.created_at := least(NEW.created_at, clock_timestamp());
    RETURN NEW;
END $$;
CREATE TRIGGER dated BEFORE INSERT ON public.expectations_proposal
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_date_proposal();

CREATE OR REPLACE FUNCTION public.sluicegate_standing(which uuid) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    p public.expectations_proposal%ROWTYPE;
BEGIN
    SELECT * INTO STRICT p FROM public.expectations_proposal WHERE id = which;
    IF EXISTS (SELECT 1 FROM public.expectations_documentversion v WHERE v.proposal_id = p.id) THEN
        RETURN 'active';
    ELSIF EXISTS (SELECT 1 FROM public.expectations_decision d WHERE d.proposal_id = p.id AND d.voice = 'withdraw') THEN
        RETURN 'withdrawn';
    ELSIF EXISTS (SELECT 1 FROM public.expectations_decision d WHERE d.proposal_id = p.id AND d.voice = 'reject') THEN
        RETURN 'rejected';
    ELSIF p.base_id IS DISTINCT FROM (SELECT l.id FROM public.sluicegate_latest(p.kind, p.object) l)
       OR (p.kind = 'person' AND public.sluicegate_accounts_moved(p)) THEN
        RETURN 'stale';
    ELSIF p.expires_at <= clock_timestamp() THEN
        RETURN 'expired';
    END IF;
    RETURN 'open';
END $$;

-- An account that comes from another person brings its second factors along: what was changed of them there makes its new
-- person wait as well, for without a role nobody else was told of it.
CREATE OR REPLACE FUNCTION public.sluicegate_waits_until(about uuid, who uuid) RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT max(ends) FROM (
        SELECT m.since + make_interval(days => coalesce(public.sluicegate_policy('newcomer_days')::int, 7)) AS ends
        FROM public.sluicegate_members(about) m WHERE m.person = who AND NOT m.founding
        UNION ALL
        SELECT e.at + make_interval(days => coalesce(public.sluicegate_policy('factor_days')::int, 7))
        FROM public.expectations_factorevent e
        WHERE (e.person_id = who AND e.held_role)
           OR (e.person_id <> who AND e.account_id IN (SELECT a.id FROM public.registry_account a WHERE a.person_id = who))
        ) waits
    WHERE ends > clock_timestamp()
$$;
