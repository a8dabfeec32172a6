-- The words of an order, and marks for its flow, requester and status and for everybody who has a part in it.
CREATE TABLE order_search (
    order_id BIGINT PRIMARY KEY,
    words TSVECTOR NOT NULL
);
CREATE INDEX order_search_words ON order_search USING GIN (words);
