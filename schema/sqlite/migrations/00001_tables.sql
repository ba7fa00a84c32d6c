-- Ids are UUIDs in 16 bytes, times microseconds since 1970; NULL is none.

-- +goose Up
CREATE TABLE events (
    id                   BLOB    NOT NULL PRIMARY KEY,
    name                 TEXT    NOT NULL,
    status               TEXT    NOT NULL CHECK (status IN ('DRAFT', 'PUBLISHED', 'CANCELLED')),
    total_tickets        INTEGER NOT NULL,
    wanted_tickets       INTEGER NOT NULL,
    available_tickets    INTEGER NOT NULL CHECK (available_tickets >= 0),
    held_tickets         INTEGER NOT NULL CHECK (held_tickets >= 0),
    max_tickets_per_user INTEGER,
    max_waitlist         INTEGER,
    hold_seconds         INTEGER NOT NULL,
    claim_seconds        INTEGER NOT NULL,
    sales_start_at       INTEGER,
    sales_end_at         INTEGER,
    promotion_end_at     INTEGER,
    self_service         INTEGER NOT NULL,
    waiting              INTEGER NOT NULL,
    waiting_tickets      INTEGER NOT NULL,
    waiting_by_quantity  TEXT    NOT NULL, -- JSON: how many bookings by how many tickets they ask for
    joined               INTEGER NOT NULL, -- ever
    joined_tickets       INTEGER NOT NULL,
    promoted             INTEGER NOT NULL, -- ever
    promoted_tickets     INTEGER NOT NULL,
    last_promoted        INTEGER NOT NULL, -- a sequence
    last_sequence        INTEGER NOT NULL,
    next_release_at      INTEGER,          -- when the next hold expires
    next_due_at          INTEGER,          -- the same by the store's clock, or since when more is to be promoted
    promoting            INTEGER NOT NULL,
    version              INTEGER NOT NULL,
    settings_version     INTEGER NOT NULL,
    created_at           INTEGER NOT NULL,
    updated_at           INTEGER NOT NULL,
    cancelled_at         INTEGER,
    clock_ahead          INTEGER NOT NULL, -- microseconds
    starts_at            INTEGER,
    venue                TEXT    NOT NULL,
    description          TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX events_by_creation ON events (created_at, id);
CREATE INDEX events_by_status ON events (status, created_at, id);
CREATE INDEX events_by_due ON events (next_due_at, id) WHERE next_due_at IS NOT NULL;

CREATE TABLE bookings (
    event_id          BLOB    NOT NULL,
    sequence          INTEGER NOT NULL,
    id                BLOB    NOT NULL,
    user_id           BLOB    NOT NULL,
    identifier        TEXT,             -- NULL: the person was erased
    quantity          INTEGER NOT NULL,
    status            TEXT    NOT NULL CHECK (status IN ('BOOKED', 'HELD', 'WAITING', 'EXPIRED', 'CANCELLED')),
    reference         TEXT,
    transfers         INTEGER NOT NULL,
    expires_at        INTEGER,
    latest_expires_at INTEGER,
    joined            INTEGER NOT NULL, -- it was the so many-th that ever joined the line; 0: it never waited
    joined_after      INTEGER NOT NULL, -- that all who joined before it asked for then, in tickets
    created_at        INTEGER NOT NULL,
    PRIMARY KEY (event_id, sequence)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX bookings_by_id ON bookings (event_id, id);
CREATE INDEX bookings_by_status ON bookings (event_id, status, sequence);
CREATE INDEX bookings_by_expiry ON bookings (event_id, expires_at, sequence) WHERE status = 'HELD';
CREATE INDEX bookings_by_reference ON bookings (event_id, reference, sequence) WHERE reference IS NOT NULL;
CREATE INDEX bookings_by_user ON bookings (user_id, event_id, sequence);

CREATE TABLE tickets (
    event_id     BLOB    NOT NULL,
    sequence     INTEGER NOT NULL, -- of its booking
    ordinal      INTEGER NOT NULL, -- its place in the booking, from 1
    id           BLOB    NOT NULL,
    status       TEXT    NOT NULL CHECK (status IN ('HELD', 'BOOKED', 'CANCELLED')),
    booked_at    INTEGER NOT NULL,
    cancelled_at INTEGER,
    PRIMARY KEY (event_id, sequence, ordinal)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX tickets_by_id ON tickets (event_id, id);

CREATE TABLE line_departures (
    event_id BLOB    NOT NULL,
    level    INTEGER NOT NULL,
    parent   INTEGER NOT NULL,
    child    INTEGER NOT NULL,
    bookings INTEGER NOT NULL,
    tickets  INTEGER NOT NULL,
    PRIMARY KEY (event_id, level, parent, child)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency_keys (
    event_id     BLOB NOT NULL,
    key_hash     BLOB NOT NULL,
    request_hash BLOB, -- NULL: forgotten, as the person was erased
    user_id      BLOB, -- of the person that the request names, if it names one who was not erased
    booking_id   BLOB, -- NULL: the key made no booking and changed none
    ticket_ids   BLOB, -- those that were cancelled, one after another
    PRIMARY KEY (event_id, key_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_user ON idempotency_keys (user_id) WHERE user_id IS NOT NULL;

CREATE TABLE journal (
    event_id      BLOB    NOT NULL,
    last_version  INTEGER NOT NULL,
    first_version INTEGER NOT NULL,
    records       TEXT    NOT NULL, -- JSON
    PRIMARY KEY (event_id, last_version)
) STRICT, WITHOUT ROWID;

CREATE TABLE secrets (
    name   TEXT NOT NULL PRIMARY KEY,
    secret BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE webhooks (
    id              BLOB    NOT NULL PRIMARY KEY,
    event_id        BLOB,             -- NULL: of all events
    url             TEXT    NOT NULL,
    types           TEXT,             -- JSON, a list; NULL: all
    links           INTEGER NOT NULL,
    status          TEXT    NOT NULL CHECK (status IN ('ACTIVE', 'PAUSED', 'OFF')),
    reason          TEXT    NOT NULL, -- why it is not active
    secret          BLOB    NOT NULL,
    old_secret      BLOB,             -- signs too until old_secret_ends
    old_secret_ends INTEGER,
    request_hash    BLOB,             -- of the request that made it under an idempotency key
    starts_at       INTEGER NOT NULL, -- since when it is told of events that it has no cursor for
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE webhook_cursors (
    event_id    BLOB    NOT NULL,
    webhook_id  BLOB    NOT NULL,
    version     INTEGER NOT NULL, -- the record told last, or 0: only its time is known
    number      INTEGER NOT NULL,
    told_at     INTEGER NOT NULL, -- the time of that record
    attempts    INTEGER NOT NULL, -- to tell the next one, so far
    next_try_at INTEGER,          -- NULL: all is told
    lease       BLOB,             -- of who is at work on it
    lease_ends  INTEGER,
    PRIMARY KEY (event_id, webhook_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_cursors_by_webhook ON webhook_cursors (webhook_id);

CREATE TABLE webhook_deliveries (
    webhook_id   BLOB    NOT NULL,
    id           BLOB    NOT NULL, -- of the attempt, growing with time
    message_id   TEXT    NOT NULL, -- the same for every attempt
    event_id     BLOB,             -- NULL: a test message
    version      INTEGER NOT NULL,
    number       INTEGER NOT NULL,
    attempt      INTEGER NOT NULL,
    started_at   INTEGER NOT NULL,
    milliseconds INTEGER NOT NULL,
    status       INTEGER NOT NULL, -- of HTTP; 0: no answer
    failure      TEXT    NOT NULL,
    next_try_at  INTEGER,
    PRIMARY KEY (webhook_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_deliveries_by_time ON webhook_deliveries (started_at);

-- One row, which is written to see whether anything can be.
CREATE TABLE ready (
    id       INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    asked_at INTEGER NOT NULL
) STRICT;

-- +goose Down
DROP TABLE ready;
DROP TABLE webhook_deliveries;
DROP TABLE webhook_cursors;
DROP TABLE webhooks;
DROP TABLE secrets;
DROP TABLE journal;
DROP TABLE idempotency_keys;
DROP TABLE line_departures;
DROP TABLE tickets;
DROP TABLE bookings;
DROP TABLE events;
