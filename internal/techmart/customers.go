package techmart

import (
	"bufio"
	"strconv"
	"strings"
)

var (
	firstNames = []string{
		"Amina", "Youssef", "Salma", "Omar", "Nadia", "Hassan", "Leïla", "Karim", "Sara", "Mehdi", "Imane", "Rachid",
		"Khadija", "Ahmed", "Zineb", "Hamza", "Fatima", "Anas", "Meryem", "Yassine", "Houda", "Othmane", "Ghita", "Ayoub",
		"Samira", "Driss", "Hajar", "Reda", "Loubna", "Adil",
	}
	lastNames = []string{
		"Alaoui", "Bennani", "Chraïbi", "Daoudi", "El Fassi", "Ghali", "Haddad", "Idrissi", "Jabri", "Kabbaj", "Lahlou",
		"Mansouri", "Naciri", "Ouazzani", "Qadiri", "Rami", "Sebti", "Tazi", "Benjelloun", "Berrada", "Cherkaoui",
		"El Amrani", "Filali", "Guessous", "Hakimi", "Kettani", "Mernissi", "Skalli", "Slaoui", "Zniber",
	}
	cities = []string{
		"Casablanca", "Rabat", "Marrakech", "Fès", "Tanger", "Agadir", "Meknès", "Oujda", "Kénitra", "Tétouan", "Safi", "El Jadida",
	}
	cityUpTo    = []float64{0.30, 0.44, 0.56, 0.66, 0.76, 0.83, 0.88, 0.91, 0.94, 0.96, 0.98}
	segments    = []string{"Standard", "Premium", "VIP", "Nouveau"}
	segmentUpTo = []float64{0.60, 0.85, 0.90}
	mailDomains = []string{"gmail.com", "menara.ma", "hotmail.fr", "techmail.ma", "outlook.com"}
)

const customerHeader = "customer_id,first_name,last_name,email,city,segment,registration_date,updated_at\n"

type customer struct {
	id                   int64
	first, last          string
	mailbox, mailDomain  string
	city, segment        string
	registered, modified int64
}

// register knows how many customers there were on each day: customers are numbered in the order of registration.
type register struct {
	customers int64
	upTo      []int64 // upTo[i] customers had registered by the end of day firstDay+i
}

// Four in ten customers were there before the first sale; the last one came two weeks before the end.
func newRegister(customers int64) *register {
	r := &register{customers: customers, upTo: make([]int64, lastDay-firstDay+1)}
	i := int64(0)
	for d := range r.upTo {
		for i < customers && r.day(i) <= firstDay+int64(d) {
			i++
		}
		r.upTo[d] = i
	}
	return r
}

func (r *register) day(i int64) int64 {
	before := r.customers * 4 / 10
	if i < before {
		return openingDay + i*(firstDay-openingDay)/before
	}
	return firstDay + (i-before)*(lastDay-14-firstDay)/(r.customers-before)
}

func (g *generator) customer(i int64) customer {
	d := g.roll(streamCustomer, i)
	c := customer{id: i + 1, first: d.pick(firstNames), last: d.pick(lastNames)}
	c.mailbox = mailbox(c)
	c.mailDomain = d.pick(mailDomains)
	c.city = d.weighted(cities, cityUpTo)
	c.segment = d.weighted(segments, segmentUpTo)
	c.registered = secondDay // beyond the first delivery: a new customer of the second
	if i < g.people.customers {
		c.registered = g.people.day(i)
	}
	c.modified = c.registered
	if c.registered < changesFrom && d.chance(0.4) {
		c.modified += d.below(changesFrom - c.registered)
	}
	return c
}

var asciiNames = strings.NewReplacer("ï", "i", " ", "")

func mailbox(c customer) string {
	return strings.ToLower(asciiNames.Replace(c.first+"."+c.last)) + strconv.FormatInt(c.id, 10)
}

