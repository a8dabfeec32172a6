-- {ID} is the database's own 64-bit identity column, {BYTES} the type of a byte string.

-- Where mails go, and which a person wants: names with commas between. Null: what nobody has to choose.
ALTER TABLE person ADD COLUMN email TEXT;
ALTER TABLE person ADD COLUMN mails TEXT;

CREATE TABLE webhook (
    id {ID},
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    -- Sealed.
    secret {BYTES} NOT NULL,
    active BOOLEAN NOT NULL DEFAULT TRUE,
    created_by BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE webhook_event (
    event TEXT NOT NULL,
    webhook_id BIGINT NOT NULL,
    PRIMARY KEY (event, webhook_id)
){CLUSTERED};

-- What others are to be told, written in the transaction of what happened.
CREATE TABLE outbox (
    id {ID},
    -- One of the two: an endpoint, or somebody's mailbox.
    webhook_id BIGINT,
    person_id BIGINT,
    event TEXT NOT NULL,
    -- The same on every attempt, so that a receiver knows a repeat.
    message_id TEXT NOT NULL,
    body TEXT NOT NULL,
    -- waiting, delivered, given_up
    state TEXT NOT NULL DEFAULT 'waiting',
    attempts BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    -- When it is tried next; null when it is over. Whoever takes it puts this off, and somebody else takes it over when
    -- that time has come: it is the lease, too.
    due_at BIGINT,
    give_up_at BIGINT NOT NULL,
    -- Grows with every attempt: an earlier one can not write what became of it.
    epoch BIGINT NOT NULL DEFAULT 0,
    ended_at BIGINT,
    -- What the last attempt got.
    status BIGINT,
    error TEXT
);
CREATE INDEX outbox_due ON outbox (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX outbox_webhook ON outbox (webhook_id, id) WHERE webhook_id IS NOT NULL;
CREATE INDEX outbox_ended ON outbox (ended_at) WHERE ended_at IS NOT NULL;

-- What is counted for the dashboard, as it was written with the commands, and soon added up in `tally`. Commands only
-- append here, so that none waits for another one that counts the same.
CREATE TABLE measure (
    id {ID},
    what TEXT NOT NULL,
    at BIGINT NOT NULL,
    flow TEXT NOT NULL,
    node TEXT NOT NULL,
    label TEXT NOT NULL,
    count BIGINT NOT NULL
);

-- How often something was counted from `at` on: for a quarter of an hour, a day or a minute, as it is of each kind.
CREATE TABLE tally (
    what TEXT NOT NULL,
    at BIGINT NOT NULL,
    flow TEXT NOT NULL,
    node TEXT NOT NULL,
    label TEXT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (what, at, flow, node, label)
){CLUSTERED};
-- Grows with every change of `tally`.
INSERT INTO counter (name, value) VALUES ('tally', 0);
