-- {ID} is the database's own 64-bit identity column, {KEY} a 64-bit key that is given.

ALTER TABLE person ADD COLUMN manager_id BIGINT;

CREATE TABLE person_group (
    id {ID},
    name TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE group_member (
    group_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    PRIMARY KEY (group_id, person_id)
){CLUSTERED};
CREATE INDEX group_member_person ON group_member (person_id);

-- Who decides for whom, and when.
CREATE TABLE absence (
    id {ID},
    person_id BIGINT NOT NULL,
    to_id BIGINT NOT NULL,
    -- Null: for every flow.
    flow TEXT,
    from_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    reason TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX absence_person ON absence (person_id);
CREATE INDEX absence_until ON absence (until_at);

-- One row. The version grows with every change of people, groups and absences, so that whoever has read them knows
-- whether they still hold.
CREATE TABLE directory (
    id BIGINT PRIMARY KEY,
    version BIGINT NOT NULL
);
INSERT INTO directory (id, version) VALUES (1, 1);

CREATE TABLE flow (
    flow TEXT PRIMARY KEY,
    -- The newest version, which new orders take.
    version BIGINT NOT NULL
);

-- Published versions never change; an order stays on its own.
CREATE TABLE flow_version (
    flow TEXT NOT NULL,
    version BIGINT NOT NULL,
    yaml TEXT NOT NULL,
    published_by BIGINT,
    published_at BIGINT NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (flow, version)
);

CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counter (name, value) VALUES ('order', 1000);

-- What an order is now: the fold of its events.
CREATE TABLE orders (
    -- That of its room.
    id {KEY},
    -- Null for a draft.
    number BIGINT UNIQUE,
    flow TEXT NOT NULL,
    version BIGINT NOT NULL,
    title TEXT NOT NULL,
    requester_id BIGINT NOT NULL,
    status TEXT NOT NULL,
    revision BIGINT NOT NULL DEFAULT 0,
    -- The engine's state, as JSON; null for a draft.
    state TEXT,
    -- A draft's form and chosen people, as JSON; null once it is submitted.
    draft TEXT,
    form_version BIGINT NOT NULL DEFAULT 0,
    -- Where it stands and whom it waits for, as JSON.
    nodes TEXT NOT NULL DEFAULT '[]',
    waiting_for TEXT NOT NULL DEFAULT '[]',
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    submitted_at BIGINT,
    closed_at BIGINT
);
CREATE INDEX orders_created ON orders (created_at, id);
CREATE INDEX orders_status ON orders (status, created_at, id);
CREATE INDEX orders_flow ON orders (flow, created_at, id);
CREATE INDEX orders_flow_status ON orders (flow, status, created_at, id);
CREATE INDEX orders_requester ON orders (requester_id, created_at, id);

-- What an entry of kind `order` stands for, in full. The entry carries its hash, and what everybody in the room may see.
CREATE TABLE order_event (
    order_id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    events TEXT NOT NULL,
    PRIMARY KEY (order_id, seq)
){CLUSTERED};

CREATE TABLE order_form (
    order_id BIGINT NOT NULL,
    version BIGINT NOT NULL,
    form TEXT NOT NULL,
    by_id BIGINT,
    at BIGINT NOT NULL,
    PRIMARY KEY (order_id, version)
){CLUSTERED};

-- Whose order it is in which way: `mine`, `waiting` for me, `done` by me, `copied` to me, and `all` of these.
CREATE TABLE order_part (
    person_id BIGINT NOT NULL,
    part TEXT NOT NULL,
    order_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    -- Not looked at yet.
    fresh BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (person_id, part, order_id)
){CLUSTERED};
CREATE INDEX order_part_at ON order_part (person_id, part, at, order_id);
CREATE INDEX order_part_order ON order_part (order_id, part);

-- Open tasks, by the people who can decide them.
CREATE TABLE order_task (
    person_id BIGINT NOT NULL,
    order_id BIGINT NOT NULL,
    task BIGINT NOT NULL,
    PRIMARY KEY (person_id, order_id, task)
){CLUSTERED};
CREATE INDEX order_task_order ON order_task (order_id);

CREATE TABLE order_timer (
    order_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (order_id, name)
){CLUSTERED};
CREATE INDEX order_timer_at ON order_timer (at);
