-- +goose Up
CREATE TABLE IF NOT EXISTS waitlist (
    event_id     BINARY(16) NOT NULL,
    sequence     BIGINT NOT NULL COMMENT 'of the booking; the line is in this order',
    booking_id   BINARY(16) NOT NULL,
    user_id      BINARY(16) NOT NULL COMMENT 'UUIDv5 of the folded identifier; random if the person was erased',
    identifier   VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin NULL COMMENT 'as the person gave it, trimmed; NULL if the person was erased',
    quantity     SMALLINT NOT NULL,
    status       ENUM('JOINED', 'LEFT') CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'who joined was promoted if events.last_promoted has reached the sequence, else waits',
    reference    VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin NULL,
    transfers    INT NULL COMMENT 'how often the booking was given to another person; NULL is never',
    joined       BIGINT NOT NULL COMMENT 'how many had joined the line of the event, this one included',
    joined_after BIGINT NOT NULL COMMENT 'how many tickets all who joined before it had asked for',
    joined_at    DATETIME(6) NOT NULL,
    PRIMARY KEY (event_id, sequence),
    KEY by_status (event_id, status, sequence),
    KEY by_user (user_id, event_id, status),
    KEY by_booking (event_id, booking_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin
  COMMENT 'Bookings that joined the line. What became of one that was promoted is in tickets.';

-- +goose Down
DROP TABLE IF EXISTS waitlist;
