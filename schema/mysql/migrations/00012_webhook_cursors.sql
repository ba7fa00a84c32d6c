-- +goose Up
CREATE TABLE IF NOT EXISTS webhook_cursors (
    event_id    BINARY(16) NOT NULL,
    webhook_id  BINARY(16) NOT NULL,
    version     BIGINT NOT NULL COMMENT 'the record told last, or 0: only its time is known',
    number      INT NOT NULL,
    told_at     DATETIME(6) NOT NULL COMMENT 'the time of that record',
    attempts    INT NOT NULL COMMENT 'to tell the next one, so far',
    next_try_at DATETIME(6) NULL COMMENT 'NULL: all is told',
    lease       BINARY(16) NULL COMMENT 'of the server at work on it',
    lease_ends  DATETIME(6) NULL,
    PRIMARY KEY (event_id, webhook_id),
    KEY by_webhook (webhook_id, event_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin
  COMMENT 'How far a webhook has been told of the journal of an event.';

-- +goose Down
DROP TABLE IF EXISTS webhook_cursors;
