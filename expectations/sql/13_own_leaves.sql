-- The application's own events, and no others: a yank is a person's act, which the database tells by itself, and a leaf that
-- names a member twice says one thing to one reader and another to the next.
CREATE OR REPLACE FUNCTION public.sluicegate_record(leaf_text text, OUT leaf_index bigint, OUT leaf_digest text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF leaf_text::jsonb ->> 'event' IN ('bootstrap', 'stewards-named', 'package-founded', 'expectation-bound', 'proposed',
                                        'decided', 'proposal-activated', 'package-closed', 'factor-changed',
                                        'security-key-known', 'security-key-forgotten', 'release-yanked',
                                        'release-unyanked') THEN
        RAISE EXCEPTION 'this event is written by the database alone' USING ERRCODE = '42501';
    END IF;
    IF jsonb_typeof(leaf_text::jsonb -> 'event') IS DISTINCT FROM 'string'
       OR (SELECT count(*) FROM json_object_keys(leaf_text::json))
          <> (SELECT count(*) FROM jsonb_object_keys(leaf_text::jsonb)) THEN
        RAISE EXCEPTION 'an audit leaf names each member once, and its event in words' USING ERRCODE = '22023';
    END IF;
    SELECT a.leaf_index, a.leaf_digest INTO leaf_index, leaf_digest FROM public.sluicegate_append(leaf_text) a;
END $$;
