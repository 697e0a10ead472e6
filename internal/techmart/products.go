package techmart

import (
	"bufio"
	"math"
	"strconv"
	"strings"
)

// shelf is a category with what it sells and the range of its prices in MAD before they are scaled.
type shelf struct {
	category string
	nouns    []string
	low      float64
	high     float64
}

var shelves = []shelf{
	{"Smartphones", []string{"Smartphone", "Smartphone 5G", "Téléphone pliable"}, 1_500, 13_000},
	{"Ordinateurs", []string{"PC portable", "Ultrabook", "PC de bureau"}, 4_000, 19_000},
	{"Télévision", []string{"Téléviseur LED", "Téléviseur OLED", "Barre de son"}, 1_800, 16_000},
	{"Électroménager", []string{"Lave-linge", "Réfrigérateur", "Four encastrable"}, 1_600, 11_000},
	{"Audio", []string{"Casque sans fil", "Enceinte Bluetooth", "Écouteurs"}, 200, 3_500},
	{"Gaming", []string{"Console", "Manette", "Écran de jeu, 144 Hz"}, 400, 7_500},
	{"Photo", []string{"Appareil hybride", "Objectif", "Drone"}, 1_200, 14_000},
	{"Accessoires", []string{"Câble USB-C, 2 m", "Chargeur rapide", "Coque de protection"}, 50, 600},
}

var brands = []string{"Atlas", "Rif", "Sahara", "Zellige", "Médina", "Kasbah", "Argane", "Toubkal"}

const productHeader = "product_id,product_name,category,brand,price,stock\n"

type product struct {
	id       int64
	name     string
	category string
	brand    string
	cents    int64
	stock    int64
}

// quantityUpTo are the running sums of the probabilities of buying 1, 2, … 5 pieces.
var quantityUpTo = [...]float64{0.52, 0.77, 0.90, 0.96, 1}

// newCatalog draws the products. Their prices are not yet those of the shop: scalePrices sets the level.
func (g *generator) newCatalog() []product {
	list := make([]product, Products)
	for i := range list {
		d := g.roll(streamProduct, int64(i))
		s := shelves[d.below(int64(len(shelves)))]
		brand := d.pick(brands)
		list[i] = product{
			id: int64(i + 1), category: s.category, brand: brand,
			name:  d.pick(s.nouns) + " " + brand + " " + strconv.FormatInt(1000+int64(i), 10),
			stock: d.below(400),
			// Cheap things are more common than dear ones.
			cents: int64(100 * s.low * math.Pow(s.high/s.low, d.float())),
		}
	}
	return list
}

// scalePrices sets the level of the prices so that the sales of factor 1 come to MeanBasket on the mean. What a sale
// draws does not depend on prices, nor on the factor.
func (g *generator) scalePrices() {
	total := int64(0)
	for i := range int64(Transactions) {
		s := g.sale(i)
		total += s.unit * s.quantity
	}
	scale := float64(MeanBasket*Transactions) / float64(total) // from cents of the draw to dirhams
	for i := range g.catalog {
		g.catalog[i].cents = priceTag(float64(g.catalog[i].cents) * scale)
	}
}

// priceTag turns a price in dirhams into cents as shops write them: small prices end in .90, middling ones in .50.
func priceTag(price float64) int64 {
	cents := int64(math.Round(price)) * 100
	switch {
	case cents < 20_000:
		return max(cents, 1_000) - 10
	case cents < 100_000:
		return cents + 50
	default:
		return cents
	}
}

func appendCents(b []byte, cents int64) []byte {
	if cents < 0 {
		b = append(b, '-')
		cents = -cents
	}
	b = strconv.AppendInt(b, cents/100, 10)
	return append(b, '.', byte('0'+cents/10%10), byte('0'+cents%10))
}

func appendProductID(b []byte, id int64) []byte { return appendID(b, "PROD", id, 4) }

func appendProduct(b []byte, p product) []byte {
	b = appendProductID(b, p.id)
	b = append(b, ',')
	if strings.Contains(p.name, ",") {
		b = append(b, '"')
		b = append(b, p.name...)
		b = append(b, '"')
	} else {
		b = append(b, p.name...)
	}
	b = append(b, ',')
	b = append(b, p.category...)
	b = append(b, ',')
	b = append(b, p.brand...)
	b = append(b, ',')
	b = appendCents(b, p.cents)
	b = append(b, ',')
	b = strconv.AppendInt(b, p.stock, 10)
	return append(b, '\n')
}

func (g *generator) writeProducts(w *bufio.Writer) {
	_, _ = w.WriteString(productHeader)
	var line []byte
	for _, p := range g.catalog {
		line = appendProduct(line[:0], p)
		_, _ = w.Write(line)
	}
}

// writeProductChanges marks one product in twenty down by a tenth.
func (g *generator) writeProductChanges(w *bufio.Writer) {
	_, _ = w.WriteString(productHeader)
	var line []byte
	for i, p := range g.catalog {
		if i%20 != 3 {
			continue
		}
		p.cents -= p.cents / 10
		p.stock += 50
		line = appendProduct(line[:0], p)
		_, _ = w.Write(line)
	}
}
