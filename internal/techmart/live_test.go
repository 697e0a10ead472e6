package techmart

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"
)

func live(n int, o LiveOptions) ([]Message, Planted) {
	l := NewLive(o)
	out := make([]Message, n)
	for i := range out {
		out[i] = l.Next()
	}
	return out, l.Planted()
}

func TestLiveIsTheSameEachTime(t *testing.T) {
	o := LiveOptions{Start: time.UnixMilli(1_800_000_000_000), Rate: 50, CaseEvery: 100}
	a, _ := live(3000, o)
	b, _ := live(3000, o)
	o.First = 1_000_000
	c, _ := live(3000, o)
	same := 0
	for i := range a {
		if a[i].Topic != b[i].Topic || !bytes.Equal(a[i].Key, b[i].Key) || !bytes.Equal(a[i].Value, b[i].Value) || a[i].Due != b[i].Due {
			t.Fatalf("message %d is %s, then %s", i, a[i].Value, b[i].Value)
		}
		if bytes.Equal(a[i].Value, c[i].Value) && len(a[i].Value) > 60 {
			same++
		}
	}
	if same > 0 {
		t.Errorf("%d messages are those of a run with other numbers", same)
	}
}

// What was planted is what is there, counted by reading the messages; and the rules, worked out here from all messages at once, find
// the planted cases and nothing else.
func TestLivePlants(t *testing.T) {
	start := time.UnixMilli(1_800_000_000_000)
	messages, planted := live(40_000, LiveOptions{Start: start, Rate: 500, CaseEvery: 150, Broken: 0.005})
	type paid struct {
		ID       string      `json:"transaction_id"`
		Customer *string     `json:"customer_id"`
		Quantity int         `json:"quantity"`
		Total    json.Number `json:"total_amount"`
		City     string      `json:"city"`
		Card     struct{ Country, Kind string }
		At       time.Time `json:"transaction_date"`
		EventID  string    `json:"event_id"`
		EventAt  time.Time `json:"event_time"`
	}
	var got Planted
	seen := map[string]bool{}
	before := map[string][]paid{}
	found := map[string]string{}
	for i, m := range messages {
		var p paid
		if err := json.Unmarshal(m.Value, &p); err != nil {
			if m.Topic == PaymentsTopic {
				got.BrokenPayments++
			} else {
				got.BrokenEvents++
			}
			continue
		}
		if seen[p.ID+p.EventID] {
			got.Duplicates++
			continue
		}
		seen[p.ID+p.EventID] = true
		if at := start.Add(time.Duration(i) * 2 * time.Millisecond); m.Due != at.Sub(start) {
			t.Fatalf("message %d is due after %s", i, m.Due)
		}
		if m.Topic == WebEventsTopic {
			got.WebEvents++
			if p.EventAt.Before(start.Add(m.Due - time.Minute)) {
				got.Late++
			}
			continue
		}
		total, err := p.Total.Float64()
		if err != nil {
			t.Fatal(err)
		}
		if p.Customer == nil || total < 0 {
			got.Invalid++
			continue
		}
		got.Payments++
		if *p.Customer != string(m.Key) {
			t.Fatalf("the key of %s is %s", m.Value, m.Key)
		}
		earlier := before[*p.Customer]
		before[*p.Customer] = append(earlier, p)
		if p.At.Before(start.Add(m.Due-time.Minute)) && len(*p.Customer) < 12 {
			got.Late++
		}
		near, rule := 1, ""
		for _, e := range earlier {
			if d := p.At.Sub(e.At); d >= 0 && d < time.Minute {
				near++
			}
			if e.City != p.City && p.At.Sub(e.At).Abs() < time.Hour {
				rule = ImpossibleTravel
			}
		}
		switch {
		case total > 50_000:
			rule = HighAmount
		case near == 6:
			rule = Velocity
		case len(earlier) == 0 && p.Card.Kind == "prepaid":
			rule = RiskyFirstCard
		}
		if rule != "" {
			found[p.ID] = rule
		}
	}
	want := planted
	want.Cases = nil
	if gotText, wantText := text(t, got), text(t, want); gotText != wantText {
		t.Errorf("found %s, planted %s", gotText, wantText)
	}
	rules := map[string]int{}
	for _, c := range planted.Cases {
		if found[c.Transaction] != c.Rule {
			t.Errorf("%v is found by %q", c, found[c.Transaction])
		}
		rules[c.Rule]++
	}
	if len(found) != len(planted.Cases) {
		t.Errorf("%d payments meet a rule, %d are planted", len(found), len(planted.Cases))
	}
	if len(rules) != 4 || got.Invalid == 0 || got.BrokenPayments == 0 || got.BrokenEvents == 0 || got.Duplicates < 500 || got.Late < 500 {
		t.Errorf("too little of something: %v %+v", rules, got)
	}
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
