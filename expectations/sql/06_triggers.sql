-- Where the functions above stand guard.

CREATE TRIGGER tell AFTER INSERT ON public.expectations_decision
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_tell_decision();
CREATE TRIGGER tell AFTER INSERT ON public.expectations_proposal
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_tell_proposal();
CREATE TRIGGER guard BEFORE INSERT ON public.expectations_decision
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_guard_decision();
CREATE TRIGGER guard BEFORE INSERT ON public.expectations_proposal
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_guard_proposal();
CREATE TRIGGER guard BEFORE UPDATE ON public.expectations_totpcounter
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_guard_totp();
CREATE TRIGGER tell_factor AFTER INSERT OR UPDATE OR DELETE ON public.mfa_authenticator
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_tell_factor();
CREATE TRIGGER tell_address AFTER UPDATE OF email ON public.registry_account
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_tell_address();

DO $$
DECLARE
    guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['registryidentity', 'auditleaf', 'grant', 'documentversion', 'proposal', 'decision',
                                   'factorevent'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON public.expectations_%s '
                       'FOR EACH ROW EXECUTE FUNCTION public.sluicegate_refuse_change()', guarded);
        EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.expectations_%s '
                       'FOR EACH STATEMENT EXECUTE FUNCTION public.sluicegate_refuse_change()', guarded);
    END LOOP;
END $$;
