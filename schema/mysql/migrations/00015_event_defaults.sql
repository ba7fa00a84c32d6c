-- +goose Up
ALTER TABLE events
    ALTER name SET DEFAULT '',
    ALTER status SET DEFAULT 'DRAFT',
    ALTER wanted_tickets SET DEFAULT 0,
    ALTER self_service SET DEFAULT FALSE,
    ALTER settings_version SET DEFAULT 0,
    ALTER created_at SET DEFAULT (updated_at);

-- +goose Down
-- The defaults stay: who does not need them names these columns.
