package loadtest

import (
	"fmt"
	"sync"
)

// maxExamples is how many violations are told in words; one defect can cause a
// million.
const maxExamples = 20

// violations counts broken rules. It is safe for concurrent use.
type violations struct {
	mu       sync.Mutex
	count    int
	examples []string
}

func (v *violations) add(format string, args ...any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.count++
	if len(v.examples) < maxExamples {
		v.examples = append(v.examples, fmt.Sprintf(format, args...))
	}
}

// addAll adds another's, which nobody changes any more.
func (v *violations) addAll(other *violations) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.count += other.count
	room := maxExamples - len(v.examples)
	v.examples = append(v.examples, other.examples[:min(room, len(other.examples))]...)
}
