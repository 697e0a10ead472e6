package techmart

import (
	"bufio"
	"strconv"
)

var (
	eventTypes  = []string{"page_view", "search", "add_to_cart", "checkout", "purchase", "login"}
	eventUpTo   = []float64{0.55, 0.70, 0.82, 0.88, 0.92}
	devices     = []string{"desktop", "mobile", "tablet"}
	deviceUpTo  = []float64{0.38, 0.92}
	referrers   = []string{"google", "direct", "facebook", "newsletter", "avito"}
	eventWindow = int64(90) // web events are kept for the last three months
)

// Web events of the second delivery at factor 1.
const (
	freshEvents    = 1_000
	repeatedEvents = 100
	brokenEvents   = 20
)

type event struct {
	id, customer, session, product int64
	kind, device, referrer         string
	milliseconds                   int64
	day, second                    int64
}

// event is web event number i; those of the first delivery come in the order of their days.
func (g *generator) event(i int64) event {
	d := g.roll(streamEvent, i)
	first := WebEvents * g.factor
	e := event{id: i + 1, session: i/6 + 1, second: d.below(86_400), day: secondDay}
	known := g.people.customers + g.newCustomers()
	if i < first {
		e.day = lastDay - eventWindow + 1 + i*eventWindow/first
		known = g.people.upTo[e.day-firstDay]
	}
	e.customer = d.below(known) + 1
	e.kind = d.weighted(eventTypes, eventUpTo)
	e.product = d.below(Products) + 1
	e.device = d.weighted(devices, deviceUpTo)
	e.referrer = d.pick(referrers)
	e.milliseconds = 20 + d.below(1_500)
	return e
}

func appendEvent(b []byte, e event) []byte {
	b = append(b, `{"event_id":"`...)
	b = appendID(b, "EV", e.id, 7)
	b = append(b, `","customer_id":"`...)
	b = appendCustomerID(b, e.customer)
	b = append(b, `","session_id":"`...)
	b = appendID(b, "S", e.session, 7)
	b = append(b, `","event_type":"`...)
	b = append(b, e.kind...)
	b = append(b, `","device":"`...)
	b = append(b, e.device...)
	b = append(b, `","page":{"url":"/produits/`...)
	b = appendProductID(b, e.product)
	b = append(b, `","referrer":"`...)
	b = append(b, e.referrer...)
	b = append(b, `","load_ms":`...)
	b = strconv.AppendInt(b, e.milliseconds, 10)
	b = append(b, `},"product_id":"`...)
	b = appendProductID(b, e.product)
	b = append(b, `","event_time":"`...)
	b = appendMoment(b, e.day, e.second)
	return append(b, "\"}\n"...)
}

func (g *generator) writeEvents(w *bufio.Writer) {
	var line []byte
	for i := range WebEvents * g.factor {
		line = appendEvent(line[:0], g.event(i))
		_, _ = w.Write(line)
	}
}

// writeEventsDelivery writes new events, some of the last ones again, and lines that are not JSON to the end.
func (g *generator) writeEventsDelivery(w *bufio.Writer) {
	var line []byte
	first := WebEvents * g.factor
	for i := range freshEvents * g.factor {
		line = appendEvent(line[:0], g.event(first+i))
		_, _ = w.Write(line)
		if i < repeatedEvents*g.factor {
			line = appendEvent(line[:0], g.event(first-1-i))
			_, _ = w.Write(line)
		}
		if i < brokenEvents*g.factor {
			line = appendEvent(line[:0], g.event(first+freshEvents*g.factor+i))
			line = append(line[:60], '\n')
			_, _ = w.Write(line)
		}
	}
}
