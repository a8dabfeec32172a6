-- {ID} is the database's own 64-bit identity column.

-- The room whose members may read this log: set for the output of a script.
ALTER TABLE log ADD COLUMN parent BIGINT;
CREATE INDEX log_parent ON log (parent) WHERE parent IS NOT NULL;

-- What each run node of an order runs, as it was when the order was submitted.
CREATE TABLE order_script (
    order_id BIGINT NOT NULL,
    node TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    version BIGINT NOT NULL,
    published_by BIGINT,
    PRIMARY KEY (order_id, node)
){CLUSTERED};

-- The attempts of run nodes: what the order says of them, and which server runs them.
CREATE TABLE order_run (
    order_id BIGINT NOT NULL,
    node TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    state TEXT NOT NULL,
    -- It was requested, runs, or is being stopped.
    live BOOLEAN NOT NULL,
    paused BOOLEAN NOT NULL,
    only_hosts TEXT NOT NULL,
    application TEXT,
    environment TEXT,
    requested_at BIGINT NOT NULL,
    started_at BIGINT,
    ended_at BIGINT,
    note TEXT,
    -- Who runs it, until when, and the how-manieth it is. Whoever has an older epoch writes nothing.
    owner TEXT,
    lease_until BIGINT NOT NULL DEFAULT 0,
    epoch BIGINT NOT NULL DEFAULT 0,
    -- The order that has the lock which this attempt waits for.
    waits_for BIGINT,
    PRIMARY KEY (order_id, node, attempt)
){CLUSTERED};
CREATE INDEX order_run_live ON order_run (lease_until) WHERE live;

-- One script on one host, or on this machine when the host is empty.
CREATE TABLE run_host (
    order_id BIGINT NOT NULL,
    node TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    host TEXT NOT NULL,
    position BIGINT NOT NULL,
    batch BIGINT NOT NULL,
    -- Its name on the host, and the server whose machine it runs on when it runs on no host.
    run TEXT NOT NULL,
    machine TEXT,
    state TEXT NOT NULL,
    exit BIGINT,
    note TEXT,
    started_at BIGINT,
    ended_at BIGINT,
    progress BIGINT,
    -- The log of its output, how many bytes of it are in there, and whether the rest was cut off.
    output BIGINT,
    taken BIGINT NOT NULL DEFAULT 0,
    cut BOOLEAN NOT NULL DEFAULT FALSE,
    commit_hash TEXT,
    PRIMARY KEY (order_id, node, attempt, host)
){CLUSTERED};

-- One release at a time: which order has an application and environment.
CREATE TABLE release_lock (
    application TEXT NOT NULL,
    environment TEXT NOT NULL,
    order_id BIGINT NOT NULL,
    taken_at BIGINT NOT NULL,
    PRIMARY KEY (application, environment)
);
CREATE INDEX release_lock_order ON release_lock (order_id);

-- What local steps left for later ones. The bytes are stored by their hash.
CREATE TABLE artifact (
    order_id BIGINT NOT NULL,
    node TEXT NOT NULL,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size BIGINT NOT NULL,
    folder BOOLEAN NOT NULL,
    commit_hash TEXT,
    -- The order that built it, when another one did.
    from_order BIGINT,
    at BIGINT NOT NULL,
    PRIMARY KEY (order_id, node, name)
){CLUSTERED};

-- Orders that bring an older release back, and which.
CREATE TABLE rollback (
    order_id BIGINT PRIMARY KEY,
    to_order BIGINT NOT NULL,
    by_id BIGINT NOT NULL,
    reason TEXT NOT NULL,
    at BIGINT NOT NULL
);
