-- +goose Up
ALTER TABLE tickets
    ALTER ordinal SET DEFAULT 1,
    ALTER status SET DEFAULT 'BOOKED',
    ALTER booking_status SET DEFAULT 'BOOKED',
    ALTER accepted_at SET DEFAULT (booked_at);

-- +goose Down
-- The defaults stay: who does not need them names these columns.
