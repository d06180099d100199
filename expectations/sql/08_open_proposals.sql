-- How many open proposals one person may have: whoever decides has to read them all, and a stolen token could write them by
-- the thousand. The numbers stand beside the reason's sentence in verification/reasons.py too.

-- After the guard, which holds the object's lock: that sets proposals about one object in order. Those about several objects
-- are set in order by a lock of their proposer's, which nobody else waits for.
CREATE FUNCTION public.sluicegate_bound_proposals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    of_object CONSTANT integer := 5;
    in_all CONSTANT integer := 50;
    standing uuid[];
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('sluicegate proposals of ' || NEW.proposer_id::text, 0));
    standing := ARRAY(
        SELECT p.id FROM public.expectations_proposal p
        WHERE p.proposer_id = NEW.proposer_id AND p.expires_at > clock_timestamp()
          AND NOT EXISTS (SELECT 1 FROM public.expectations_documentversion v WHERE v.proposal_id = p.id)
          AND NOT EXISTS (SELECT 1 FROM public.expectations_decision d
                          WHERE d.proposal_id = p.id AND d.voice IN ('reject', 'withdraw'))
          AND public.sluicegate_standing(p.id) = 'open');
    IF cardinality(standing) >= in_all
       OR (SELECT count(*) FROM public.expectations_proposal p
           WHERE p.id = ANY (standing) AND p.kind = NEW.kind AND p.object = NEW.object) >= of_object THEN
        PERFORM public.sluicegate_refuse('too-many-proposals');
    END IF;
    RETURN NEW;
END $$;

-- Triggers of one table fire in the order of their names.
CREATE TRIGGER guard_number BEFORE INSERT ON public.expectations_proposal
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_bound_proposals();
