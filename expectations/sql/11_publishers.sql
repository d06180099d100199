-- Trusted publishers.

-- Whether a proposal's object is what its kind is about: the package itself or the registry itself, unless the kind has objects
-- of its own.
CREATE OR REPLACE FUNCTION public.sluicegate_object_fits(p public.expectations_proposal) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN p.kind = 'deletion' THEN EXISTS (
            SELECT 1 FROM public.registry_release r LEFT JOIN public.registry_file f ON f.release_id = r.id
            WHERE r.package_id = p.package_id AND p.object IN (r.id, f.id))
        WHEN p.kind = 'person' THEN EXISTS (SELECT 1 FROM public.registry_person o WHERE o.id = p.object)
        ELSE p.object = coalesce(p.package_id, (SELECT r.id FROM public.expectations_registryidentity r))
    END
$$;

-- A run asks for the packages that list it: by what its publisher has to have, among any number of packages.
CREATE INDEX publishers_by_their_pins ON public.expectations_documentversion
    USING gin ((document::jsonb) jsonb_path_ops) WHERE kind = 'publishers';