// changed is the customer as the second delivery has it: at least one of city, segment and address is new.
func (g *generator) changed(i int64) customer {
	c := g.customer(i)
	d := g.roll(streamChange, i)
	move, promote, mail := d.chance(0.6), d.chance(0.5), d.chance(0.2)
	if move || !promote && !mail {
		c.city = other(&d, cities, c.city)
	}
	if promote {
		c.segment = other(&d, segments, c.segment)
	}
	if mail {
		c.mailDomain = other(&d, mailDomains, c.mailDomain)
	}
	from := max(changesFrom, c.modified) + 1
	c.modified = from + d.below(secondDay-from+1)
	return c
}

// other picks a word that is not the given one.
func other(d *dice, words []string, but string) string {
	for {
		if w := d.pick(words); w != but {
			return w
		}
	}
}

func appendCustomerID(b []byte, id int64) []byte { return appendID(b, "CUST", id, 5) }

func appendID(b []byte, prefix string, id int64, width int) []byte {
	b = append(b, prefix...)
	for limit := int64(10); width > 1; width-- {
		if id < limit*pow10(width-2) {
			b = append(b, '0')
		}
	}
	return strconv.AppendInt(b, id, 10)
}

func pow10(n int) int64 {
	p := int64(1)
	for ; n > 0; n-- {
		p *= 10
	}
	return p
}

func (g *generator) appendCustomer(b []byte, c customer) []byte {
	b = appendCustomerID(b, c.id)
	b = append(b, ',')
	b = append(b, c.first...)
	b = append(b, ',')
	b = append(b, c.last...)
	b = append(b, ',')
	mail := c.mailbox + "@" + c.mailDomain
	// One address in ten was typed carelessly: silver trims and lowers it.
	if d := g.roll(streamCustomer, -c.id); d.chance(0.1) {
		mail = " " + strings.ToUpper(mail[:1]) + mail[1:]
	}
	b = append(b, mail...)
	b = append(b, ',')
	b = append(b, c.city...)
	b = append(b, ',')
	b = append(b, c.segment...)
	b = append(b, ',')
	b = appendDay(b, c.registered)
	b = append(b, ',')
	b = appendDay(b, c.modified)
	return append(b, '\n')
}

func (g *generator) writeCustomers(w *bufio.Writer) {
	_, _ = w.WriteString(customerHeader)
	var line []byte
	for i := range g.people.customers {
		line = g.appendCustomer(line[:0], g.customer(i))
		_, _ = w.Write(line)
	}
}

// changedCustomer gives the number of the k-th customer that changed: one of each ten.
func (g *generator) changedCustomer(k int64) int64 {
	d := g.roll(streamChange, -k-1)
	return k*10 + d.below(10)
}

// newCustomers is how many customers only the second delivery knows.
func (g *generator) newCustomers() int64 { return g.people.customers / 100 }

// writeCustomerChanges writes one customer in ten changed, one in a hundred as it was (nothing may come of it), the
// new customers, some lines twice and some without a key.
func (g *generator) writeCustomerChanges(w *bufio.Writer) {
	_, _ = w.WriteString(customerHeader)
	var line []byte
	for k := range g.people.customers / 10 {
		i := g.changedCustomer(k)
		line = g.appendCustomer(line[:0], g.changed(i))
		_, _ = w.Write(line)
		if k%50 == 0 {
			_, _ = w.Write(line)
		}
		if k%10 == 5 {
			// A neighbour that did not change.
			line = g.appendCustomer(line[:0], g.customer(k*10+(i+1)%10))
			_, _ = w.Write(line)
		}
	}
	for k := range g.newCustomers() {
		line = g.appendCustomer(line[:0], g.customer(g.people.customers+k))
		_, _ = w.Write(line)
		if k%10 == 0 {
			line = line[len("CUST")+digits(g.people.customers+k+1):] // the same person without a key
			_, _ = w.Write(line)
		}
	}
}

// digits is the number of digits of an id as written.
func digits(id int64) int { return max(5, len(strconv.FormatInt(id, 10))) }
