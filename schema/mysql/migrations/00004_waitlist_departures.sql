-- +goose Up
CREATE TABLE IF NOT EXISTS waitlist_departures (
    event_id BINARY(16) NOT NULL,
    level    TINYINT NOT NULL COMMENT '0 counts single sequences, 1 blocks of 64, 2 of 64 x 64, ...',
    parent   BIGINT NOT NULL COMMENT 'the block of the next level: sequence >> 6 * (level + 1)',
    child    TINYINT NOT NULL COMMENT 'which of its 64 parts: sequence >> 6 * level & 63',
    bookings INT NOT NULL COMMENT 'of this part that left the line',
    tickets  BIGINT NOT NULL COMMENT 'that they, and those who asked for less later, ask for no more',
    PRIMARY KEY (event_id, level, parent, child)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin
  COMMENT 'What left the line without being promoted, as a tree of counters: ranks are found without counting the line.';

-- +goose Down
DROP TABLE IF EXISTS waitlist_departures;
