-- +goose Up
CREATE TABLE IF NOT EXISTS webhooks (
    id              BINARY(16) NOT NULL,
    event_id        BINARY(16) NULL COMMENT 'NULL: of all events',
    url             VARCHAR(2048) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin NOT NULL,
    types           JSON NULL COMMENT 'of the journal that are wanted, a list; NULL: all',
    links           BOOLEAN NOT NULL COMMENT 'messages carry the links of bookings',
    status          ENUM('ACTIVE', 'PAUSED', 'OFF') CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    reason          VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin NOT NULL COMMENT 'why it is not active',
    secret          VARBINARY(64) NOT NULL,
    old_secret      VARBINARY(64) NULL COMMENT 'signs too until old_secret_ends',
    old_secret_ends DATETIME(6) NULL,
    request_hash    BINARY(32) NULL COMMENT 'of the request that made it under an idempotency key',
    starts_at       DATETIME(6) NOT NULL COMMENT 'since when it is told of events that it has no cursor for',
    created_at      DATETIME(6) NOT NULL,
    updated_at      DATETIME(6) NOT NULL,
    PRIMARY KEY (id),
    KEY listed (created_at, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin
  COMMENT 'Who is told of changes.';

-- +goose Down
DROP TABLE IF EXISTS webhooks;
