package techmart

import (
	"math"
	"sort"
	"strconv"
	"time"
)

// The topics that live messages go to.
const (
	PaymentsTopic  = "techmart.transactions"
	WebEventsTopic = "techmart.web_events"
)

// LiveOptions say what a live shop does.
type LiveOptions struct {
	// Seed chooses the data; 0 means DefaultSeed.
	Seed int64
	// First is the number of the first message. Ids are made of numbers, so runs whose numbers do not overlap have no id in common.
	First int64
	// Start is when the first message happens.
	Start time.Time
	// Rate is how many messages happen in a second, of both topics together; 0 means 100.
	Rate float64
	// CaseEvery is how many messages there are from one planted case to the next; 0 means 400.
	CaseEvery int64
	// Broken is the share of messages that cannot be read; 0 means one in a thousand.
	Broken float64
}

// Message is one message of the live shop.
type Message struct {
	Topic      string
	Key, Value []byte
	// Due is when it is sent, counted from the start.
	Due time.Duration
}

// Case is a planted fraud that is complete: the rule that must find it, at which payment, and whose it is.
type Case struct{ Rule, Transaction, Customer string }

// Planted is what was sent so far.
type Planted struct {
	// Cases are the frauds, in the order in which they were completed.
	Cases []Case
	// Payments and WebEvents are those that can be used, each once.
	Payments, WebEvents int64
	// Duplicates are copies of either; Late are those of Payments and WebEvents that happened minutes before they were sent.
	Duplicates, Late int64
	// Invalid are payments that can be read and make no sense.
	Invalid int64
	// BrokenPayments and BrokenEvents cannot be read.
	BrokenPayments, BrokenEvents int64
}

// Shares of the messages.
const (
	webShare       = 1.0 / 3
	duplicateShare = 0.02
	lateShare      = 0.02
	invalidShare   = 0.003
	brokenShare    = 0.001
)

// Live makes the messages of a shop that is open now: payments and web events as JSON, with the troubles that real ones have, and
// frauds among them. The same options always give the same messages. Not for concurrent use.
type Live struct {
	g         *generator
	o         LiveOptions
	sent      int64 // messages so far
	honest    int64 // payments of honest customers so far
	customers int64
	sinceCase int64
	cases     int64
	queue     []queued
	planted   Planted
}

// queued is a message that waits for its turn.
type queued struct {
	turn int64
	copy *Message  // one sent before, to be sent again
	step *caseStep // a payment of a case
}

// NewLive opens the shop.
func NewLive(o LiveOptions) *Live {
	if o.Seed == 0 {
		o.Seed = DefaultSeed
	}
	if o.Rate <= 0 {
		o.Rate = 100
	}
	if o.CaseEvery <= 0 {
		o.CaseEvery = 400
	}
	if o.Broken <= 0 {
		o.Broken = brokenShare
	}
	l := &Live{g: newGenerator(Options{Factor: 1, Seed: o.Seed}), o: o}
	// An honest customer comes back after a minute at the soonest, and so never meets the rule of many payments.
	if l.customers = max(Customers, int64(60*o.Rate)); l.customers%stride == 0 {
		l.customers++
	}
	return l
}

// stride orders honest customers: a prime, so all have their turn before one comes again.
const stride = 7919

// Planted is what was sent so far.
func (l *Live) Planted() Planted { return l.planted }

// Next is the next message.
func (l *Live) Next() Message {
	turn := l.sent
	l.sent++
	due := time.Duration(math.Round(float64(turn) / l.o.Rate * float64(time.Second)))
	d := l.g.roll(streamLive, l.o.First+turn)
	m := l.message(turn, l.o.Start.Add(due), &d)
	m.Due = due
	return m
}

