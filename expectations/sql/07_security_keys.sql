-- Security keys: what a decision's assertion is checked against, and what the audit log has to know of it.

-- A key is known from the moment that its account has it, and says so in the log: whoever forges a decision with a key of
-- their own has to leave this leaf first, and the trigger on allauth's rows makes its person wait.
CREATE FUNCTION public.sluicegate_know_key() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who uuid := (SELECT a.person_id FROM public.registry_account a WHERE a.id = NEW.account_id AND a.kind = 'person');
BEGIN
    IF who IS NULL OR NOT EXISTS (SELECT 1 FROM public.mfa_authenticator m
                                  WHERE m.user_id = NEW.account_id AND m.type = 'webauthn'
                                    AND m.data -> 'credential' ->> 'id' = NEW.credential) THEN
        PERFORM public.sluicegate_refuse('second-factor-missing');
    END IF;
    PERFORM public.sluicegate_append(format(
        '{"account":%s,"at":"%s","credential":%s,"event":"security-key-known","person":"%s","public_key":%s}',
        NEW.account_id, public.sluicegate_utc(clock_timestamp()), to_json(NEW.credential::text), who,
        to_json(NEW.public_key)));
    RETURN NULL;
END $$;
CREATE TRIGGER know AFTER INSERT ON public.expectations_securitykey
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_know_key();

-- From then on the key decides no more; its row stays, so that its id is never another's.
CREATE FUNCTION public.sluicegate_forget_key() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.type = 'webauthn' AND (TG_OP = 'DELETE'
            OR (OLD.user_id, OLD.type, OLD.data -> 'credential') IS DISTINCT FROM (NEW.user_id, NEW.type, NEW.data -> 'credential'))
       AND EXISTS (SELECT 1 FROM public.expectations_securitykey k
                   WHERE k.account_id = OLD.user_id AND k.credential = OLD.data -> 'credential' ->> 'id') THEN
        PERFORM public.sluicegate_append(format(
            '{"account":%s,"at":"%s","credential":%s,"event":"security-key-forgotten"}',
            OLD.user_id, public.sluicegate_utc(clock_timestamp()), to_json(OLD.data -> 'credential' ->> 'id')));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER forget_key AFTER UPDATE OR DELETE ON public.mfa_authenticator
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_forget_key();

-- The counter of a key only rises (WebAuthn Level 3, section 7.2, step 22); nothing else of it ever changes.
CREATE FUNCTION public.sluicegate_guard_key() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (to_jsonb(NEW) - 'sign_count') IS DISTINCT FROM (to_jsonb(OLD) - 'sign_count') OR NEW.sign_count <= OLD.sign_count THEN
        PERFORM public.sluicegate_refuse('security-key-cloned');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON public.expectations_securitykey
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_guard_key();
CREATE TRIGGER never_deleted BEFORE DELETE ON public.expectations_securitykey
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.expectations_securitykey
    FOR EACH STATEMENT EXECUTE FUNCTION public.sluicegate_refuse_change();
