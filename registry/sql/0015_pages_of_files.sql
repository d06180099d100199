-- A new file is invisible, and shows on no page: to look for its page took longer than to write it.
CREATE OR REPLACE FUNCTION public.sluicegate_outdate_page_of_files() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM changed c WHERE c.visible_at IS NOT NULL) THEN
        UPDATE public.registry_indexpage SET stamp = '' WHERE name IN (
            SELECT p.name FROM changed c
            JOIN public.registry_release r ON r.id = c.release_id
            JOIN public.registry_package p ON p.id = r.package_id
            WHERE c.visible_at IS NOT NULL);
    END IF;
    RETURN NULL;
END $$;
