// Package porttest is the suite that every [ports.Store] must pass, without
// exceptions, and the benchmarks that compare stores.
//
// # For who writes a store
//
// Two functions in a test file of the store's package are all it takes:
//
//	func TestStore(t *testing.T) {
//		porttest.Run(t, func(t *testing.T) ports.Store { return mystore.New() })
//	}
//
//	func BenchmarkStore(b *testing.B) {
//		porttest.Benchmark(b, func(b *testing.B) ports.Store { return mystore.New() })
//	}
//
// A database need not be made afresh for every test: open may return the same
// store each time, and the store may hold events of others, of earlier runs
// too. The tests look at events of their own only. They run in parallel.
//
// A test's name says the rule that it holds the store to, and a failure says
// how the store broke it. States are compared as text, so a difference shows
// in the words of the domain. Good to begin with are
//
//	go test -run 'TestStore/Create'     # keeping and reading events
//	go test -run 'TestStore/Update'     # all of a batch, or nothing
//	go test -run 'TestStore/Need'       # what a batch asks for
//	go test -run 'TestStore/Journal'    # what is told of a change
//	go test -run 'TestStore/Holds'      # holds, claims and the event's own time
//	go test -run 'TestStore/Properties' # random commands against Model
//
// and, when those pass, all of it with -race. The whole suite takes a few seconds
// in memory; -short makes it several times shorter. When a property fails, rapid shrinks
// it to few commands and prints the flags that run these again.
//
// [Model] is what the properties compare a store with: an event's rules, told
// in the plainest way. Start there if you doubt a failure. A store that keeps
// plain lists, in the domain's own tests, passes the suite too: if it fails, it is
// the domain.
package porttest
