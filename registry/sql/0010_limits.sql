-- What a package's files take together, kept beside its name: a sum over all of them would take longer the more there are.
UPDATE public.registry_package p SET stored_bytes = coalesce(
    (SELECT sum(f.size) FROM public.registry_file f JOIN public.registry_release r ON r.id = f.release_id
     WHERE r.package_id = p.id AND f.deleted_at IS NULL), 0);

CREATE FUNCTION public.sluicegate_sum_files() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    more bigint := CASE WHEN NEW.deleted_at IS NULL THEN NEW.size ELSE 0 END;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        more := more - CASE WHEN OLD.deleted_at IS NULL THEN OLD.size ELSE 0 END;
    END IF;
    IF more <> 0 THEN
        UPDATE public.registry_package SET stored_bytes = stored_bytes + more
            WHERE id = (SELECT r.package_id FROM public.registry_release r WHERE r.id = NEW.release_id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER sum_files AFTER INSERT OR UPDATE OF deleted_at ON public.registry_file
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_sum_files();
