-- +goose Up
CREATE TABLE IF NOT EXISTS booking_references (
    event_id  BINARY(16) NOT NULL,
    reference VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin NOT NULL,
    sequence  BIGINT NOT NULL COMMENT 'of a booking that has this reference, or had it once',
    PRIMARY KEY (event_id, reference, sequence)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin
  COMMENT 'Bookings by their references, those that have one.';

-- +goose Down
DROP TABLE IF EXISTS booking_references;
