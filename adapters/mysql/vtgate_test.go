package mysql_test

import (
	"errors"
	"fmt"
	"testing"

	driver "github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql"
)

func TestShardThatIsAwayIsKnownByWhatVTGateSays(t *testing.T) {
	t.Parallel()
	const unknown, lost = 1105, 2013
	for message, away := range map[string]bool{
		"target: boxoffice.-80.primary: no healthy tablet available for 'keyspace:\"boxoffice\" shard:\"-80\" tablet_type:PRIMARY'":                 true,
		"target: boxoffice.-80.primary: vttablet: rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing\"": true,
		"target: boxoffice.80-.primary: vttablet: rpc error: code = Code(17) desc = operation not allowed in state NOT_SERVING":                     true,
		"VT09015: schema tracking required": true,
		"target: boxoffice.80-.primary: primary is not serving, there is a reparent operation in progress":                                                true,
		"target: boxoffice.80-.primary: vttablet: rpc error: code = InvalidArgument desc = Data too long for column 'name' (errno 1406) (sqlstate 22001)": false,
	} {
		err := fmt.Errorf("a query: %w", &driver.MySQLError{Number: unknown, Message: message})
		require.Equal(t, away, mysql.IsShardAway(err), message)
		require.False(t, mysql.IsShardAway(errors.New(message)), "it was vtgate that said so")
		require.False(t, mysql.IsShardAway(&driver.MySQLError{Number: lost, Message: message}), "it has a number of its own")
	}
}
