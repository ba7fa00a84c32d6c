package domain

import "strconv"

// Limit is a largest number, or none. The zero value is no limit.
type Limit struct {
	max int
	set bool
}

// AtMost is a limit of n.
func AtMost(n int) Limit { return Limit{max: n, set: true} }

// Max returns the largest number allowed, and false if there is no limit.
func (l Limit) Max() (n int, limited bool) { return l.max, l.set }

// String writes the limit as a number, and no limit as "none".
func (l Limit) String() string {
	if !l.set {
		return "none"
	}
	return strconv.Itoa(l.max)
}

// MarshalJSON writes the limit as a number, and no limit as null.
func (l Limit) MarshalJSON() ([]byte, error) {
	if !l.set {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, int64(l.max), 10), nil
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (l *Limit) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		*l = Limit{}
		return nil
	}
	n, err := strconv.Atoi(string(text))
	*l = AtMost(n)
	return err
}

// allows reports whether n is within the limit.
func (l Limit) allows(n int) bool { return !l.set || n <= l.max }
