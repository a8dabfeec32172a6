-- Where the bytes of an artifact are: the name of a file that nobody else's artifact gets later, so that bytes which
-- no row names can be deleted.
ALTER TABLE artifact ADD COLUMN stored TEXT NOT NULL DEFAULT '';
UPDATE artifact SET stored = sha256;
-- When it was let go of. It can not be had any more from then on; the row says what there was.
ALTER TABLE artifact ADD COLUMN swept_at BIGINT;

CREATE INDEX artifact_stored ON artifact (stored);
CREATE INDEX artifact_kept ON artifact (order_id) WHERE swept_at IS NULL;
CREATE INDEX artifact_sha256 ON artifact (sha256) WHERE swept_at IS NULL;
CREATE INDEX rollback_to ON rollback (to_order);
