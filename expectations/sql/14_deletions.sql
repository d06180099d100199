-- A file and a release of one id cannot both be meant: the application chooses ids, and whoever put stray SQL into it could
-- give a release of their own the id of a file of somebody else's, and agree to delete that.
CREATE OR REPLACE FUNCTION public.sluicegate_object_fits(p public.expectations_proposal) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN p.kind = 'deletion' THEN p.package_id = ALL (
                SELECT r.package_id FROM public.registry_release r WHERE r.id = p.object
                UNION ALL
                SELECT r.package_id FROM public.registry_file f JOIN public.registry_release r ON r.id = f.release_id
                WHERE f.id = p.object)
            AND (EXISTS (SELECT 1 FROM public.registry_release r WHERE r.id = p.object)
                 OR EXISTS (SELECT 1 FROM public.registry_file f WHERE f.id = p.object))
        WHEN p.kind = 'person' THEN EXISTS (SELECT 1 FROM public.registry_person o WHERE o.id = p.object)
        ELSE p.object = coalesce(p.package_id, (SELECT r.id FROM public.expectations_registryidentity r))
    END
$$;
