-- What two people agreed to comes into force: here, and nowhere else.

-- Puts a proposal in force once two different persons who may decide have agreed to exactly its digest.
-- Returns the new version's id, or NULL while voices are missing. There is no other way to a second version that opens.
CREATE FUNCTION public.sluicegate_activate(which uuid, OUT version_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    p public.expectations_proposal%ROWTYPE;
    base public.expectations_documentversion%ROWTYPE;
    voices uuid[];
    new_digest text;
BEGIN
    SELECT * INTO p FROM public.expectations_proposal WHERE id = which;
    IF NOT FOUND THEN
        PERFORM public.sluicegate_refuse('proposal-closed');
    END IF;
    PERFORM public.sluicegate_lock_about(p.package_id);
    PERFORM public.sluicegate_refuse_unless_open(p.id);
    voices := public.sluicegate_agreeing(p);
    IF voices IS NULL THEN
        RETURN;
    END IF;
    SELECT * INTO base FROM public.expectations_documentversion WHERE id = p.base_id;
    IF p.kind = 'expectation' AND base.document::jsonb ->> 'change_control' = 'immutable' THEN
        PERFORM public.sluicegate_refuse('expectation-immutable');
    END IF;
    new_digest := encode(sha256(convert_to(p.content, 'UTF8')), 'hex');
    INSERT INTO public.expectations_documentversion
            (kind, object, package_id, number, document, digest, source, proposal_id, activated_at)
        VALUES (p.kind, p.object, p.package_id, coalesce(base.number, 0) + 1, p.content, new_digest, 'proposal', p.id,
                clock_timestamp())
        RETURNING id INTO version_id;
    CASE p.kind
        WHEN 'roster', 'stewards' THEN PERFORM public.sluicegate_apply_members(p, base.document::jsonb);
        WHEN 'status' THEN PERFORM public.sluicegate_set_state(p.object, p.content::jsonb);
        WHEN 'person' THEN PERFORM public.sluicegate_apply_person(p.object, base.document::jsonb, p.content::jsonb);
        WHEN 'deletion' THEN PERFORM public.sluicegate_apply_deletion(p.object);
        ELSE NULL;
    END CASE;
    PERFORM public.sluicegate_append(format(
        '{"at":"%s","digest":"%s","event":"proposal-activated","kind":"%s","number":%s,"object":"%s","package":%s,"proposal":"%s",'
        '"proposal_digest":"%s","voices":["%s"]}',
        public.sluicegate_utc(clock_timestamp()), new_digest, p.kind, coalesce(base.number, 0) + 1, p.object,
        public.sluicegate_json(p.package_id), p.id, p.digest, array_to_string(voices, '","')));
END $$;

-- The persons whose agreement counts now, if they are enough: two or more, a maintainer among them wherever the package
-- has one whom the change does not concern. NULL otherwise. A voice whose person may no longer decide does not count.
CREATE FUNCTION public.sluicegate_agreeing(p public.expectations_proposal) RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    concerned uuid[] := public.sluicegate_proposal_concerned(p.id);
    voices uuid[];
    sides text[];
BEGIN
    SELECT array_agg(d.person_id ORDER BY d.person_id), array_agg(DISTINCT v.side) INTO voices, sides
        FROM (SELECT DISTINCT e.person_id FROM public.expectations_decision e
              WHERE e.proposal_id = p.id AND e.voice = 'approve' AND e.digest = p.digest) d
        JOIN public.sluicegate_proposal_voters(p.id) v ON v.person = d.person_id;
    IF coalesce(cardinality(voices), 0) < 2 THEN
        RETURN NULL;
    END IF;
    IF p.package_id IS NOT NULL AND NOT 'maintainer' = ANY (sides)
       AND EXISTS (SELECT 1 FROM public.sluicegate_members(p.package_id) m WHERE m.person <> ALL (concerned)) THEN
        RETURN NULL;
    END IF;
    RETURN voices;
END $$;

-- One grant a person whose role changes.
CREATE FUNCTION public.sluicegate_apply_members(p public.expectations_proposal, base_document jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM public.sluicegate_check_members(p.package_id, p.content::jsonb);
    INSERT INTO public.expectations_grant (package_id, person_id, role, given, founding, proposal_id, created_at)
        SELECT p.package_id, coalesce(new.key, old.key)::uuid, coalesce(new.value, old.value), new.key IS NOT NULL, false,
               p.id, clock_timestamp()
        FROM jsonb_each_text(base_document -> 'members') old
        FULL JOIN jsonb_each_text(p.content::jsonb -> 'members') new USING (key)
        WHERE old.value IS DISTINCT FROM new.value;
END $$;

-- A person's accounts become those listed: others of theirs go to a new person each, who holds no role and decides
-- nothing for a while; a deactivated person signs in no longer; reset factors are gone.
CREATE FUNCTION public.sluicegate_apply_person(who uuid, base_document jsonb, wanted jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    listed bigint[] := ARRAY(SELECT value::bigint FROM jsonb_array_elements_text(wanted -> 'accounts'));
    leaving bigint;
    new_person uuid;
BEGIN
    IF cardinality(listed) = 0 OR cardinality(listed) <> (
            SELECT count(*) FROM public.registry_account a WHERE a.id = ANY (listed) AND a.kind = 'person') THEN
        PERFORM public.sluicegate_refuse('document-invalid');
    END IF;
    FOR leaving IN SELECT a.id FROM public.registry_account a WHERE a.person_id = who AND a.id <> ALL (listed) ORDER BY a.id LOOP
        new_person := gen_random_uuid();
        INSERT INTO public.registry_person (id, created_at) VALUES (new_person, clock_timestamp());
        UPDATE public.registry_account SET person_id = new_person WHERE id = leaving;
        INSERT INTO public.expectations_factorevent (person_id, account_id, what, held_role, at)
            VALUES (new_person, leaving, 'split-off', true, clock_timestamp());
    END LOOP;
    UPDATE public.registry_account SET person_id = who WHERE id = ANY (listed) AND person_id <> who;
    UPDATE public.registry_account SET is_active = (wanted ->> 'state' = 'active')
        WHERE person_id = who AND is_active <> (wanted ->> 'state' = 'active');
    IF (wanted ->> 'factors_reset')::int > coalesce((base_document ->> 'factors_reset')::int, 0) THEN
        DELETE FROM public.mfa_authenticator m WHERE m.user_id = ANY (listed);
    END IF;
END $$;

-- A deleted file is offered no longer; its name, verdict and evidence stay, and the name is never used again.
CREATE FUNCTION public.sluicegate_apply_deletion(about uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE public.registry_release SET deleted_at = clock_timestamp() WHERE id = about AND deleted_at IS NULL;
    UPDATE public.registry_file SET deleted_at = clock_timestamp()
        WHERE (id = about OR release_id = about) AND deleted_at IS NULL;
END $$;
