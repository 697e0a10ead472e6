package json

import (
	"fmt"
	"testing"
	"time"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

const paymentSchema = "seq BIGINT, transaction_id STRING, customer_id BIGINT, product_id BIGINT, quantity INT, amount DECIMAL(12,2), currency STRING, payment_method STRING, city STRING, country STRING, lat DOUBLE, lon DOUBLE, event_time TIMESTAMP, produced_ms BIGINT"

// payments are messages of 286 bytes.
func payments(n int) *vector.Vector {
	b := vector.NewBuilder(types.StringType, n)
	for i := range n {
		b.AppendString(fmt.Sprintf(`{"seq":%d,"transaction_id":"T%012d","customer_id":%d,"product_id":%d,"quantity":%d,"amount":%d.%02d,"currency":"MAD","payment_method":"card","city":"Rabat","country":"MA","lat":34.0209,"lon":-6.8416,"event_time":"2026-01-05T08:00:02.%03dZ","produced_ms":1795379910370}`,
			1000000+i, i, 9000001+i, i%500, i%9+1, i%7000, i%100, i%1000))
	}
	return b.Finish()
}

func bound(t testing.TB, schema string, options ...any) *function.Bound {
	t.Helper()
	args := []function.Arg{{Type: types.StringType, Nullable: true}, {Type: types.StringType, Const: vector.Of(types.StringType, schema)}}
	if len(options) > 0 {
		m := types.NewMap(types.StringType, types.StringType, true)
		var pairs []vector.Pair
		for i := 0; i+1 < len(options); i += 2 {
			pairs = append(pairs, vector.Pair{Key: options[i], Value: options[i+1]})
		}
		args = append(args, function.Arg{Type: m, Const: vector.Of(m, pairs)})
	}
	b, err := function.FindScalar("from_json").Bind(args, false)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// BenchmarkFromJSON tells the time for a message.
func BenchmarkFromJSON(b *testing.B) {
	f := bound(b, paymentSchema)
	in := []*vector.Vector{payments(vector.BatchSize), vector.ConstOf(types.StringType, paymentSchema, vector.BatchSize)}
	ctx := &function.Context{Zone: time.UTC, Now: time.Now()}
	b.SetBytes(int64(len(in[0].Heap)) / vector.BatchSize)
	b.ReportAllocs()
	b.ResetTimer()
	for n := 0; n < b.N; n += vector.BatchSize {
		if _, err := f.Eval(ctx, in, vector.BatchSize); err != nil {
			b.Fatal(err)
		}
	}
}
