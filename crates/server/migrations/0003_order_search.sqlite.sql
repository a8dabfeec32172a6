-- rowid = the order; its words, and `person<id>` for everybody who has a part in it.
CREATE VIRTUAL TABLE order_search USING fts5 (words, content = '', contentless_delete = 1, tokenize = 'unicode61');
