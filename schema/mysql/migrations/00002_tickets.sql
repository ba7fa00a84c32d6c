-- +goose Up
CREATE TABLE IF NOT EXISTS tickets (
    event_id     BINARY(16) NOT NULL,
    sequence     BIGINT NOT NULL COMMENT 'of the booking',
    ordinal      SMALLINT NOT NULL COMMENT 'place in the booking, from 1',
    id           BINARY(16) NOT NULL,
    booking_id   BINARY(16) NOT NULL,
    user_id      BINARY(16) NOT NULL COMMENT 'UUIDv5 of the folded identifier',
    identifier   TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin NOT NULL COMMENT 'as the person gave it',
    status       ENUM('BOOKED', 'CANCELLED') CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    accepted_at  DATETIME(6) NOT NULL COMMENT 'when the booking was accepted',
    booked_at    DATETIME(6) NOT NULL COMMENT 'later than accepted_at if the booking waited',
    cancelled_at DATETIME(6) NULL,
    PRIMARY KEY (event_id, sequence, ordinal),
    KEY by_user (event_id, user_id, status),
    KEY by_booking (event_id, booking_id),
    KEY by_id (event_id, id),
    CONSTRAINT tickets_cancelled_have_a_time CHECK ((status = 'CANCELLED') = (cancelled_at IS NOT NULL))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin
  COMMENT 'One row a ticket, with its booking. Tickets of a cancelled event keep their status: see events.status.';

-- +goose Down
DROP TABLE IF EXISTS tickets;
