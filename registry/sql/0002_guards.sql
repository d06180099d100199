-- Evidence, verdicts and refusals are kept as they were; names, accounts, tokens and files are never deleted.

DO $$
DECLARE
    guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['evidence', 'verdictrecord', 'verdictevidence', 'refusal', 'release'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON public.registry_%s '
                       'FOR EACH ROW EXECUTE FUNCTION public.sluicegate_refuse_change()', guarded);
        EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.registry_%s '
                       'FOR EACH STATEMENT EXECUTE FUNCTION public.sluicegate_refuse_change()', guarded);
    END LOOP;
    FOREACH guarded IN ARRAY ARRAY['package', 'person', 'account', 'token', 'file'] LOOP
        EXECUTE format('CREATE TRIGGER never_deleted BEFORE DELETE ON public.registry_%s '
                       'FOR EACH ROW EXECUTE FUNCTION public.sluicegate_refuse_change()', guarded);
    END LOOP;
END $$;

-- What a file is never changes once it is written; that it is offered (visible_at) does.
CREATE FUNCTION public.sluicegate_guard_file() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (to_jsonb(NEW) - 'visible_at') IS DISTINCT FROM (to_jsonb(OLD) - 'visible_at') THEN
        RAISE EXCEPTION 'a file''s name, content and verdict never change' USING ERRCODE = '23001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON public.registry_file
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_guard_file();

-- An account never changes hands: who it belongs to decides whose voice it gives.
CREATE FUNCTION public.sluicegate_guard_account() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.person_id, NEW.kind, NEW.robot_of_id, NEW.username)
       IS DISTINCT FROM (OLD.id, OLD.person_id, OLD.kind, OLD.robot_of_id, OLD.username) THEN
        RAISE EXCEPTION 'an account never changes hands' USING ERRCODE = '23001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON public.registry_account
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_guard_account();

-- A package's name and id never change: promises are bound to them. Only the owner's functions count lock_seq.
CREATE FUNCTION public.sluicegate_guard_package() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.name, NEW.created_by_id, NEW.created_at)
       IS DISTINCT FROM (OLD.id, OLD.name, OLD.created_by_id, OLD.created_at) THEN
        RAISE EXCEPTION 'a package''s name never changes' USING ERRCODE = '23001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON public.registry_package
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_guard_package();

-- The time of the transaction that creates a name marks the moment at which its founding grants may be written.
CREATE FUNCTION public.sluicegate_date_package() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.created_at := transaction_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER dated BEFORE INSERT ON public.registry_package
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_date_package();

-- A token is what it was made as; revoked once is revoked for good.
CREATE FUNCTION public.sluicegate_guard_token() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (to_jsonb(NEW) - 'revoked_at' - 'last_used_at') IS DISTINCT FROM (to_jsonb(OLD) - 'revoked_at' - 'last_used_at')
       OR (OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at) THEN
        RAISE EXCEPTION 'a token is never changed, only revoked' USING ERRCODE = '23001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON public.registry_token
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_guard_token();
