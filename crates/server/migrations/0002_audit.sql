-- The hash chain of rooms; docs/audit.md has its layout. {BYTES} is the database's own type for bytes. Feeds have no
-- chain, and nothing in these columns.

ALTER TABLE entry ADD COLUMN hash {BYTES};
-- The hash of the body as it was written, once the body is erased.
ALTER TABLE entry ADD COLUMN erased {BYTES};
-- The hash of the last entry.
ALTER TABLE log ADD COLUMN head {BYTES};
