-- A proposal waits for its second voice as long as the policy says, and an agreement that waits longer is a voice that nobody
-- remembers: stray SQL could have one wait for years. A day more is for clocks that differ.
CREATE FUNCTION public.sluicegate_bound_expiry() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.expires_at > clock_timestamp()
                        + make_interval(days => coalesce(public.sluicegate_policy('proposal_days')::int, 14) + 1) THEN
        PERFORM public.sluicegate_refuse('document-invalid');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER guard_expiry BEFORE INSERT ON public.expectations_proposal
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_bound_expiry();
