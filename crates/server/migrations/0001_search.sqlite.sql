-- rowid = position; the words of a message, Chinese, Japanese and Korean as bigrams. The text itself is not kept here.
CREATE VIRTUAL TABLE search USING fts5 (words, content = '', contentless_delete = 1, tokenize = 'unicode61');
CREATE TABLE search_message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    room_id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    UNIQUE (room_id, seq)
);
