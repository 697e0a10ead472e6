package kafka

import (
	"encoding/json"
	"testing"
)

func TestOffsetsText(t *testing.T) {
	for text, want := range map[string]string{
		`{"t":{"0":23}}`:                         `{"t":{"0":23}}`,
		`{"b":{"10":1,"2":-1}, "a":{"0":-2}}`:    `{"a":{"0":-2},"b":{"2":-1,"10":1}}`,
		`{}`:                                     `{}`,
		`{"quote\"d":{"0":9223372036854775807}}`: `{"quote\"d":{"0":9223372036854775807}}`,
		`{"t":{"0":-3}}`:                         "",
		`{"t":{"x":1}}`:                          "",
		`{"t":{"-1":1}}`:                         "",
		`{"t":{"0":1.5}}`:                        "",
		`{"t":1}`:                                "",
		`{"t":{"0":1}} {}`:                       "",
		`latest`:                                 "",
	} {
		o, err := ParseOffsets(text)
		if want == "" {
			if err == nil {
				t.Errorf("%s was taken as %s", text, o)
			}
			continue
		}
		if err != nil || o.String() != want {
			t.Errorf("%s: %s, %v, want %s", text, o, err, want)
			continue
		}
		again, err := json.Marshal(o)
		var back Offsets
		if err != nil || json.Unmarshal(again, &back) != nil || !back.Equal(o) {
			t.Errorf("%s does not survive JSON: %s", text, again)
		}
	}
}

// The figures are those of Spark's KafkaOffsetReader.rateLimit.
func TestShare(t *testing.T) {
	parse := func(s string) Offsets {
		o, err := ParseOffsets(s)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	for _, c := range []struct {
		from, to string
		limit    int64
		want     string
	}{
		{`{"t":{"0":0,"1":0,"2":0}}`, `{"t":{"0":100,"1":200,"2":1}}`, 10, `{"t":{"0":3,"1":6,"2":1}}`},
		{`{"t":{"0":10,"1":5}}`, `{"t":{"0":12,"1":5}}`, 1, `{"t":{"0":11,"1":5}}`},
		{`{"t":{"0":0}}`, `{"t":{"0":7}}`, 100, `{"t":{"0":7}}`},
		{`{}`, `{"t":{"0":7}}`, 3, `{"t":{"0":3}}`},
		{`{"t":{"0":0,"1":0,"2":0}}`, `{"t":{"0":5,"1":5,"2":5}}`, 1, `{"t":{"0":1,"1":1,"2":1}}`},
	} {
		if got := share(parse(c.from), parse(c.to), c.limit); got.String() != c.want {
			t.Errorf("%d of %s to %s: %s, want %s", c.limit, c.from, c.to, got, c.want)
		}
	}
}
