-- An invitation is used once, and by nobody else later.
CREATE FUNCTION public.sluicegate_guard_invitation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.used_at IS NOT NULL OR (to_jsonb(NEW) - 'used_at' - 'account_id') IS DISTINCT FROM (to_jsonb(OLD) - 'used_at' - 'account_id') THEN
        RAISE EXCEPTION 'an invitation is used once' USING ERRCODE = '23001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON public.registry_invitation
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_guard_invitation();
