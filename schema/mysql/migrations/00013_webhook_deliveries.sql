-- +goose Up
CREATE TABLE IF NOT EXISTS webhook_deliveries (
    webhook_id   BINARY(16) NOT NULL,
    id           BINARY(16) NOT NULL COMMENT 'of the attempt, growing with time',
    message_id   VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'the same for every attempt',
    event_id     BINARY(16) NULL COMMENT 'NULL: a test message',
    version      BIGINT NOT NULL,
    number       INT NOT NULL,
    attempt      INT NOT NULL,
    started_at   DATETIME(6) NOT NULL,
    milliseconds INT NOT NULL,
    status       SMALLINT NOT NULL COMMENT 'of HTTP; 0: no answer',
    failure      VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin NOT NULL,
    next_try_at  DATETIME(6) NULL,
    PRIMARY KEY (webhook_id, id),
    KEY old (started_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin
  COMMENT 'Attempts to tell webhooks, for their owners to look at. No bodies.';

-- +goose Down
DROP TABLE IF EXISTS webhook_deliveries;
