-- +goose Up
CREATE TABLE IF NOT EXISTS journal (
    event_id      BINARY(16) NOT NULL,
    last_version  BIGINT NOT NULL,
    first_version BIGINT NOT NULL,
    transaction   BINARY(16) NOT NULL COMMENT 'random: tells that this transaction was committed, and no other one',
    records       MEDIUMBLOB NOT NULL COMMENT 'a JSON array; nothing in it tells whose a booking is',
    PRIMARY KEY (event_id, last_version),
    CONSTRAINT journal_versions CHECK (first_version BETWEEN 1 AND last_version)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin
  COMMENT 'What happened to an event, a row for each transaction that changed it; their versions have no gaps.';

-- +goose Down
DROP TABLE IF EXISTS journal;
