-- rowid = the order; its words, and marks for its flow, requester and status and for everybody who has a part in it.
-- The beginnings of words have an index of their own where so many words have them that going through all is slow.
CREATE VIRTUAL TABLE order_search USING fts5 (words, content = '', contentless_delete = 1, tokenize = 'unicode61', prefix = '1 2 3');

-- Every longer word that an order ever had. The index gives the orders of a whole word one by one, but collects all of
-- those that only begin so; a beginning that few words have is looked up here and asked for as these words.
CREATE TABLE order_word (
    word TEXT PRIMARY KEY
) WITHOUT ROWID;
