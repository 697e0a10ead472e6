package techmart

// dice is a stream of random numbers (SplitMix64): a few lines of our own, because the bytes written must not
// change with a version of a library.
type dice struct{ state uint64 }

// Streams of dice: rows of different files with the same number must not be correlated.
const (
	streamCustomer = iota + 1
	streamChange
	streamProduct
	streamSale
	streamLateSale
	streamRepeat
	streamLoyalty
	streamEvent
	streamLive
	streamHome
)

// roll gives the dice of one row of one stream.
func (g *generator) roll(stream, row int64) dice {
	d := dice{state: g.seed*0x9e3779b97f4a7c15 ^ uint64(stream)<<56 ^ uint64(row)}
	d.next() // neighbouring rows start from neighbouring states; one step parts them
	return d
}

func (d *dice) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// float is uniform in [0, 1).
func (d *dice) float() float64 { return float64(d.next()>>11) / (1 << 53) }

// below is uniform in [0, n).
func (d *dice) below(n int64) int64 { return int64(d.float() * float64(n)) }

// chance is true with probability p.
func (d *dice) chance(p float64) bool { return d.float() < p }

// pick takes one of the words, each as likely.
func (d *dice) pick(words []string) string { return words[d.below(int64(len(words)))] }

// weighted takes one of the words by the running sums of their probabilities.
func (d *dice) weighted(words []string, upTo []float64) string {
	u := d.float()
	for i, limit := range upTo {
		if u < limit {
			return words[i]
		}
	}
	return words[len(words)-1]
}
