-- +goose Up
CREATE TABLE IF NOT EXISTS ended_bookings (
    event_id BINARY(16) NOT NULL,
    status   ENUM('EXPIRED', 'CANCELLED') CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    sequence BIGINT NOT NULL COMMENT 'of the booking',
    PRIMARY KEY (event_id, status, sequence)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin
  COMMENT 'Bookings that had tickets and are over, so that they are found among very many that are not.';

-- +goose Down
DROP TABLE IF EXISTS ended_bookings;
