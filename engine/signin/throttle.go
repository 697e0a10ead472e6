package signin

import (
	"net"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Failures a client may make at once, and how often after that.
const (
	burst   = 10
	every   = 2 * time.Second
	maxSeen = 8192
)

// Throttle slows down who guesses: by address and user, so that nobody is locked out by somebody else's guesses from elsewhere.
type Throttle struct {
	mu   sync.Mutex
	seen map[string]*rate.Limiter
}

// NewThrottle makes a throttle.
func NewThrottle() *Throttle { return &Throttle{seen: map[string]*rate.Limiter{}} }

func throttleKey(address, user string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		address = host
	}
	return address + "\x00" + strings.ToLower(user)
}

// Blocked says whether a client has failed too often lately.
func (t *Throttle) Blocked(address, user string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.seen[throttleKey(address, user)]
	return l != nil && l.Tokens() < 1
}

// Failed counts a failure.
func (t *Throttle) Failed(address, user string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := throttleKey(address, user)
	l := t.seen[key]
	if l == nil {
		if len(t.seen) >= maxSeen {
			for k, old := range t.seen {
				if old.Tokens() >= burst || len(t.seen) >= maxSeen {
					delete(t.seen, k)
				}
			}
		}
		l = rate.NewLimiter(rate.Every(every), burst)
		t.seen[key] = l
	}
	l.Allow()
}
