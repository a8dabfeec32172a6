-- {ID} is the database's own 64-bit identity column, {BYTES} the type of a byte string.

-- What administrators did, and when: only ever appended to, in the transaction of the change itself.
CREATE TABLE admin_event (
    id {ID},
    at BIGINT NOT NULL,
    -- Null: the server itself, or somebody at its command line.
    person_id BIGINT,
    what TEXT NOT NULL,
    subject TEXT NOT NULL,
    -- JSON, without any secret.
    details TEXT NOT NULL
);
CREATE INDEX admin_event_person ON admin_event (person_id, id);
CREATE INDEX admin_event_what ON admin_event (what, id);
CREATE INDEX admin_event_subject ON admin_event (subject, id);

-- What only this site reads. The row `check` tells whether a key is the right one.
CREATE TABLE sealed (
    name TEXT PRIMARY KEY,
    value {BYTES} NOT NULL
);

CREATE TABLE host (
    id {ID},
    name TEXT NOT NULL UNIQUE,
    -- `local` is the machine that the server runs on.
    address TEXT NOT NULL,
    port BIGINT NOT NULL,
    username TEXT NOT NULL,
    -- Null until an administrator has confirmed it.
    host_key TEXT,
    -- JSON: a list of texts.
    labels TEXT NOT NULL,
    note TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    checked_at BIGINT,
    -- JSON: what the last test of the connection found.
    check_result TEXT
);

CREATE TABLE host_group (
    name TEXT PRIMARY KEY,
    title TEXT NOT NULL
);

CREATE TABLE host_in_group (
    group_name TEXT NOT NULL,
    host_id BIGINT NOT NULL,
    PRIMARY KEY (group_name, host_id)
){CLUSTERED};
CREATE INDEX host_in_group_host ON host_in_group (host_id);

-- What can be released, and to where.
CREATE TABLE application (
    name TEXT PRIMARY KEY,
    title TEXT NOT NULL
);
CREATE TABLE environment (
    name TEXT PRIMARY KEY,
    title TEXT NOT NULL
);

CREATE TABLE secret (
    id {ID},
    name TEXT NOT NULL UNIQUE,
    note TEXT NOT NULL,
    value {BYTES} NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    changed_by BIGINT NOT NULL
);

-- Which releases a secret is given to; `*` is any.
CREATE TABLE secret_grant (
    secret_id BIGINT NOT NULL,
    application TEXT NOT NULL,
    environment TEXT NOT NULL,
    PRIMARY KEY (secret_id, application, environment)
){CLUSTERED};

-- Where other programs start orders.
CREATE TABLE hook (
    id {ID},
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    flow TEXT NOT NULL,
    -- Whose orders they are.
    person_id BIGINT NOT NULL,
    -- Empty: every delivery starts an order.
    filter TEXT NOT NULL,
    -- JSON: expressions by field of the form.
    fields TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    secret {BYTES} NOT NULL,
    created_at BIGINT NOT NULL
);

-- The first answer to each delivery, for its repeats.
CREATE TABLE hook_delivery (
    id {ID},
    hook_id BIGINT NOT NULL,
    delivery TEXT NOT NULL,
    -- What a repeat has in common even where it comes under another id.
    guard TEXT NOT NULL,
    at BIGINT NOT NULL,
    event TEXT NOT NULL,
    result TEXT NOT NULL,
    order_id BIGINT,
    -- Why it was refused.
    note TEXT NOT NULL,
    UNIQUE (hook_id, delivery),
    UNIQUE (hook_id, guard)
);
CREATE INDEX hook_delivery_newest ON hook_delivery (hook_id, id);
