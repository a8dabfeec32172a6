-- Texts of flows that are being written, one for each flow, which everybody who designs flows shares.
CREATE TABLE flow_draft (
    flow TEXT PRIMARY KEY,
    yaml TEXT NOT NULL,
    -- The name in both languages, as JSON; null while the text can not be read.
    name TEXT,
    -- Grows with every save, and is never given twice: not even after a draft was thrown away and begun anew.
    revision BIGINT NOT NULL,
    -- The newest version when it was begun; null for a flow that was not published by then.
    base_version BIGINT,
    saved_by BIGINT NOT NULL,
    saved_at BIGINT NOT NULL
);

INSERT INTO counter (name, value) VALUES ('flow_draft', 0);
