-- +goose Up
CREATE TABLE IF NOT EXISTS events (
    id                   BINARY(16) NOT NULL,
    name                 VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin NOT NULL,
    status               ENUM('DRAFT', 'PUBLISHED', 'CANCELLED') CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    total_tickets        INT NOT NULL,
    available_tickets    INT NOT NULL,
    waiting_count        INT NOT NULL,
    max_tickets_per_user INT NULL,
    max_waitlist         INT NULL,
    version              BIGINT NOT NULL,
    last_sequence        BIGINT NOT NULL,
    joined_count         BIGINT NOT NULL,
    promoted_count       BIGINT NOT NULL,
    last_promoted        BIGINT NOT NULL COMMENT 'sequence of the booking promoted last',
    created_at           DATETIME(6) NOT NULL,
    updated_at           DATETIME(6) NOT NULL,
    PRIMARY KEY (id),
    KEY listed (created_at, id),
    KEY listed_by_status (status, created_at, id),
    CONSTRAINT events_never_oversold CHECK (available_tickets BETWEEN 0 AND total_tickets),
    CONSTRAINT events_line_counts CHECK (waiting_count BETWEEN 0 AND joined_count - promoted_count)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin
  COMMENT 'The heads of the events: settings and counts. Whoever changes anything of an event locks its row.';

-- +goose Down
DROP TABLE IF EXISTS events;
