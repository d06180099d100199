-- Runs of trusted publishers.

-- What was minted for whom is kept as it was.
DO $$
DECLARE
    guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['publisheraccount', 'mintedright'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON public.registry_%s '
                       'FOR EACH ROW EXECUTE FUNCTION public.sluicegate_refuse_change()', guarded);
        EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.registry_%s '
                       'FOR EACH STATEMENT EXECUTE FUNCTION public.sluicegate_refuse_change()', guarded);
    END LOOP;
END $$;

-- An identity token is spent until it has expired, and worth nothing from then on.
CREATE FUNCTION public.sluicegate_guard_spent() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' OR OLD.expires_at > clock_timestamp() THEN
        RAISE EXCEPTION 'an identity token that was exchanged stays spent until it has expired' USING ERRCODE = '23001';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER guard BEFORE UPDATE OR DELETE ON public.registry_spentidentity
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_guard_spent();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.registry_spentidentity
    FOR EACH STATEMENT EXECUTE FUNCTION public.sluicegate_refuse_change();

-- A publisher's token uploads, for a quarter of an hour at most.
CREATE FUNCTION public.sluicegate_guard_minted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM public.registry_account a WHERE a.id = NEW.account_id AND a.kind = 'publisher')
       AND (NEW.scope <> 'upload' OR NEW.expires_at IS NULL
            OR NEW.expires_at > clock_timestamp() + make_interval(secs => 960)) THEN
        RAISE EXCEPTION 'a minted token uploads, for a quarter of an hour at most' USING ERRCODE = '23001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_minted BEFORE INSERT ON public.registry_token
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_guard_minted();
