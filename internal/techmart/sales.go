package techmart

import (
	"bufio"
	"strconv"
)

var (
	payments    = []string{"carte", "especes", "virement", "mobile", "paypal"}
	paymentUpTo = []float64{0.45, 0.70, 0.80, 0.95}
	channels    = []string{"web", "magasin", "application"}
	channelUpTo = []float64{0.45, 0.80}
)

const saleHeader = "transaction_id,customer_id,product_id,quantity,unit_price,total_amount,payment_method,channel,status,transaction_date\n"

// Sales of the second delivery at factor 1, by what is the matter with them.
const (
	lateSales   = 400 // of the last two months, told only now
	freshSales  = 100 // of the day of the delivery; one in three by a new customer
	repeated    = 250 // lines of the first delivery again, as they were
	corrected   = 100 // lines of the first delivery with a new status
	brokenSales = 60  // lines no one can use
)

type sale struct {
	id, customer, product int64
	quantity, unit        int64
	payment, channel      string
	status                string
	day, second           int64
}

// sale is transaction number i of the first delivery.
func (g *generator) sale(i int64) sale {
	d := g.roll(streamSale, i)
	s := sale{id: i + 1}
	s.day, s.second = g.calendar.when(i, Transactions*g.factor, &d)
	g.fill(&s, &d)
	return s
}

// lateSale is transaction number i of those that only the second delivery has.
func (g *generator) lateSale(i int64) sale {
	d := g.roll(streamLateSale, i)
	s := sale{id: Transactions*g.factor + i + 1, second: openingSecond + d.below(openSeconds)}
	if i < lateSales*g.factor {
		s.day = lastDay - d.below(60)
		g.fill(&s, &d)
		return s
	}
	s.day = secondDay
	g.fill(&s, &d)
	if d.chance(1.0 / 3) {
		s.customer = g.people.customers + d.below(g.newCustomers()) + 1
	}
	return s
}

// fill draws who bought what. Only a customer who had registered by then can buy.
func (g *generator) fill(s *sale, d *dice) {
	known := g.people.upTo[min(s.day, lastDay)-firstDay]
	for s.customer = d.below(known) + 1; !d.chance(g.loyalty(s.customer)); {
		s.customer = d.below(known) + 1
	}
	u := d.float()
	p := g.catalog[int(u*u*Products)]
	s.product, s.unit = p.id, p.cents
	u = d.float()
	for s.quantity = 1; u >= quantityUpTo[s.quantity-1]; {
		s.quantity++
	}
	s.payment = d.weighted(payments, paymentUpTo)
	s.channel = d.weighted(channels, channelUpTo)
	s.status = "livree"
	if s.day > lastDay-30 && d.chance(0.4) {
		s.status = "en cours"
	}
}

// loyalty is how readily a customer buys, from 0.1 for most to 1 for a few.
func (g *generator) loyalty(id int64) float64 {
	d := g.roll(streamLoyalty, id)
	u := d.float()
	return 0.1 + 0.9*u*u*u*u
}

func appendSale(b []byte, s sale) []byte {
	b = appendID(b, "TXN", s.id, 7)
	b = append(b, ',')
	b = appendCustomerID(b, s.customer)
	b = append(b, ',')
	b = appendProductID(b, s.product)
	b = append(b, ',')
	b = strconv.AppendInt(b, s.quantity, 10)
	b = append(b, ',')
	b = appendCents(b, s.unit)
	b = append(b, ',')
	b = appendCents(b, s.unit*s.quantity)
	b = append(b, ',')
	b = append(b, s.payment...)
	b = append(b, ',')
	b = append(b, s.channel...)
	b = append(b, ',')
	b = append(b, s.status...)
	b = append(b, ',')
	b = appendMoment(b, s.day, s.second)
	return append(b, '\n')
}

func (g *generator) writeSales(w *bufio.Writer) {
	_, _ = w.WriteString(saleHeader)
	var line []byte
	for i := range Transactions * g.factor {
		line = appendSale(line[:0], g.sale(i))
		_, _ = w.Write(line)
	}
}

// writeSalesDelivery mixes the kinds of lines of the second delivery, as a real one would.
func (g *generator) writeSalesDelivery(w *bufio.Writer) {
	_, _ = w.WriteString(saleHeader)
	var line []byte
	for batch := range g.factor {
		for k := range int64(lateSales + freshSales) {
			// Late sales of all batches come before the fresh ones, so that ids follow the order of arrival.
			line = appendSale(line[:0], g.lateSale(batch*(lateSales+freshSales)+k))
			_, _ = w.Write(line)
			if k%14 == 0 {
				_, _ = w.Write(line) // sent twice
			}
			if k < repeated {
				line = appendSale(line[:0], g.sale(g.repeat(batch, k)))
				_, _ = w.Write(line)
			}
			if k < corrected {
				s := g.sale(Transactions*g.factor - 1 - batch*corrected - k)
				if s.status == "livree" {
					s.status = "retournee"
				} else {
					s.status = "livree"
				}
				line = appendSale(line[:0], s)
				_, _ = w.Write(line)
			}
			if k < brokenSales {
				line = g.appendBroken(line[:0], batch*brokenSales+k)
				_, _ = w.Write(line)
			}
		}
	}
}

// repeat draws a line of the first delivery to send again; the last lines are left to the corrections.
func (g *generator) repeat(batch, k int64) int64 {
	d := g.roll(streamRepeat, batch*repeated+k)
	return d.below((Transactions - corrected) * g.factor)
}

// appendBroken spoils a line in one of ten ways.
func (g *generator) appendBroken(b []byte, k int64) []byte {
	s := g.lateSale((lateSales + freshSales) * g.factor) // any decent sale, with an id of its own
	s.id += k
	start := len(b)
	switch k % 10 {
	case 0:
		return replaceField(appendSale(b, s), start, 1, "")
	case 1:
		return replaceField(appendSale(b, s), start, 3, "deux")
	case 2:
		return replaceField(appendSale(b, s), start, 5, "-"+strconv.FormatInt(s.unit/100, 10)+".00")
	case 3:
		return replaceField(appendSale(b, s), start, 9, "2025-13-45 10:00:00")
	case 4:
		return replaceField(appendSale(b, s), start, 9, "hier soir")
	case 5: // a line cut short
		b = appendSale(b, s)
		return append(b[:start+30], '\n')
	case 6: // a field too many
		b = appendSale(b, s)
		return append(b[:len(b)-1], ",,extra\n"...)
	case 7:
		return replaceField(appendSale(b, s), start, 1, "CUST99999999")
	case 8:
		return replaceField(appendSale(b, s), start, 3, "0")
	default:
		return replaceField(appendSale(b, s), start, 0, "")
	}
}

// replaceField sets field n (from 0) of the line that starts at start.
func replaceField(b []byte, start, n int, value string) []byte {
	from := start
	for ; n > 0; n-- {
		for b[from] != ',' {
			from++
		}
		from++
	}
	to := from
	for b[to] != ',' && b[to] != '\n' {
		to++
	}
	return append(append(b[:from:from], value...), b[to:]...)
}
