package porttest

import (
	"sync"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

var secretRules = []rule{
	{"is 32 random bytes for each name, and stays", secretStays},
	{"is one when many ask for it first", secretOnceAtOnce},
}

func (f *fixture) secret(name string) []byte {
	f.Helper()
	secret, err := f.store.Secret(f.Context(), name)
	require.NoError(f, err)
	return secret
}

func secretStays(f *fixture) {
	one, two := uuid.NewString(), uuid.NewString()
	secret := f.secret(one)
	require.Len(f, secret, 32)
	require.NotEqual(f, secret, f.secret(two), "two names have two secrets")
	require.NotEqual(f, make([]byte, len(secret)), secret)
	kept := string(secret)
	secret[0]++
	require.Equal(f, kept, string(f.secret(one)), "a secret stays the same, whatever is done with what was handed out")
}

func secretOnceAtOnce(f *fixture) {
	const callers = 8
	name := uuid.NewString()
	secrets := make([][]byte, callers)
	errs := make([]error, callers)
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() { secrets[i], errs[i] = f.store.Secret(f.Context(), name) })
	}
	all.Wait()
	for i := range callers {
		require.NoError(f, errs[i])
		require.Equal(f, secrets[0], secrets[i], "all are told the same secret")
	}
}
