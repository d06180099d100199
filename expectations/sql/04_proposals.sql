-- Proposals and voices: who may give one, and what each has to be about.

-- Locks what a proposal is about, in the one order that all deciders take.
CREATE FUNCTION public.sluicegate_lock_about(of_package uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF of_package IS NULL THEN
        PERFORM public.sluicegate_lock_registry();
    ELSE
        PERFORM public.sluicegate_lock(of_package);
    END IF;
END $$;

-- Whom a change concerns: whoever it gives a role, takes it from, or changes it of; whose accounts it moves.
CREATE FUNCTION public.sluicegate_concerned(which_kind text, about uuid, base_document jsonb, wanted jsonb) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN which_kind IN ('roster', 'stewards') THEN ARRAY(
            SELECT coalesce(old.key, new.key)::uuid
            FROM jsonb_each_text(base_document -> 'members') old
            FULL JOIN jsonb_each_text(wanted -> 'members') new USING (key)
            WHERE old.value IS DISTINCT FROM new.value)
        WHEN which_kind = 'person' THEN ARRAY(
            SELECT about UNION SELECT a.person_id FROM public.registry_account a
            JOIN jsonb_array_elements_text(wanted -> 'accounts') listed ON listed.value = a.id::text
            WHERE a.person_id IS NOT NULL)
        ELSE '{}'::uuid[]
    END
$$;

-- Who may give a voice now, and on which side. A package's maintainers whom the change does not concern; where they are fewer
-- than two, deactivated ones counted, stewards beside them; and where there is nobody but whom it concerns, stewards alone.
CREATE FUNCTION public.sluicegate_voters(of_package uuid, concerned uuid[]) RETURNS TABLE (person uuid, side text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    members uuid[] := ARRAY(SELECT m.person FROM public.sluicegate_members(of_package) m);
    unconcerned uuid[] := ARRAY(SELECT m FROM unnest(members) m WHERE m <> ALL (concerned));
BEGIN
    RETURN QUERY SELECT u, CASE WHEN of_package IS NULL THEN 'steward' ELSE 'maintainer' END
        FROM unnest(unconcerned) u WHERE public.sluicegate_may_decide(of_package, u);
    IF of_package IS NOT NULL AND (cardinality(unconcerned) = 1
                                   OR (cardinality(unconcerned) = 0 AND cardinality(members) <= 1)) THEN
        RETURN QUERY SELECT s.person, 'steward' FROM public.sluicegate_members(NULL) s
            WHERE s.person <> ALL (concerned) AND s.person <> ALL (members) AND public.sluicegate_may_decide(NULL, s.person);
    END IF;
END $$;

CREATE FUNCTION public.sluicegate_proposal_voters(which uuid) RETURNS TABLE (person uuid, side text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT v.person, v.side FROM public.expectations_proposal p
    LEFT JOIN public.expectations_documentversion b ON b.id = p.base_id
    CROSS JOIN LATERAL public.sluicegate_voters(p.package_id, public.sluicegate_concerned(
        p.kind, p.object, b.document::jsonb, p.content::jsonb)) v
    WHERE p.id = which
$$;

CREATE FUNCTION public.sluicegate_proposal_concerned(which uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT public.sluicegate_concerned(p.kind, p.object, b.document::jsonb, p.content::jsonb)
    FROM public.expectations_proposal p LEFT JOIN public.expectations_documentversion b ON b.id = p.base_id
    WHERE p.id = which
$$;

-- How a proposal stands, by the database's clock: open, active, rejected, withdrawn, expired or stale.
CREATE FUNCTION public.sluicegate_standing(which uuid) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    p public.expectations_proposal%ROWTYPE;
BEGIN
    SELECT * INTO STRICT p FROM public.expectations_proposal WHERE id = which;
    IF EXISTS (SELECT 1 FROM public.expectations_documentversion v WHERE v.proposal_id = p.id) THEN
        RETURN 'active';
    ELSIF EXISTS (SELECT 1 FROM public.expectations_decision d WHERE d.proposal_id = p.id AND d.voice = 'withdraw') THEN
        RETURN 'withdrawn';
    ELSIF EXISTS (SELECT 1 FROM public.expectations_decision d WHERE d.proposal_id = p.id AND d.voice = 'reject') THEN
        RETURN 'rejected';
    ELSIF p.base_id IS DISTINCT FROM (SELECT l.id FROM public.sluicegate_latest(p.kind, p.object) l) THEN
        RETURN 'stale';
    ELSIF p.expires_at <= clock_timestamp() THEN
        RETURN 'expired';
    END IF;
    RETURN 'open';
END $$;

CREATE FUNCTION public.sluicegate_refuse_unless_open(which uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CASE public.sluicegate_standing(which)
        WHEN 'open' THEN NULL;
        WHEN 'stale' THEN PERFORM public.sluicegate_refuse('proposal-stale');
        WHEN 'expired' THEN PERFORM public.sluicegate_refuse('proposal-expired');
        ELSE PERFORM public.sluicegate_refuse('proposal-closed');
    END CASE;
END $$;

-- Why a person has no voice on a proposal; NULL where there is one to give.
CREATE FUNCTION public.sluicegate_no_voice(p public.expectations_proposal, who uuid) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    holds uuid[] := ARRAY(SELECT person FROM public.sluicegate_members(p.package_id));
BEGIN
    IF who IN (SELECT person FROM public.sluicegate_proposal_voters(p.id)) THEN
        RETURN NULL;
    ELSIF who = ANY (public.sluicegate_proposal_concerned(p.id)) THEN
        RETURN 'concerns-yourself';
    ELSIF who = ANY (holds) AND public.sluicegate_waits_until(p.package_id, who) IS NOT NULL THEN
        RETURN 'waits-to-decide';
    END IF;
    RETURN CASE WHEN p.package_id IS NULL THEN 'not-a-steward' ELSE 'not-a-maintainer' END;
END $$;

-- Every voice, before it is written: about an open proposal, on its very digest, by a person who may decide there, with a
-- second factor that is strong enough for what it is about.
CREATE FUNCTION public.sluicegate_guard_decision() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    p public.expectations_proposal%ROWTYPE;
    why text;
BEGIN
    SELECT * INTO STRICT p FROM public.expectations_proposal WHERE id = NEW.proposal_id;
    PERFORM public.sluicegate_lock_about(p.package_id);
    PERFORM public.sluicegate_refuse_unless_open(p.id);
    IF NEW.digest <> p.digest THEN
        PERFORM public.sluicegate_refuse('proposal-digest-differs');
    END IF;
    IF NOT EXISTS (SELECT 1 FROM public.registry_account a WHERE a.id = NEW.account_id AND a.person_id = NEW.person_id
                   AND a.kind = 'person' AND a.is_active) THEN
        PERFORM public.sluicegate_refuse('not-a-person');
    END IF;
    IF NEW.voice = 'withdraw' THEN
        IF NEW.person_id <> p.proposer_id THEN
            PERFORM public.sluicegate_refuse('not-a-maintainer');
        END IF;
    ELSE
        why := public.sluicegate_no_voice(p, NEW.person_id);
        IF why IS NOT NULL THEN
            PERFORM public.sluicegate_refuse(why);
        END IF;
        IF p.package_id IS NULL AND NEW.factor <> 'webauthn'
           AND public.sluicegate_policy('steward_factor') IS DISTINCT FROM '"any"'::jsonb THEN
            PERFORM public.sluicegate_refuse('second-factor-too-weak');
        END IF;
    END IF;
    NEW.decided_at := clock_timestamp();
    RETURN NEW;
END $$;

-- Whether a proposal's object is what its kind is about.
CREATE FUNCTION public.sluicegate_object_fits(p public.expectations_proposal) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN p.kind IN ('expectation', 'roster', 'status') THEN p.object = p.package_id
        WHEN p.kind = 'deletion' THEN EXISTS (
            SELECT 1 FROM public.registry_release r LEFT JOIN public.registry_file f ON f.release_id = r.id
            WHERE r.package_id = p.package_id AND p.object IN (r.id, f.id))
        WHEN p.kind = 'person' THEN EXISTS (SELECT 1 FROM public.registry_person o WHERE o.id = p.object)
        ELSE p.object = (SELECT r.id FROM public.expectations_registryidentity r)
    END
$$;

-- Every proposal, before it is written: its digest is of its preimage, its preimage is about its very columns, it starts from
-- what is in force, and somebody can decide about it.
CREATE FUNCTION public.sluicegate_guard_proposal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    said jsonb := NEW.preimage::jsonb;
    base public.expectations_documentversion%ROWTYPE;
    concerned uuid[];
    members uuid[];
BEGIN
    PERFORM public.sluicegate_lock_about(NEW.package_id);
    SELECT * INTO base FROM public.sluicegate_latest(NEW.kind, NEW.object);
    IF NEW.base_id IS DISTINCT FROM base.id THEN
        PERFORM public.sluicegate_refuse('proposal-stale');
    END IF;
    IF NEW.digest <> encode(sha256(convert_to('sluicegate-proposal-v1' || E'\n' || NEW.preimage, 'UTF8')), 'hex')
       OR NOT public.sluicegate_object_fits(NEW)
       OR said ->> 'kind' IS DISTINCT FROM NEW.kind
       OR said ->> 'object' IS DISTINCT FROM NEW.object::text
       OR said ->> 'proposal' IS DISTINCT FROM NEW.id::text
       OR said ->> 'proposer' IS DISTINCT FROM NEW.proposer_id::text
       OR said ->> 'base_digest' IS DISTINCT FROM base.digest
       OR said ->> 'base_version' IS DISTINCT FROM coalesce(base.number, 0)::text
       OR said -> 'content' IS DISTINCT FROM NEW.content::jsonb
       OR (said ->> 'expires')::timestamptz IS DISTINCT FROM NEW.expires_at
       OR said ->> 'registry' IS DISTINCT FROM (SELECT r.id::text FROM public.expectations_registryidentity r) THEN
        PERFORM public.sluicegate_refuse('proposal-digest-differs');
    END IF;
    members := ARRAY(SELECT person FROM public.sluicegate_members(NEW.package_id));
    concerned := public.sluicegate_concerned(NEW.kind, NEW.object, base.document::jsonb, NEW.content::jsonb);
    IF NEW.package_id IS NULL THEN
        IF NEW.proposer_id NOT IN (SELECT person FROM public.sluicegate_maintainers(NULL)) THEN
            PERFORM public.sluicegate_refuse('not-a-steward');
        END IF;
    ELSIF NEW.proposer_id NOT IN (SELECT person FROM public.sluicegate_maintainers(NEW.package_id)
                                  UNION SELECT person FROM public.sluicegate_maintainers(NULL)) THEN
        PERFORM public.sluicegate_refuse('not-a-maintainer');
    END IF;
    -- More people changed at once than leave two to decide: nobody could ever agree to it.
    IF (NEW.package_id IS NULL AND cardinality(ARRAY(SELECT m FROM unnest(members) m WHERE m <> ALL (concerned))) < 2)
       OR (NEW.package_id IS NOT NULL AND cardinality(members) > 1 AND members <@ concerned) THEN
        PERFORM public.sluicegate_refuse('nobody-may-decide');
    END IF;
    IF NEW.kind = 'expectation' AND base.document::jsonb ->> 'change_control' = 'immutable' THEN
        PERFORM public.sluicegate_refuse('expectation-immutable');
    END IF;
    RETURN NEW;
END $$;

-- Every voice and every proposal leaves its leaf, whoever wrote the row.
CREATE FUNCTION public.sluicegate_tell_decision() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    p public.expectations_proposal%ROWTYPE;
BEGIN
    SELECT * INTO STRICT p FROM public.expectations_proposal WHERE id = NEW.proposal_id;
    PERFORM public.sluicegate_append(format(
        '{"account":%s,"assertion":%s,"at":"%s","decision":%s,"event":"decided","factor":%s,"kind":"%s","object":"%s","package":%s,'
        '"person":"%s","proposal":"%s","proposal_digest":"%s","voice":"%s"}',
        NEW.account_id,
        CASE WHEN NEW.assertion = '' THEN 'null' ELSE format('"%s"', encode(sha256(convert_to(NEW.assertion, 'UTF8')), 'hex')) END,
        public.sluicegate_utc(NEW.decided_at), NEW.id, to_json(NEW.factor::text), p.kind, p.object,
        public.sluicegate_json(p.package_id), NEW.person_id, NEW.proposal_id, NEW.digest, NEW.voice));
    RETURN NULL;
END $$;

CREATE FUNCTION public.sluicegate_tell_proposal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM public.sluicegate_append(format(
        '{"at":"%s","base_digest":%s,"content_digest":"%s","event":"proposed","kind":"%s","object":"%s","package":%s,"proposal":"%s",'
        '"proposal_digest":"%s","proposer":"%s"}',
        public.sluicegate_utc(clock_timestamp()),
        coalesce((SELECT format('"%s"', v.digest) FROM public.expectations_documentversion v WHERE v.id = NEW.base_id), 'null'),
        encode(sha256(convert_to(NEW.content, 'UTF8')), 'hex'),
        NEW.kind, NEW.object, public.sluicegate_json(NEW.package_id), NEW.id, NEW.digest, NEW.proposer_id));
    RETURN NULL;
END $$;
