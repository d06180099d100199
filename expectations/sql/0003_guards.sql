-- What the database itself holds to, whatever the application does (trust rules, "Two people" 5 and 6).
--
-- Every function is SECURITY DEFINER, owned by the schema's owner and not by the application's role, with a pinned
-- search_path and qualified names: a temporary table or a search_path of the caller's cannot stand in for ours.
-- Refusals carry SQLSTATE 'SG001' and one word of verification/reasons.py as their message.

CREATE FUNCTION public.sluicegate_refuse_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME USING ERRCODE = '23001';
END $$;

-- Locks what a decision is about, by a row that every decider has to change. Under READ COMMITTED each statement
-- after it sees what the previous holder committed; other isolation levels would count on an old snapshot.
CREATE FUNCTION public.sluicegate_lock(about uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'decisions are counted under READ COMMITTED only' USING ERRCODE = '25001';
    END IF;
    UPDATE public.registry_package SET lock_seq = lock_seq + 1 WHERE id = about;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'name-unknown' USING ERRCODE = 'SG001';
    END IF;
END $$;

-- Appends one leaf to the audit log: numbered without a gap, in the order of commit, hashed as RFC 6962 leaves are.
-- Not granted to the application: what proves a promise or a voice is written by the functions below alone.
CREATE FUNCTION public.sluicegate_append(leaf_text text, OUT leaf_index bigint, OUT leaf_digest text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'the audit log is written under READ COMMITTED only' USING ERRCODE = '25001';
    END IF;
    IF jsonb_typeof(leaf_text::jsonb) <> 'object' OR leaf_text::jsonb ->> 'event' IS NULL THEN
        RAISE EXCEPTION 'an audit leaf is an object that names its event' USING ERRCODE = '22023';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('sluicegate audit log', 0));
    SELECT coalesce(max(l.index) + 1, 0) INTO leaf_index FROM public.expectations_auditleaf l;
    leaf_digest := encode(sha256('\x00'::bytea || convert_to(leaf_text, 'UTF8')), 'hex');
    INSERT INTO public.expectations_auditleaf (index, leaf, leaf_hash, recorded_at)
        VALUES (leaf_index, leaf_text, leaf_digest, clock_timestamp());
END $$;

-- The application's own events. It cannot tell of a promise or a voice that was never given.
CREATE FUNCTION public.sluicegate_record(leaf_text text, OUT leaf_index bigint, OUT leaf_digest text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF leaf_text::jsonb ->> 'event' IN ('bootstrap', 'expectation-bound', 'proposed', 'decided', 'proposal-activated') THEN
        RAISE EXCEPTION 'this event is written by the database alone' USING ERRCODE = '42501';
    END IF;
    SELECT a.leaf_index, a.leaf_digest INTO leaf_index, leaf_digest FROM public.sluicegate_append(leaf_text) a;
END $$;

CREATE FUNCTION public.sluicegate_utc(moment timestamptz) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- The first version of a package's expectation: set by one person on creation, or by first use. Only where none stands.
CREATE FUNCTION public.sluicegate_bind(about uuid, new_document text, how text, OUT version_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    new_digest text := encode(sha256(convert_to(new_document, 'UTF8')), 'hex');
BEGIN
    PERFORM public.sluicegate_lock(about);
    IF how NOT IN ('explicit', 'first-use') OR jsonb_typeof(new_document::jsonb) <> 'object' THEN
        RAISE EXCEPTION 'document-invalid' USING ERRCODE = 'SG001';
    END IF;
    IF EXISTS (SELECT 1 FROM public.expectations_documentversion v WHERE v.kind = 'expectation' AND v.package_id = about) THEN
        RAISE EXCEPTION 'expectation-exists' USING ERRCODE = 'SG001';
    END IF;
    INSERT INTO public.expectations_documentversion (kind, package_id, number, document, digest, source, activated_at)
        VALUES ('expectation', about, 1, new_document, new_digest, how, clock_timestamp())
        RETURNING id INTO version_id;
    -- Keys in RFC 8785's order, values of plain ASCII: canonical as written.
    PERFORM public.sluicegate_append(format(
        '{"at":"%s","digest":"%s","event":"expectation-bound","number":1,"package":"%s","source":"%s"}',
        public.sluicegate_utc(clock_timestamp()), new_digest, about, how));
END $$;

-- Who may decide about a package: persons whose latest grant of it gives. No flag, session or permission row is read.
CREATE FUNCTION public.sluicegate_deciders(about uuid) RETURNS TABLE (person uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT latest.person_id FROM (
        SELECT DISTINCT ON (g.person_id) g.person_id, g.given
        FROM public.expectations_grant g WHERE g.package_id = about
        ORDER BY g.person_id, g.id DESC) latest
    WHERE latest.given
      AND EXISTS (SELECT 1 FROM public.registry_account a
                  WHERE a.person_id = latest.person_id AND a.kind = 'person' AND a.is_active)
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
    ELSIF p.base_id <> (SELECT v.id FROM public.expectations_documentversion v
                        WHERE v.kind = p.kind AND v.package_id IS NOT DISTINCT FROM p.package_id
                        ORDER BY v.number DESC LIMIT 1) THEN
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
        WHEN 'stale' THEN RAISE EXCEPTION 'proposal-stale' USING ERRCODE = 'SG001';
        WHEN 'expired' THEN RAISE EXCEPTION 'proposal-expired' USING ERRCODE = 'SG001';
        ELSE RAISE EXCEPTION 'proposal-closed' USING ERRCODE = 'SG001';
    END CASE;
END $$;

-- Every voice, before it is written: about an open proposal, on its very digest, by a person who may decide there.
CREATE FUNCTION public.sluicegate_guard_decision() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    p public.expectations_proposal%ROWTYPE;
BEGIN
    SELECT * INTO STRICT p FROM public.expectations_proposal WHERE id = NEW.proposal_id;
    PERFORM public.sluicegate_lock(p.package_id);
    PERFORM public.sluicegate_refuse_unless_open(p.id);
    IF NEW.digest <> p.digest THEN
        RAISE EXCEPTION 'proposal-digest-differs' USING ERRCODE = 'SG001';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM public.registry_account a WHERE a.id = NEW.account_id AND a.person_id = NEW.person_id
                   AND a.kind = 'person' AND a.is_active) THEN
        RAISE EXCEPTION 'not-a-person' USING ERRCODE = 'SG001';
    END IF;
    IF NEW.person_id NOT IN (SELECT person FROM public.sluicegate_deciders(p.package_id)) THEN
        RAISE EXCEPTION 'not-a-maintainer' USING ERRCODE = 'SG001';
    END IF;
    IF NEW.voice = 'withdraw' AND NEW.person_id <> p.proposer_id THEN
        RAISE EXCEPTION 'not-a-maintainer' USING ERRCODE = 'SG001';
    END IF;
    NEW.decided_at := clock_timestamp();
    RETURN NEW;
END $$;

-- Every proposal, before it is written: its digest is of its preimage, and its preimage is about its very columns.
CREATE FUNCTION public.sluicegate_guard_proposal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    said jsonb := NEW.preimage::jsonb;
    base public.expectations_documentversion%ROWTYPE;
BEGIN
    SELECT * INTO STRICT base FROM public.expectations_documentversion WHERE id = NEW.base_id;
    IF NEW.digest <> encode(sha256(convert_to('sluicegate-proposal-v1' || E'\n' || NEW.preimage, 'UTF8')), 'hex')
       OR said ->> 'kind' IS DISTINCT FROM NEW.kind OR base.kind <> NEW.kind
       OR base.package_id IS DISTINCT FROM NEW.package_id
       OR said ->> 'object' IS DISTINCT FROM NEW.package_id::text
       OR said ->> 'proposal' IS DISTINCT FROM NEW.id::text
       OR said ->> 'proposer' IS DISTINCT FROM NEW.proposer_id::text
       OR said ->> 'base_digest' IS DISTINCT FROM base.digest
       OR said ->> 'base_version' IS DISTINCT FROM base.number::text
       OR said -> 'content' IS DISTINCT FROM NEW.content::jsonb
       OR (said ->> 'expires')::timestamptz IS DISTINCT FROM NEW.expires_at
       OR said ->> 'registry' IS DISTINCT FROM (SELECT r.id::text FROM public.expectations_registryidentity r) THEN
        RAISE EXCEPTION 'proposal-digest-differs' USING ERRCODE = 'SG001';
    END IF;
    IF NEW.proposer_id NOT IN (SELECT person FROM public.sluicegate_deciders(NEW.package_id)) THEN
        RAISE EXCEPTION 'not-a-maintainer' USING ERRCODE = 'SG001';
    END IF;
    IF base.document::jsonb ->> 'change_control' = 'immutable' THEN
        RAISE EXCEPTION 'expectation-immutable' USING ERRCODE = 'SG001';
    END IF;
    RETURN NEW;
END $$;

-- Puts a proposal in force once two different persons who may decide have agreed to exactly its digest.
-- Returns the new version's id, or NULL while voices are missing. There is no other way to a second version.
CREATE FUNCTION public.sluicegate_activate(which uuid, OUT version_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    p public.expectations_proposal%ROWTYPE;
    base public.expectations_documentversion%ROWTYPE;
    voices uuid[];
    new_digest text;
BEGIN
    SELECT * INTO p FROM public.expectations_proposal WHERE id = which;
    IF NOT FOUND OR p.kind <> 'expectation' THEN
        RAISE EXCEPTION 'proposal-closed' USING ERRCODE = 'SG001';
    END IF;
    PERFORM public.sluicegate_lock(p.package_id);
    PERFORM public.sluicegate_refuse_unless_open(p.id);
    SELECT array_agg(DISTINCT d.person_id ORDER BY d.person_id) INTO voices
        FROM public.expectations_decision d
        JOIN public.sluicegate_deciders(p.package_id) e ON e.person = d.person_id
        WHERE d.proposal_id = p.id AND d.voice = 'approve' AND d.digest = p.digest;
    IF coalesce(cardinality(voices), 0) < 2 THEN
        RETURN;
    END IF;
    SELECT * INTO STRICT base FROM public.expectations_documentversion WHERE id = p.base_id;
    IF base.document::jsonb ->> 'change_control' = 'immutable' THEN
        RAISE EXCEPTION 'expectation-immutable' USING ERRCODE = 'SG001';
    END IF;
    new_digest := encode(sha256(convert_to(p.content, 'UTF8')), 'hex');
    INSERT INTO public.expectations_documentversion
            (kind, package_id, number, document, digest, source, proposal_id, activated_at)
        VALUES (p.kind, p.package_id, base.number + 1, p.content, new_digest, 'proposal', p.id, clock_timestamp())
        RETURNING id INTO version_id;
    PERFORM public.sluicegate_append(format(
        '{"at":"%s","digest":"%s","event":"proposal-activated","number":%s,"package":"%s","proposal":"%s","proposal_digest":"%s","voices":["%s"]}',
        public.sluicegate_utc(clock_timestamp()), new_digest, base.number + 1, p.package_id, p.id, p.digest,
        array_to_string(voices, '","')));
END $$;

-- Grants are given with the name alone, in the transaction that creates it (whose time its row carries), before any
-- promise: nobody brings their own second later. Proposals about a package's maintainers do not exist yet; until they do,
-- no other grant can be written.
CREATE FUNCTION public.sluicegate_guard_grant() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM public.sluicegate_lock(NEW.package_id);
    IF NEW.founding AND EXISTS (SELECT 1 FROM public.expectations_documentversion v
                                WHERE v.kind = 'expectation' AND v.package_id = NEW.package_id) THEN
        RAISE EXCEPTION 'expectation-exists' USING ERRCODE = 'SG001';
    END IF;
    IF NOT NEW.founding OR NOT EXISTS (SELECT 1 FROM public.registry_package p
                                       WHERE p.id = NEW.package_id AND p.created_at = transaction_timestamp()) THEN
        RAISE EXCEPTION 'not-a-maintainer' USING ERRCODE = 'SG001';
    END IF;
    -- The latest grant of a person counts, so nobody may choose its number.
    NEW.id := nextval(pg_get_serial_sequence('public.expectations_grant', 'id'));
    NEW.created_at := clock_timestamp();
    RETURN NEW;
END $$;

CREATE FUNCTION public.sluicegate_guard_totp() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.last_step <= OLD.last_step THEN
        RAISE EXCEPTION 'second-factor-wrong' USING ERRCODE = 'SG001';
    END IF;
    RETURN NEW;
END $$;

-- Every voice and every proposal leaves its leaf, whoever wrote the row.
CREATE FUNCTION public.sluicegate_tell_decision() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM public.sluicegate_append(format(
        '{"account":%s,"at":"%s","decision":%s,"event":"decided","factor":%s,"package":"%s","person":"%s","proposal":"%s","proposal_digest":"%s","voice":"%s"}',
        NEW.account_id, public.sluicegate_utc(NEW.decided_at), NEW.id, to_json(NEW.factor::text),
        (SELECT p.package_id FROM public.expectations_proposal p WHERE p.id = NEW.proposal_id),
        NEW.person_id, NEW.proposal_id, NEW.digest, NEW.voice));
    RETURN NULL;
END $$;

CREATE FUNCTION public.sluicegate_tell_proposal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM public.sluicegate_append(format(
        '{"at":"%s","base_digest":"%s","content_digest":"%s","event":"proposed","package":"%s","proposal":"%s","proposal_digest":"%s","proposer":"%s"}',
        public.sluicegate_utc(clock_timestamp()),
        (SELECT v.digest FROM public.expectations_documentversion v WHERE v.id = NEW.base_id),
        encode(sha256(convert_to(NEW.content, 'UTF8')), 'hex'),
        NEW.package_id, NEW.id, NEW.digest, NEW.proposer_id));
    RETURN NULL;
END $$;

CREATE TRIGGER tell AFTER INSERT ON public.expectations_decision
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_tell_decision();
CREATE TRIGGER tell AFTER INSERT ON public.expectations_proposal
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_tell_proposal();
CREATE TRIGGER guard BEFORE INSERT ON public.expectations_decision
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_guard_decision();
CREATE TRIGGER guard BEFORE INSERT ON public.expectations_proposal
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_guard_proposal();
CREATE TRIGGER guard BEFORE INSERT ON public.expectations_grant
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_guard_grant();
CREATE TRIGGER guard BEFORE UPDATE ON public.expectations_totpcounter
    FOR EACH ROW EXECUTE FUNCTION public.sluicegate_guard_totp();

DO $$
DECLARE
    guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['registryidentity', 'auditleaf', 'grant', 'documentversion', 'proposal', 'decision'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON public.expectations_%s '
                       'FOR EACH ROW EXECUTE FUNCTION public.sluicegate_refuse_change()', guarded);
        EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.expectations_%s '
                       'FOR EACH STATEMENT EXECUTE FUNCTION public.sluicegate_refuse_change()', guarded);
    END LOOP;
END $$;
