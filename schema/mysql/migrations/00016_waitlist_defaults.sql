-- +goose Up
ALTER TABLE waitlist ALTER status SET DEFAULT 'JOINED';

-- +goose Down
-- The defaults stay: who does not need them names these columns.
