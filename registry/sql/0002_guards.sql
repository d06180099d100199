-- Evidence, verdicts and refusals are kept as they were; names, accounts, tokens and files are never deleted.

DO $$
DECLARE
    guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['evidence', 'verdictrecord', 'verdictevidence', 'refusal'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON public.registry_%s '
                       'FOR EACH ROW EXECUTE FUNCTION public.sluicegate_refuse_change()', guarded);
        EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.registry_%s '
                       'FOR EACH STATEMENT EXECUTE FUNCTION public.sluicegate_refuse_change()', guarded);
    END LOOP;
    FOREACH guarded IN ARRAY ARRAY['package', 'person', 'account', 'token', 'file', 'release'] LOOP
        EXECUTE format('CREATE TRIGGER never_deleted BEFORE DELETE ON public.registry_%s '
                       'FOR EACH ROW EXECUTE FUNCTION public.sluicegate_refuse_change()', guarded);
    END LOOP;
END $$;

-- What a file is never changes once it is written; that it is offered does: visible_at by the application, deleted_at by an
-- agreed deletion, once.
CREATE FUNCTION public.sluicegate_guard_file() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (to_jsonb(NEW) - 'visible_at' - 'deleted_at') IS DISTINCT FROM (to_jsonb(OLD) - 'visible_at' - 'deleted_at')
       OR (OLD.deleted_at IS NOT NULL AND NEW.deleted_at IS DISTINCT FROM OLD.deleted_at) THEN
        RAISE EXCEPTION 'a file''s name, content and verdict never change' USING ERRCODE = '23001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON public.registry_file
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_guard_file();

-- A release is what its first file made it; an agreed deletion marks it, once.
CREATE FUNCTION public.sluicegate_guard_release() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (to_jsonb(NEW) - 'deleted_at') IS DISTINCT FROM (to_jsonb(OLD) - 'deleted_at') OR OLD.deleted_at IS NOT NULL THEN
        RAISE EXCEPTION 'a release''s version and source never change' USING ERRCODE = '23001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON public.registry_release
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_guard_release();

-- Whose an account is decides whose voice it gives: only what two people agreed to changes that, by the owner's functions.
-- The application may deactivate an account, which only closes, and never activate one. SECURITY INVOKER, so that
-- current_user is whoever really writes.
CREATE FUNCTION public.sluicegate_guard_account() RETURNS trigger
LANGUAGE plpgsql SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.kind, NEW.robot_of_id, NEW.username) IS DISTINCT FROM (OLD.id, OLD.kind, OLD.robot_of_id, OLD.username)
       OR (current_user <> pg_get_userbyid((SELECT c.relowner FROM pg_class c WHERE c.oid = TG_RELID))
           AND (NEW.person_id IS DISTINCT FROM OLD.person_id OR (NEW.is_active AND NOT OLD.is_active))) THEN
        RAISE EXCEPTION 'an account never changes hands, and is brought back by two people alone' USING ERRCODE = '23001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON public.registry_account
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_guard_account();

-- A new account is a new person's: a second account would lend its voice to whoever made it.
CREATE FUNCTION public.sluicegate_guard_new_account() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM public.registry_account a WHERE a.person_id = NEW.person_id)
       OR EXISTS (SELECT 1 FROM public.expectations_grant g WHERE g.person_id = NEW.person_id) THEN
        RAISE EXCEPTION 'accounts of one person are linked by two people alone' USING ERRCODE = '23001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_new BEFORE INSERT ON public.registry_account
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_guard_new_account();

-- A package's name and id never change: promises are bound to them. Only the owner's functions count lock_seq and set the
-- state.
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
