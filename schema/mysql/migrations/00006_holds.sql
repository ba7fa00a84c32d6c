-- +goose Up
CREATE TABLE IF NOT EXISTS holds (
    event_id   BINARY(16) NOT NULL,
    sequence   BIGINT NOT NULL COMMENT 'of the booking',
    booking_id BINARY(16) NOT NULL,
    expires_at DATETIME(6) NOT NULL,
    PRIMARY KEY (event_id, sequence),
    KEY due (event_id, expires_at, sequence)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin
  COMMENT 'Bookings that are held, only while they are.';

-- +goose Down
DROP TABLE IF EXISTS holds;
