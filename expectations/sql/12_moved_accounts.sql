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
