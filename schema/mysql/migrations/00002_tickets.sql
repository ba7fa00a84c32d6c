-- +goose Up
CREATE TABLE IF NOT EXISTS tickets (
    event_id          BINARY(16) NOT NULL,
    sequence          BIGINT NOT NULL COMMENT 'of the booking',
    ordinal           SMALLINT NOT NULL COMMENT 'place in the booking, from 1',
    id                BINARY(16) NOT NULL,
    booking_id        BINARY(16) NOT NULL,
    user_id           BINARY(16) NOT NULL COMMENT 'UUIDv5 of the folded identifier; random if the person was erased',
    identifier        VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin NULL COMMENT 'as the person gave it, trimmed; NULL if the person was erased',
    status            ENUM('HELD', 'BOOKED', 'CANCELLED') CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    booked_at         DATETIME(6) NOT NULL COMMENT 'until it is booked: when it began to be held',
    cancelled_at      DATETIME(6) NULL,
    booking_status    ENUM('HELD', 'BOOKED', 'EXPIRED', 'CANCELLED') CHARACTER SET ascii COLLATE ascii_bin NULL,
    accepted_at       DATETIME(6) NULL COMMENT 'when the booking was accepted',
    reference         VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin NULL,
    transfers         INT NULL COMMENT 'how often the booking was given to another person; NULL is never',
    expires_at        DATETIME(6) NULL,
    latest_expires_at DATETIME(6) NULL,
    joined            BIGINT NULL COMMENT 'as in waitlist, if the booking waited',
    joined_after      BIGINT NULL,
    PRIMARY KEY (event_id, sequence, ordinal),
    KEY by_user (user_id, event_id, status),
    KEY by_booking (event_id, booking_id),
    KEY by_id (event_id, id),
    CONSTRAINT tickets_cancelled_have_a_time CHECK ((status = 'CANCELLED') = (cancelled_at IS NOT NULL)),
    CONSTRAINT tickets_first_has_the_booking CHECK ((ordinal = 1) = (booking_status IS NOT NULL))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin
  COMMENT 'One row a ticket; the first of a booking also has the booking, from booking_status on. In a cancelled event they stay as they were.';

-- +goose Down
DROP TABLE IF EXISTS tickets;
