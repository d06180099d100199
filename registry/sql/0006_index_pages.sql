-- A page of the index is outdated by whatever changes what it shows, in the very transaction, whoever makes the change.
--
-- Each trigger updates the page's row whether it is outdated already or not: the row's lock is what keeps a page from
-- being made of rows that are about to change. Whoever renders a page locks its row first and reads afterwards.

-- Large pages are compressed already, and their other form is read often: neither is to be compressed by the database.
ALTER TABLE public.registry_indexpage
    ALTER COLUMN json SET STORAGE EXTERNAL,
    ALTER COLUMN json_gzip SET STORAGE EXTERNAL,
    ALTER COLUMN html SET STORAGE EXTERNAL,
    ALTER COLUMN html_gzip SET STORAGE EXTERNAL;

INSERT INTO public.registry_indexpage (name) SELECT '' UNION ALL SELECT p.name FROM public.registry_package p;

CREATE FUNCTION public.sluicegate_begin_page() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.registry_indexpage (name) VALUES (NEW.name);
    UPDATE public.registry_indexpage SET stamp = '' WHERE name = '';
    RETURN NULL;
END $$;
CREATE TRIGGER begin_page AFTER INSERT ON public.registry_package
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_begin_page();

CREATE FUNCTION public.sluicegate_outdate_page() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE public.registry_indexpage SET stamp = '' WHERE name = NEW.name;
    RETURN NULL;
END $$;
CREATE TRIGGER outdate_page AFTER UPDATE OF state, state_note ON public.registry_package
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_outdate_page();

-- By statement, so that all files of a deleted release are locked before their page is.
CREATE FUNCTION public.sluicegate_outdate_page_of_files() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE public.registry_indexpage SET stamp = '' WHERE name IN (
        SELECT p.name FROM changed c
        JOIN public.registry_release r ON r.id = c.release_id
        JOIN public.registry_package p ON p.id = r.package_id
        WHERE c.visible_at IS NOT NULL);
    RETURN NULL;
END $$;
CREATE TRIGGER outdate_page_by_new AFTER INSERT ON public.registry_file REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION public.sluicegate_outdate_page_of_files();
CREATE TRIGGER outdate_page AFTER UPDATE ON public.registry_file REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION public.sluicegate_outdate_page_of_files();

-- What a release says of itself stands with each of its files.
CREATE FUNCTION public.sluicegate_outdate_page_of_releases() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE public.registry_indexentry SET stamp = '' WHERE file_id IN (
        SELECT f.id FROM changed c JOIN public.registry_file f ON f.release_id = c.id);
    UPDATE public.registry_indexpage SET stamp = '' WHERE name IN (
        SELECT p.name FROM changed c JOIN public.registry_package p ON p.id = c.package_id);
    RETURN NULL;
END $$;
CREATE TRIGGER outdate_page AFTER UPDATE ON public.registry_release REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION public.sluicegate_outdate_page_of_releases();
