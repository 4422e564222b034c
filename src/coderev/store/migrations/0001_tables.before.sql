-- What the service keeps. Columns of type bytea that are called `sealed_…` are encrypted by us (store/sealing.py);
-- all else is metadata that an auditor may read without a recorded reason.

CREATE TABLE repository (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    forge text NOT NULL,                          -- the name in `forges` of coderev.yaml
    forge_id text NOT NULL,                       -- the forge's own, which survives a rename
    path text NOT NULL,                           -- group/name, as it was seen last
    tenant text NOT NULL UNIQUE,                  -- `forge/path` at first sight; another that comes to be called so is not it
    seen timestamptz NOT NULL,
    UNIQUE (forge, forge_id)
);

CREATE TABLE merge_request (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    repository_id bigint NOT NULL REFERENCES repository ON DELETE CASCADE,
    number bigint NOT NULL,                       -- what people call it by
    author text NOT NULL,                         -- login at the forge
    target text NOT NULL,                         -- branch
    head text NOT NULL,                           -- commit, as the forge said last
    state text NOT NULL CHECK (state IN ('open', 'merged', 'closed')),
    seen timestamptz NOT NULL,
    UNIQUE (repository_id, number)
);

CREATE TABLE review (
    id uuid PRIMARY KEY,
    tenant text NOT NULL,
    repository_id bigint REFERENCES repository ON DELETE CASCADE,        -- none: a patch that was handed in
    merge_request_id bigint REFERENCES merge_request ON DELETE CASCADE,  -- none: handed in
    state text NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    stage text NOT NULL DEFAULT '',               -- where a running one is, in words for people
    verdict text CHECK (verdict IN ('pass', 'fail', 'incomplete')),
    base text NOT NULL DEFAULT '',
    head text NOT NULL DEFAULT '',
    target text NOT NULL DEFAULT '',              -- the branch that it was reviewed for: the same head may go elsewhere
    requested_by text NOT NULL,                   -- subject, as in access_record
    request_id text NOT NULL,                     -- from the webhook to the comment
    created timestamptz NOT NULL,
    started timestamptz,
    ended timestamptz,
    attempts int NOT NULL DEFAULT 0,
    findings_new int NOT NULL DEFAULT 0,
    findings_all int NOT NULL DEFAULT 0,
    failure text NOT NULL DEFAULT '',             -- why it failed or was cancelled; never code
    sealed_order bytea,                           -- what was handed in: a patch, and how to review it
    sealed_result bytea,                          -- the JSON result (spec/findings.schema.json)
    sealed_diff bytea,                            -- the unified diff that was reviewed
    sealed_record bytea                           -- the run record
);
CREATE INDEX review_newest ON review (created DESC, id DESC);
CREATE INDEX review_of_merge_request ON review (merge_request_id, created DESC);
CREATE INDEX review_of_tenant ON review (tenant, created DESC, id DESC);
CREATE INDEX review_of_repository ON review (repository_id, created DESC, id DESC);
CREATE INDEX review_ended ON review ((coalesce(ended, created)));  -- for retention

CREATE TABLE finding (
    review_id uuid NOT NULL REFERENCES review ON DELETE CASCADE,
    number int NOT NULL,                          -- place in the result's list
    created timestamptz NOT NULL,                 -- when its review was: what a search goes by
    tenant text NOT NULL,
    repository_id bigint REFERENCES repository ON DELETE CASCADE,
    fingerprint text NOT NULL,
    unit text NOT NULL,                           -- digest of the enclosing unit, what a dismissal binds
    rule text NOT NULL,
    severity text NOT NULL,
    confidence text NOT NULL,
    category text NOT NULL,
    cwe text,
    status text NOT NULL,
    source text NOT NULL,                         -- name of the analyser or model
    path text NOT NULL,
    start_line int NOT NULL,
    end_line int NOT NULL,
    sealed_body bytea NOT NULL,                   -- the whole finding as JSON
    PRIMARY KEY (review_id, number)
);
CREATE INDEX finding_by_fingerprint ON finding (repository_id, fingerprint, created DESC);
CREATE INDEX finding_newest ON finding (created DESC, review_id DESC, number DESC);
CREATE INDEX finding_of_tenant ON finding (tenant, created DESC, review_id DESC, number DESC);
CREATE INDEX finding_of_repository ON finding (repository_id, created DESC, review_id DESC, number DESC);

