-- +goose Up
CREATE TABLE IF NOT EXISTS idempotency_keys (
    event_id     BINARY(16) NOT NULL,
    key_hash     BINARY(32) NOT NULL COMMENT 'of the caller and the key they chose',
    request_hash BINARY(32) NOT NULL COMMENT 'the same key with another request is refused',
    booking_id   BINARY(16) NULL COMMENT 'NULL: the key created the event',
    ticket_id    BINARY(16) NULL COMMENT 'the ticket that was cancelled, if one was',
    created_at   DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    PRIMARY KEY (event_id, key_hash)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin
  COMMENT 'What accepted commands left under their idempotency keys. Kept as long as the event.';

-- +goose Down
DROP TABLE IF EXISTS idempotency_keys;
