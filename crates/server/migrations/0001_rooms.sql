-- {ID} is the database's own 64-bit identity column.

CREATE TABLE log (
    id {ID},
    last_seq BIGINT NOT NULL DEFAULT 0,
    messages BIGINT NOT NULL DEFAULT 0,
    last_at BIGINT NOT NULL
);

CREATE TABLE entry (
    log_id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    author_id BIGINT,
    kind TEXT NOT NULL,
    target BIGINT,
    command TEXT,
    body TEXT NOT NULL,
    PRIMARY KEY (log_id, seq)
){CLUSTERED};
CREATE INDEX entry_target ON entry (log_id, target) WHERE target IS NOT NULL;

-- Who may read a log, and how far they have read it.
CREATE TABLE member (
    log_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    owner BOOLEAN NOT NULL DEFAULT FALSE,
    joined_at BIGINT NOT NULL,
    read_seq BIGINT NOT NULL DEFAULT 0,
    read_messages BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (log_id, person_id)
){CLUSTERED};
CREATE INDEX member_person ON member (person_id, log_id);

-- The first answer to each command, for its repeats.
CREATE TABLE command (
    person_id BIGINT NOT NULL,
    command TEXT NOT NULL,
    at BIGINT NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (person_id, command)
){CLUSTERED};
CREATE INDEX command_at ON command (at);

CREATE TABLE person (
    id {ID},
    username TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    role TEXT NOT NULL,
    active BOOLEAN NOT NULL DEFAULT TRUE,
    language TEXT,
    transport TEXT NOT NULL DEFAULT 'auto',
    theme TEXT NOT NULL DEFAULT 'system',
    avatar TEXT,
    feed_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE permission (
    person_id BIGINT NOT NULL,
    permission TEXT NOT NULL,
    application TEXT NOT NULL DEFAULT '',
    environment TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (person_id, permission, application, environment)
);

CREATE TABLE session (
    id {ID},
    secret_hash TEXT NOT NULL UNIQUE,
    person_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL
);
CREATE INDEX session_person ON session (person_id);

CREATE TABLE token (
    id {ID},
    secret_hash TEXT NOT NULL UNIQUE,
    person_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    expires_at BIGINT
);
CREATE INDEX token_person ON token (person_id);

CREATE TABLE invitation (
    id {ID},
    secret_hash TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    room_id BIGINT,
    uses_left BIGINT NOT NULL,
    invited_by BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE room (
    id BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    topic TEXT NOT NULL DEFAULT '',
    -- "<lower person>:<higher person>" of a direct room, so that two people have one.
    pair TEXT UNIQUE,
    people BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL
);
CREATE INDEX room_kind ON room (kind, id);

-- What a message is now: the fold of its entry and of all that name it.
CREATE TABLE message (
    room_id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    author_id BIGINT NOT NULL,
    text TEXT,
    mentions TEXT NOT NULL,
    edits BIGINT NOT NULL DEFAULT 0,
    recalled_by BIGINT,
    reactions TEXT NOT NULL DEFAULT '[]',
    changed BIGINT NOT NULL,
    ordinal BIGINT NOT NULL,
    PRIMARY KEY (room_id, seq)
){CLUSTERED};

CREATE TABLE reaction (
    room_id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    emoji TEXT NOT NULL,
    person_id BIGINT NOT NULL,
    at_seq BIGINT NOT NULL,
    PRIMARY KEY (room_id, seq, emoji, person_id)
){CLUSTERED};

CREATE TABLE mention (
    person_id BIGINT NOT NULL,
    room_id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (person_id, room_id, seq)
){CLUSTERED};
CREATE INDEX mention_message ON mention (room_id, seq);

CREATE TABLE file (
    id TEXT PRIMARY KEY,
    room_id BIGINT NOT NULL,
    -- The message that carries it; null until it is sent.
    seq BIGINT,
    person_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    size BIGINT NOT NULL,
    media_type TEXT NOT NULL,
    width BIGINT,
    height BIGINT,
    -- The message was recalled; the bytes are to be deleted.
    recalled BOOLEAN NOT NULL DEFAULT FALSE,
    created_at BIGINT NOT NULL
);
CREATE INDEX file_message ON file (room_id, seq);
CREATE INDEX file_unsent ON file (created_at) WHERE seq IS NULL;