CREATE TABLE dismissal (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant text NOT NULL,
    repository_id bigint NOT NULL REFERENCES repository ON DELETE CASCADE,
    merge_request_id bigint REFERENCES merge_request ON DELETE SET NULL,
    scope text NOT NULL CHECK (scope IN ('place', 'file', 'repository')),
    fingerprint text NOT NULL,
    unit text NOT NULL,                           -- it holds while the unit is this one (scope place)
    rule text NOT NULL,
    path text NOT NULL,
    reason text NOT NULL CHECK (reason IN ('false-positive', 'accepted-risk', 'test-code', 'mitigated', 'wont-fix')),
    author text NOT NULL,
    created timestamptz NOT NULL,
    expires timestamptz NOT NULL CHECK (expires > created),
    revoked timestamptz,
    revoked_by text,
    sealed_note bytea
);
CREATE INDEX dismissal_of_repository ON dismissal (repository_id, expires);
CREATE INDEX dismissal_of_merge_request ON dismissal (merge_request_id);  -- for retention

CREATE TABLE delivery (                           -- webhooks that were accepted, for refusing a replay
    forge text NOT NULL,
    delivery_id text NOT NULL,
    event text NOT NULL,
    received timestamptz NOT NULL,
    request_id text NOT NULL,
    PRIMARY KEY (forge, delivery_id)
);
CREATE INDEX delivery_received ON delivery (received);

CREATE TABLE publication (                        -- what stands at the forge, by what it is about
    merge_request_id bigint NOT NULL REFERENCES merge_request ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('summary', 'inline', 'status', 'sarif', 'answer')),
    key text NOT NULL,                            -- a fingerprint, a commit, a comment's id
    forge_id text NOT NULL,                       -- of the comment or status there
    digest text NOT NULL,                         -- of what was said, so that the same is not said again
    state text NOT NULL CHECK (state IN ('posted', 'resolved')),
    at timestamptz NOT NULL,
    PRIMARY KEY (merge_request_id, kind, key)
);

CREATE TABLE token (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hmac bytea NOT NULL UNIQUE,                   -- HMAC-SHA-256 of the token under the site's key; it is shown once
    name text NOT NULL,
    subject text NOT NULL,                        -- whose it is
    role text NOT NULL CHECK (role IN ('reader', 'developer', 'operator', 'auditor', 'admin')),
    login text NOT NULL DEFAULT '',               -- `forge:login`, whose permissions at the forge it has; none: no repository
    created timestamptz NOT NULL,
    created_by text NOT NULL,
    expires timestamptz NOT NULL,
    used timestamptz,
    revoked timestamptz
);

CREATE TABLE session (
    hmac bytea PRIMARY KEY,                       -- of the cookie
    subject text NOT NULL,
    role text NOT NULL CHECK (role IN ('reader', 'developer', 'operator', 'auditor', 'admin')),
    login text NOT NULL DEFAULT '',
    created timestamptz NOT NULL,
    seen timestamptz NOT NULL
);

CREATE TABLE invitation (                         -- one-time tokens that open a session
    hmac bytea PRIMARY KEY,
    role text NOT NULL CHECK (role IN ('reader', 'developer', 'operator', 'auditor', 'admin')),
    created timestamptz NOT NULL,
    expires timestamptz NOT NULL,
    used timestamptz
);

CREATE TABLE failed_entry (                       -- wrong tokens, by where they came from
    source text PRIMARY KEY,
    count int NOT NULL,
    latest timestamptz NOT NULL
);

CREATE TABLE access_record (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    subject text NOT NULL,                        -- who: 'token:3 alice', 'session admin', 'forge:gitlab alice', 'nobody'
    role text NOT NULL,
    action text NOT NULL,                         -- what: the name that the route gives
    target text NOT NULL,                         -- of what, such as 'review 5f…'
    source text NOT NULL,                         -- where from: an address
    outcome text NOT NULL CHECK (outcome IN ('allowed', 'denied')),
    why text NOT NULL DEFAULT '',                 -- the rule that decided, or the reason that an auditor gave
    request_id text NOT NULL
);
CREATE INDEX access_record_at ON access_record (at);

