package domain_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
)

func TestErrorsAreTheSameWhenTheirCodesAre(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("booking: %w", &domain.Error{Code: domain.CodeWaitlistFull, Detail: "in other words"})
	require.ErrorIs(t, err, domain.ErrWaitlistFull)
	require.NotErrorIs(t, err, domain.ErrUserLimitReached)
	require.NotErrorIs(t, domain.ErrNotLoaded, domain.ErrWaitlistFull)
	require.NotErrorIs(t, domain.ErrWaitlistFull, domain.ErrNotLoaded)
}

func TestErrorTextNamesTheFields(t *testing.T) {
	t.Parallel()
	require.Equal(t, domain.ErrWaitlistFull.Detail, domain.ErrWaitlistFull.Error())
	err := domain.Invalid(domain.InvalidField("name", "is %d long", 2), domain.InvalidField("status", "is odd"))
	require.EqualError(t, err, "some fields are bad; correct those that are named and send it again: name is 2 long; status is odd")
}

func TestInvalidGathersFields(t *testing.T) {
	t.Parallel()
	name, status := domain.InvalidField("name", "is odd"), domain.InvalidField("status", "is odd")
	requireInvalid(t, domain.Invalid(nil, name, nil, status), "name", "status")
	requireInvalid(t, domain.Invalid(domain.Invalid(name, status), fmt.Errorf("also: %w", name)), "name", "status", "name")
	require.NoError(t, domain.Invalid())
	require.NoError(t, domain.Invalid(nil, nil))
}

func TestInvalidPassesOtherErrorsOn(t *testing.T) {
	t.Parallel()
	name, other := domain.InvalidField("name", "is odd"), errors.New("something else")
	require.Equal(t, other, domain.Invalid(name, other, domain.ErrEventNotFound))
	require.Equal(t, error(domain.ErrEventNotFound), domain.Invalid(name, domain.ErrEventNotFound, other))
	require.Equal(t, error(domain.ErrValidation), domain.Invalid(nil, domain.ErrValidation))
}

func TestRepeatSaysWhatWasMade(t *testing.T) {
	t.Parallel()
	event, err := domain.ParseEventID(anID)
	require.NoError(t, err)
	repeat := &domain.Repeat{EventID: event}
	require.ErrorContains(t, repeat, anID)
}
