package engine

import (
	"math"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/argan-sql/argan/sqlerr"
)

// rates bounds how often each user may send a statement.
type rates struct {
	perSecond float64 // 0 for any number
	mu        sync.Mutex
	users     map[string]*rate.Limiter
}

// maxRates is the number of users at which those that have been quiet are forgotten.
const maxRates = 10_000

// check takes one statement of a user; TOO_MANY_REQUESTS where it comes too soon.
func (r *rates) check(user string) error {
	if r.perSecond <= 0 {
		return nil
	}
	burst := max(1, int(math.Ceil(2*r.perSecond)))
	r.mu.Lock()
	l := r.users[user]
	if l == nil {
		if r.users == nil || len(r.users) >= maxRates {
			r.shrink(burst)
		}
		l = rate.NewLimiter(rate.Limit(r.perSecond), burst)
		r.users[user] = l
	}
	r.mu.Unlock()
	now := time.Now()
	reservation := l.ReserveN(now, 1)
	wait := reservation.DelayFrom(now)
	if wait == 0 {
		return nil
	}
	reservation.CancelAt(now)
	return sqlerr.New("TOO_MANY_REQUESTS", "limit", rateText(r.perSecond), retryAfter, itoa(int64(math.Ceil(wait.Seconds()))))
}

// shrink forgets users whose buckets are full again: they have lost nothing.
func (r *rates) shrink(burst int) {
	kept := map[string]*rate.Limiter{}
	for user, l := range r.users {
		if l.Tokens() < float64(burst) {
			kept[user] = l
		}
	}
	r.users = kept
}

// rateText is a number of statements in a second as a person writes it.
func rateText(perSecond float64) string { return strconv.FormatFloat(perSecond, 'g', -1, 64) }
