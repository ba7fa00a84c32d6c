package sqlite_test

import (
	"testing"

	"github.com/boxoffice-go/boxoffice/ports"
	"github.com/boxoffice-go/boxoffice/ports/porttest"
)

func TestStore(t *testing.T) {
	shared := open(t, newFile(t))
	porttest.Run(t, func(*testing.T) ports.Store { return shared })
}
