package techmart

import (
	"strings"
	"time"
)

// Rules that find the planted frauds, by the names that streams.sql gives them.
const (
	HighAmount       = "high_amount"
	Velocity         = "velocity"
	ImpossibleTravel = "impossible_travel"
	RiskyFirstCard   = "risky_first_card"
)

// firstCaseCustomer is where the customers of cases begin; each has one case only.
const firstCaseCustomer = 1_000_000_000_000_000

// farCities are where stolen cards are used.
var farCities = []string{"Paris", "Istanbul", "Dubaï", "Montréal"}

// caseStep is one payment of a case, or of what only looks like one.
type caseStep struct {
	customer int64
	rule     string // that this payment completes; "" before that, and for decoys
	city     string
	amount   int64         // in cents; 0 for an honest one's
	before   time.Duration // how long before it is sent it happened
	risky    bool          // by a foreign prepaid card
	ordinary bool          // by a card from here
}

// scenarios are the cases, and decoys that come close to each rule and must not be found, in turn.
var scenarios = []func(l *Live, s caseStep, d *dice) []caseStep{
	func(_ *Live, s caseStep, d *dice) []caseStep {
		s.rule, s.amount = HighAmount, highAmount+1+d.below(highAmount)
		return []caseStep{s}
	},
	func(_ *Live, s caseStep, _ *dice) []caseStep { // not over it
		s.amount = highAmount
		return []caseStep{s}
	},
	func(_ *Live, s caseStep, _ *dice) []caseStep {
		last := s
		last.rule = Velocity
		return []caseStep{s, s, s, s, s, last}
	},
	func(_ *Live, s caseStep, _ *dice) []caseStep { // not more than five
		return []caseStep{s, s, s, s, s}
	},
	func(_ *Live, s caseStep, d *dice) []caseStep {
		far := s
		far.rule, far.city = ImpossibleTravel, d.pick(farCities)
		return []caseStep{s, far}
	},
	func(_ *Live, s caseStep, _ *dice) []caseStep { // two hours by car
		s.city, s.before = "Casablanca", 2*time.Hour
		near := s
		near.city, near.before = "Rabat", 0
		return []caseStep{s, near}
	},
	func(_ *Live, s caseStep, _ *dice) []caseStep {
		s.rule, s.risky = RiskyFirstCard, true
		return []caseStep{s}
	},
	func(_ *Live, s caseStep, _ *dice) []caseStep { // not the first one
		s.ordinary = true
		second := s
		second.ordinary, second.risky = false, true
		return []caseStep{s, second}
	},
}

// plant begins the next case: its first payment is sent now, the others about a second apart.
func (l *Live) plant(turn int64, d *dice) *caseStep {
	customer := firstCaseCustomer + l.o.First + turn
	s := caseStep{customer: customer, city: l.home(customer), amount: 10_000 + d.below(90_000)}
	steps := scenarios[l.cases%int64(len(scenarios))](l, s, d)
	l.cases++
	gap := max(1, int64(l.o.Rate))
	for i := range steps[1:] {
		l.enqueue(queued{turn: turn + int64(i+1)*gap, step: &steps[i+1]})
	}
	return &steps[0]
}

func (l *Live) payCase(s *caseStep, turn int64, now time.Time, d *dice) Message {
	p := l.payment(turn, now.Add(-s.before), d)
	p.customer, p.city = s.customer, s.city
	p.quantity, p.unit, p.total = 1, s.amount, s.amount
	switch {
	case s.risky:
		p.method, p.card = "carte", prepaidCard
	case s.ordinary:
		p.method = "carte"
	}
	l.planted.Payments++
	if s.rule != "" {
		l.planted.Cases = append(l.planted.Cases, Case{Rule: s.rule, Transaction: string(p.appendID(nil)), Customer: string(appendCustomerID(nil, p.customer))})
	}
	return p.message()
}

// indexAfter is where a name that is there ends.
func indexAfter(text, name string) int { return strings.Index(text, name) + len(name) }
