-- +goose Up
CREATE TABLE IF NOT EXISTS waitlist (
    event_id   BINARY(16) NOT NULL,
    sequence   BIGINT NOT NULL COMMENT 'of the booking; the line is in this order',
    booking_id BINARY(16) NOT NULL,
    user_id    BINARY(16) NOT NULL COMMENT 'UUIDv5 of the folded identifier',
    identifier TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin NOT NULL COMMENT 'as the person gave it',
    quantity   SMALLINT NOT NULL,
    status     ENUM('JOINED', 'LEFT') CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'who joined was promoted if events.last_promoted has reached the sequence, else waits',
    joined     BIGINT NOT NULL COMMENT 'how many had joined the line of the event, this one included',
    joined_at  DATETIME(6) NOT NULL,
    left_at    DATETIME(6) NULL,
    PRIMARY KEY (event_id, sequence),
    KEY by_status (event_id, status, sequence),
    KEY by_user (event_id, user_id, status),
    KEY by_booking (event_id, booking_id),
    CONSTRAINT waitlist_left_have_a_time CHECK ((status = 'LEFT') = (left_at IS NOT NULL))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin
  COMMENT 'Bookings that joined the line. One that was promoted has rows in tickets too.';

-- +goose Down
DROP TABLE IF EXISTS waitlist;
