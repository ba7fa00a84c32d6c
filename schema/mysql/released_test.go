package mysqlschema_test

import (
	"testing"

	"github.com/boxoffice-go/boxoffice/schema/migration/migrationtest"
)

func TestReleasedMigrationsNeverChange(t *testing.T) {
	t.Parallel()
	migrationtest.Unchanged(t, map[string]string{
		"00001_events.sql":              "3864fdaa633f5b56cecaf94c798f41cece6efb58fd390c99c229ed2bba5c0aa9",
		"00002_tickets.sql":             "7f9e5a569a7efa0c7692fe8473beb61459a57e29ededba3b1bd6956acd842525",
		"00003_waitlist.sql":            "c8e926919527c549d0d04f269828bda38d35ccb1c01f461664096b6b8887edb4",
		"00004_waitlist_departures.sql": "2c586b591d028753d264c9880b47ef6d62b7f58e6e54ac4782859dc325896408",
		"00005_idempotency_keys.sql":    "9eeaba7fe01dc15237842e7208149bcb32da853e488091d8207705027a0b88e4",
		"00006_holds.sql":               "3407b36d8d6022febde0b9688dcacac03726e3e33fc10debff57ae2e3d353b4f",
		"00007_ended_bookings.sql":      "4d7199312e244d92fbb68b24dfb2d8a0a6a514a450e438832ef5d9a4cfd96db5",
		"00008_booking_references.sql":  "10f8d428eb0b85424d26ea5536bf468924a47806b6ff7878481a7611ac057ede",
		"00009_journal.sql":             "e431276f3d9874406bf4d8de908ad58399a87626a07c55116673cc16846837cf",
		"00010_secrets.sql":             "659929e38d60e89fde39dad1be58d181a636555ddc513accb89d0d00aac9b2b8",
		"00011_webhooks.sql":            "8e5db1e7db559e07bc0e3ff15f3759540389f869e24db925cd640823dd553407",
		"00012_webhook_cursors.sql":     "d377747aa352d309b74ef6888f6468fcd9be13084f534c5cdf5bf77fbde9bba1",
		"00013_webhook_deliveries.sql":  "b18bcb058604c1a93364b5c0da112774891e69bd5fe446c7fe2f58749833b28c",
		"00014_ticket_defaults.sql":     "72821d394e1db53f8508197a62c00f61b91a058b509f92b100f0313b1659201d",
		"00015_event_defaults.sql":      "517bf0a04a467ad7c0c4765a434806565d9e9063735e02ee0dfc36fea12130ee",
		"00016_waitlist_defaults.sql":   "f019eef3f1111b4ef3f62e314de4e8425f1744418a726a13312ef886a21b814b",
	})
}
