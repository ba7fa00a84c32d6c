-- +goose Up
CREATE TABLE IF NOT EXISTS idempotency_keys (
    event_id     BINARY(16) NOT NULL,
    key_hash     BINARY(32) NOT NULL COMMENT 'of the caller, the key they chose and the operation',
    request_hash BINARY(32) NULL COMMENT 'the same key with another request is refused; NULL if the person was erased, then every request is',
    user_id      BINARY(16) NULL COMMENT 'of the person that the request names, if it names one who was not erased',
    booking_id   BINARY(16) NULL COMMENT 'that was made or changed, if one was',
    ticket_ids   VARBINARY(1600) NULL COMMENT 'of the tickets that were cancelled, 16 bytes each',
    created_at   DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    PRIMARY KEY (event_id, key_hash),
    KEY by_user (user_id, event_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin
  COMMENT 'What accepted commands left under their idempotency keys. Kept as long as the event.';

-- +goose Down
DROP TABLE IF EXISTS idempotency_keys;
