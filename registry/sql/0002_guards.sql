-- Evidence, verdicts and refusals are kept as they were; names, releases and files are never deleted.

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
    FOREACH guarded IN ARRAY ARRAY['package', 'person', 'account', 'release', 'file'] LOOP
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
    IF (NEW.person_id, NEW.kind, NEW.robot_of_id, NEW.username)
       IS DISTINCT FROM (OLD.person_id, OLD.kind, OLD.robot_of_id, OLD.username) THEN
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
    IF (NEW.id, NEW.name, NEW.created_by_id) IS DISTINCT FROM (OLD.id, OLD.name, OLD.created_by_id) THEN
        RAISE EXCEPTION 'a package''s name never changes' USING ERRCODE = '23001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON public.registry_package
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_guard_package();