func (l *Live) message(turn int64, now time.Time, d *dice) Message {
	if len(l.queue) > 0 && l.queue[0].turn <= turn {
		q := l.queue[0]
		l.queue = l.queue[1:]
		if q.copy != nil {
			l.planted.Duplicates++
			return *q.copy
		}
		return l.perhapsAgain(turn, l.payCase(q.step, turn, now, d), d)
	}
	if l.sinceCase++; l.sinceCase > l.o.CaseEvery {
		l.sinceCase = 0
		return l.perhapsAgain(turn, l.payCase(l.plant(turn, d), turn, now, d), d)
	}
	web := d.chance(webShare)
	if d.chance(l.o.Broken) {
		return l.broken(web, turn, now, d)
	}
	if d.chance(lateShare) {
		l.planted.Late++
		now = now.Add(-2*time.Minute - time.Duration(d.below(28*60_000))*time.Millisecond)
	}
	if web {
		l.planted.WebEvents++
		return l.perhapsAgain(turn, l.webEvent(turn, now, d), d)
	}
	p := l.payment(turn, now, d)
	p.customer = l.honest*stride%l.customers + 1
	p.city = l.home(p.customer)
	l.honest++
	if d.chance(invalidShare) {
		l.planted.Invalid++
		if p.invalid(d) {
			return Message{Topic: PaymentsTopic, Value: p.json(nil)} // by nobody
		}
		return p.message()
	}
	l.planted.Payments++
	return l.perhapsAgain(turn, p.message(), d)
}

// perhapsAgain has some messages come twice, byte by byte the same.
func (l *Live) perhapsAgain(turn int64, m Message, d *dice) Message {
	if d.chance(duplicateShare) {
		l.enqueue(queued{turn: turn + 1 + d.below(40), copy: &m})
	}
	return m
}

func (l *Live) enqueue(q queued) {
	at := sort.Search(len(l.queue), func(i int) bool { return l.queue[i].turn > q.turn })
	l.queue = append(l.queue, queued{})
	copy(l.queue[at+1:], l.queue[at:])
	l.queue[at] = q
}

// home is where a customer lives and buys.
func (l *Live) home(customer int64) string {
	d := l.g.roll(streamHome, customer)
	return d.weighted(cities, cityUpTo)
}

// card is what a payment by card tells of it.
type card struct{ bin, country, kind string }

var (
	homeCards   = []card{{"453201", "MA", "debit"}, {"520053", "MA", "debit"}, {"446215", "MA", "credit"}, {"539112", "MA", "credit"}}
	prepaidCard = card{"557389", "GB", "prepaid"}
)

// payment is one payment, before it is told.
type payment struct {
	id, customer, product int64
	quantity, unit, total int64
	method, channel, city string
	card                  card
	at                    time.Time
}

// highAmount is the amount in cents that no honest payment comes to.
const highAmount = 5_000_000

// payment draws an honest payment; who pays and where is for the caller to say.
func (l *Live) payment(turn int64, now time.Time, d *dice) payment {
	p := payment{id: l.o.First + turn, at: now, quantity: 1}
	for {
		u := d.float()
		product := l.g.catalog[int(u*u*Products)]
		p.product, p.unit = product.id, product.cents
		for u = d.float(); u >= quantityUpTo[p.quantity-1]; {
			p.quantity++
		}
		if p.total = p.unit * p.quantity; p.total < highAmount*9/10 {
			break
		}
		p.quantity = 1
	}
	p.method, p.channel = d.weighted(payments, paymentUpTo), d.weighted(channels, channelUpTo)
	p.card = homeCards[d.below(int64(len(homeCards)))]
	return p
}

// invalid makes nonsense of a payment that can still be read; true for one that nobody made.
func (p *payment) invalid(d *dice) bool {
	if d.chance(0.5) {
		p.total = -p.total
		return false
	}
	p.customer = 0
	return true
}

func (p *payment) message() Message {
	return Message{Topic: PaymentsTopic, Key: appendCustomerID(nil, p.customer), Value: p.json(nil)}
}