CREATE FUNCTION access_record_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'access records are never changed' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER access_record_stays BEFORE UPDATE OR TRUNCATE ON access_record
    FOR EACH STATEMENT EXECUTE FUNCTION access_record_stays();

-- Whoever may write to the database, the owner too, cannot remove what was recorded within a day by its own clock.
CREATE FUNCTION access_record_stays_a_day() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.at > now() - interval '1 day' THEN
        RAISE EXCEPTION 'access records are kept for a day at least' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END
$$;
CREATE TRIGGER access_record_stays_a_day BEFORE DELETE ON access_record
    FOR EACH ROW EXECUTE FUNCTION access_record_stays_a_day();

-- The only way for a role that may not delete them (0002): the oldest go, by age alone. Returns how many went.
CREATE FUNCTION access_record_forget(before timestamptz, most int) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$  -- so that no temporary table stands in for ours
    WITH gone AS (
        DELETE FROM access_record
        WHERE id IN (
            SELECT id FROM access_record WHERE at < least(before, now() - interval '1 day') ORDER BY at LIMIT most
        )
        RETURNING 1
    )
    SELECT count(*) FROM gone
$$;

CREATE TABLE model_use (                          -- what models did in each review, for the page of models
    review_id uuid NOT NULL REFERENCES review ON DELETE CASCADE,
    model text NOT NULL,
    questions int NOT NULL,
    answered int NOT NULL,
    tokens_in bigint NOT NULL,
    tokens_out bigint NOT NULL,
    seconds double precision NOT NULL,            -- in answers, summed
    at timestamptz NOT NULL,
    PRIMARY KEY (review_id, model)
);
CREATE INDEX model_use_newest ON model_use (at);

-- Rows as records.py wants them: with their repository, without what is sealed.

CREATE VIEW merge_request_row AS
SELECT
    merge_request.id, number, author, target, head, state, merge_request.seen,
    repository_id, repository.forge AS repository_forge, repository.forge_id AS repository_forge_id,
    repository.path AS repository_path, repository.tenant AS repository_tenant
FROM merge_request
JOIN repository ON repository.id = merge_request.repository_id;

CREATE VIEW review_row AS
SELECT
    review.id, review.tenant, review.state, stage, verdict, base, review.head, review.target, requested_by,
    request_id, created, started, ended, attempts, findings_new, findings_all, failure,
    merge_request_id, merge_request.number, merge_request.author,
    review.repository_id, repository.forge AS repository_forge, repository.forge_id AS repository_forge_id,
    repository.path AS repository_path, repository.tenant AS repository_tenant
FROM review
LEFT JOIN repository ON repository.id = review.repository_id
LEFT JOIN merge_request ON merge_request.id = review.merge_request_id;

CREATE VIEW finding_row AS
SELECT
    review_id AS review, number, created, finding.tenant, fingerprint, unit, rule, severity, confidence, category,
    cwe, status, source, finding.path, start_line, end_line,
    repository_id, repository.forge AS repository_forge, repository.forge_id AS repository_forge_id,
    repository.path AS repository_path, repository.tenant AS repository_tenant
FROM finding
LEFT JOIN repository ON repository.id = finding.repository_id;

CREATE VIEW dismissal_row AS
SELECT
    dismissal.id, dismissal.tenant, scope, fingerprint, unit, rule, dismissal.path, reason, dismissal.author,
    created, expires, revoked, revoked_by, sealed_note, merge_request_id, merge_request.number,
    dismissal.repository_id, repository.forge AS repository_forge, repository.forge_id AS repository_forge_id,
    repository.path AS repository_path, repository.tenant AS repository_tenant
FROM dismissal
JOIN repository ON repository.id = dismissal.repository_id
LEFT JOIN merge_request ON merge_request.id = dismissal.merge_request_id;
