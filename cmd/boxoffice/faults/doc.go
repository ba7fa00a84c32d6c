// Package faults has tests, and nothing else: real boxoffice servers over
// SQLite and over a real MySQL are killed, stopped, cut off, left without a disk
// and fed nonsense while package history records what their clients are told. Afterwards every history has to be
// linearizable, every acknowledged booking has to be there, and the service has
// to answer again by itself.
//
// By default each test is short. Longer forms are chosen by flags:
//
//	go test ./cmd/boxoffice/faults -rounds 50 -rush 30s -soak 10m
//
// -rounds is how many faults each test injects, -rush how long the crowd of
// TestRush books, -soak how long TestSoak goes on, -undisturbed what 99 of 100
// bookings may take while another shard of Vitess is away. With -pictures, porcupine
// draws each history that is not linearizable into a directory. The figures are
// printed at the end, and into the file named by BOXOFFICE_TEST_FAULTS_REPORT
// too.
//
// BenchmarkBeside measures bookings while others do to the server what costs it
// most, and the memory that it takes.
package faults