func (p *payment) json(b []byte) []byte {
	b = append(b, `{"transaction_id":"`...)
	b = p.appendID(b)
	b = append(b, `","customer_id":`...)
	if p.customer == 0 {
		b = append(b, "null"...)
	} else {
		b = append(appendCustomerID(append(b, '"'), p.customer), '"')
	}
	b = append(b, `,"product_id":"`...)
	b = appendProductID(b, p.product)
	b = append(b, `","quantity":`...)
	b = strconv.AppendInt(b, p.quantity, 10)
	b = append(b, `,"unit_price":`...)
	b = appendCents(b, p.unit)
	b = append(b, `,"total_amount":`...)
	if p.total < 0 {
		b = append(b, '-')
	}
	b = appendCents(b, max(p.total, -p.total))
	b = append(b, `,"payment_method":"`...)
	b = append(b, p.method...)
	b = append(b, `","channel":"`...)
	b = append(b, p.channel...)
	b = append(b, `","city":"`...)
	b = append(b, p.city...)
	if p.method == "carte" {
		b = append(b, `","card":{"bin":"`...)
		b = append(b, p.card.bin...)
		b = append(b, `","country":"`...)
		b = append(b, p.card.country...)
		b = append(b, `","kind":"`...)
		b = append(b, p.card.kind...)
		b = append(b, `"},"transaction_date":"`...)
	} else {
		b = append(b, `","transaction_date":"`...)
	}
	return append(appendInstant(b, p.at), `"}`...)
}

func (p *payment) appendID(b []byte) []byte { return appendID(b, "TXN", p.id, 14) }

func appendInstant(b []byte, at time.Time) []byte {
	return at.UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z")
}

func (l *Live) webEvent(turn int64, now time.Time, d *dice) Message {
	customer := d.below(l.customers) + 1
	b := append([]byte(nil), `{"event_id":"`...)
	b = appendID(b, "EV", l.o.First+turn, 14)
	b = append(b, `","customer_id":"`...)
	b = appendCustomerID(b, customer)
	b = append(b, `","session_id":"`...)
	b = appendID(b, "S", customer*100+turn/6%100, 9)
	b = append(b, `","event_type":"`...)
	b = append(b, d.weighted(eventTypes, eventUpTo)...)
	b = append(b, `","device":"`...)
	b = append(b, d.weighted(devices, deviceUpTo)...)
	b = append(b, `","page":{"url":"/produits/`...)
	product := d.below(Products) + 1
	b = appendProductID(b, product)
	b = append(b, `","referrer":"`...)
	b = append(b, d.pick(referrers)...)
	b = append(b, `","load_ms":`...)
	b = strconv.AppendInt(b, 20+d.below(1_500), 10)
	b = append(b, `},"product_id":"`...)
	b = appendProductID(b, product)
	b = append(b, `","event_time":"`...)
	b = append(appendInstant(b, now), `"}`...)
	return Message{Topic: WebEventsTopic, Key: appendCustomerID(nil, customer), Value: b}
}

// broken is a message that cannot be read: cut short, no JSON at all, or a payment whose quantity is a word.
func (l *Live) broken(web bool, turn int64, now time.Time, d *dice) Message {
	var m Message
	if web {
		l.planted.BrokenEvents++
		m = l.webEvent(turn, now, d)
	} else {
		l.planted.BrokenPayments++
		p := l.payment(turn, now, d)
		p.customer = d.below(l.customers) + 1
		p.city = l.home(p.customer)
		m = p.message()
	}
	switch d.below(3) {
	case 0:
		m.Value = m.Value[:60]
	case 1:
		m.Value = []byte("503 Service Unavailable")
	default:
		if web {
			m.Value = append(m.Value[:len(m.Value)-1], `,,`...)
		} else {
			m.Value = replaceNumber(m.Value, `"quantity":`, `"deux"`)
		}
	}
	return m
}

// replaceNumber puts a text in the place of the digits that follow a name.
func replaceNumber(b []byte, name, value string) []byte {
	text := string(b)
	from := indexAfter(text, name)
	to := from
	for text[to] >= '0' && text[to] <= '9' {
		to++
	}
	return []byte(text[:from] + value + text[to:])
}
