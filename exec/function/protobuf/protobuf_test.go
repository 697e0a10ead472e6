package protobuf

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/twmb/franz-go/pkg/sr"
	"github.com/twmb/franz-go/pkg/sr/srfake"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/functest"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

const source1 = `syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
import "google/protobuf/duration.proto";
enum Kind { UNKNOWN = 0; CARD = 1; CASH = 2; }
message Line { int64 product = 1; int32 quantity = 2; }
message Order {
  message Place { string city = 1; double lat = 2; }
  int64 id = 1; sint32 delta = 2; fixed32 f32 = 3; sfixed64 f64 = 4; uint32 u = 5; bool ok = 6; float fl = 7; double d = 8; string s = 9; bytes y = 10;
  Kind kind = 11; Place place = 12; repeated Line lines = 13; repeated int32 packed = 14; repeated int32 loose = 15 [packed = false]; map<string, Line> by = 16;
  google.protobuf.Timestamp at = 17; google.protobuf.Duration took = 18; optional string maybe = 19; oneof one { string a = 20; int32 b = 21; } repeated string tags = 600;
}
message Node { int32 v = 1; Node next = 2; }
`

const orderJSON = `{"id":"7","delta":-3,"f32":9,"f64":"-9","u":5,"ok":true,"fl":1.5,"d":-2.5,"s":"é","y":"AQI=","kind":"CASH","place":{"city":"Rabat","lat":34.5},
 "lines":[{"product":"1","quantity":2},{"product":"3"}],"packed":[1,-1,300],"loose":[4,5],"by":{"k":{"product":"8"}},"at":"2026-01-05T08:00:02.006Z","took":"-1.500s","b":42,"tags":["x","y"]}`

const orderText = `[7 -3 9 -9 5 true 1.5 -2.5 é [1 2] CASH [Rabat 34.5] [[1 2] [3 <nil>]] [1 -1 300] [4 5] [{k [8 <nil>]}] 1767600002006000 -1500000 <nil> <nil> 42 [x y]]`

func file(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "shop.proto")
	if err := os.WriteFile(path, []byte(source1), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func bound(name string, t *types.Type, message, third any, kv ...string) (*function.Bound, error) {
	args := []function.Arg{{Type: t, Nullable: true}, {Type: types.StringType, Const: vector.Of(types.StringType, message)}}
	switch third.(type) {
	case string, nil:
		args = append(args, function.Arg{Type: types.StringType, Const: vector.Of(types.StringType, third)})
	case []byte:
		args = append(args, function.Arg{Type: types.BinaryType, Const: vector.Of(types.BinaryType, third)})
	}
	if len(kv) > 0 {
		args = append(args, functest.Options(kv...))
	}
	return function.FindScalar(name).Bind(args, false)
}

// sent is a message that Google's library wrote.
func sent(t testing.TB, message, json string) []byte {
	t.Helper()
	m, err := descriptorOf(file(t), message)
	if err != nil {
		t.Fatal(err)
	}
	d := dynamicpb.NewMessage(m)
	if err := protojson.Unmarshal([]byte(json), d); err != nil {
		t.Fatal(err)
	}
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestFromProtobuf(t *testing.T) {
	path := file(t)
	b, err := bound("from_protobuf", types.BinaryType, "shop.Order", path)
	if err != nil {
		t.Fatal(err)
	}
	raw := sent(t, "Order", orderJSON)
	// Unknown fields are passed over, and of a field that came twice the last counts; parts of a message are joined.
	more := protowire.AppendVarint(protowire.AppendTag(append([]byte{}, raw...), 5000, protowire.VarintType), 1)
	more = protowire.AppendVarint(protowire.AppendTag(more, 1, protowire.VarintType), 8)
	more = protowire.AppendBytes(protowire.AppendTag(more, 12, protowire.BytesType), protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), "Fes"))
	v, err := functest.Over(b, vector.Of(types.BinaryType, raw, nil, []byte{}, more))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(v.Value(0)); got != orderText {
		t.Errorf("%s\nwant %s", got, orderText)
	}
	if got, want := fmt.Sprint(v.Value(3).([]any)[0], v.Value(3).([]any)[11]), "8 [Fes 34.5]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := fmt.Sprint(v.Value(2)), "[<nil> <nil> <nil> <nil> <nil> <nil> <nil> <nil> <nil> <nil> <nil> <nil> [] [] [] [] <nil> <nil> <nil> <nil> <nil> []]"; got != want {
		t.Errorf("an empty message: %s", got)
	}
	if v.Value(1) != nil {
		t.Error("NULL is no message")
	}
	// Written again it is the same message.
	to, err := bound("to_protobuf", b.Return, "Order", path)
	if err != nil {
		t.Fatal(err)
	}
	again, err := functest.Over(to, v)
	if err != nil {
		t.Fatal(err)
	}
	m, err := descriptorOf(path, "Order")
	if err != nil {
		t.Fatal(err)
	}
	x, y := dynamicpb.NewMessage(m), dynamicpb.NewMessage(m)
	if err := proto.Unmarshal(raw, x); err != nil {
		t.Fatal(err)
	}
	if err := proto.Unmarshal(again.Bytes(0), y); err != nil || !proto.Equal(x, y) {
		t.Errorf("written again: %v, %v\nwant %v", y, err, x)
	}
}

func TestLayouts(t *testing.T) {
	path := file(t)
	b, err := bound("from_protobuf", types.BinaryType, "Order", path, "enums.as.ints", "true", "emit.default.values", "true")
	if err != nil {
		t.Fatal(err)
	}
	v, err := functest.Over(b, vector.Of(types.BinaryType, []byte{}))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(v.Value(0)), "[0 0 0 0 0 false 0 0  [] 0 <nil> [] [] [] [] <nil> <nil> <nil> <nil> <nil> []]"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if _, err := bound("from_protobuf", types.BinaryType, "Node", path); !sqlerr.Is(err, "RECURSIVE_PROTOBUF_SCHEMA") {
		t.Error(err)
	}
	b, err = bound("from_protobuf", types.BinaryType, "Node", path, "recursive.fields.max.depth", "2")
	if err != nil || b.Return.SQL() != "STRUCT<v: INT, next: STRUCT<v: INT>>" {
		t.Errorf("%v, %v", b, err)
	}
	for _, c := range []struct {
		message string
		third   any
		class   string
	}{
		{"Nobody", path, "PROTOBUF_MESSAGE_NOT_FOUND"},
		{"Order", path + ".gone", "PROTOBUF_DESCRIPTOR_FILE_NOT_FOUND"},
		{"Order", []byte("nonsense"), "CANNOT_PARSE_PROTOBUF_DESCRIPTOR"},
		{"Order", nil, "PROTOBUF_DESCRIPTOR_FILE_NOT_FOUND"},
	} {
		if _, err := bound("from_protobuf", types.BinaryType, c.message, c.third); !sqlerr.Is(err, c.class) {
			t.Errorf("%v: %v", c, err)
		}
	}
}

func TestMalformed(t *testing.T) {
	path := file(t)
	raw := sent(t, "Order", orderJSON)
	in := vector.NewBuilder(types.BinaryType, 8)
	in.AppendBytes(raw)
	in.AppendBytes([]byte{0x0d, 1, 2, 3, 4})      // the id as a fixed number
	in.AppendBytes([]byte{0x58, 99})              // an enum without a name
	in.AppendBytes([]byte{0x4a, 2, 0xff, 0xfe})   // text that is none
	in.AppendBytes(raw[:len(raw)-1])              // cut short
	in.AppendBytes([]byte{0x62, 3, 0x0a, 9, 'x'}) // a message inside that is cut short
	in.AppendBytes(raw)
	v := in.Finish()
	b, err := bound("from_protobuf", types.BinaryType, "Order", path, "mode", "PERMISSIVE")
	if err != nil {
		t.Fatal(err)
	}
	out, err := functest.Over(b, v)
	if err != nil {
		t.Fatal(err)
	}
	for i := range out.Len {
		if good := i == 0 || i == out.Len-1; (out.Value(i) != nil) != good || good && fmt.Sprint(out.Value(i)) != orderText {
			t.Errorf("row %d: %v", i, out.Value(i))
		}
	}
	if b, err = bound("from_protobuf", types.BinaryType, "Order", path); err != nil {
		t.Fatal(err)
	}
	if _, err := functest.Over(b, v); !sqlerr.Is(err, "MALFORMED_PROTOBUF_MESSAGE") {
		t.Error(err)
	}
}

// FuzzFromProtobuf: no bytes make a panic, and every row is there.
func FuzzFromProtobuf(f *testing.F) {
	b, err := bound("from_protobuf", types.BinaryType, "Order", file(f), "mode", "PERMISSIVE")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sent(f, "Order", orderJSON))
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := functest.Over(b, vector.Of(types.BinaryType, raw, raw))
		if err != nil || v.Len != 2 || fmt.Sprint(v.Value(0)) != fmt.Sprint(v.Value(1)) {
			t.Fatal(v, err)
		}
	})
}

func TestDescriptorSet(t *testing.T) {
	m, err := descriptorOf(file(t), "Line")
	if err != nil {
		t.Fatal(err)
	}
	set := &descriptorpb.FileDescriptorSet{}
	imports := m.ParentFile().Imports()
	for i := range imports.Len() {
		set.File = append(set.File, protodesc.ToFileDescriptorProto(imports.Get(i).FileDescriptor))
	}
	set.File = append(set.File, protodesc.ToFileDescriptorProto(m.ParentFile()))
	raw, err := proto.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "set.desc")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, third := range []any{raw, path} {
		b, err := bound("from_protobuf", types.BinaryType, "shop.Line", third)
		if err != nil {
			t.Fatal(err)
		}
		v, err := functest.Over(b, vector.Of(types.BinaryType, []byte{8, 1, 16, 2}))
		if err != nil || fmt.Sprint(v.Value(0)) != "[1 2]" {
			t.Errorf("%v, %v", v, err)
		}
	}
}

func TestRegistry(t *testing.T) {
	r := srfake.New()
	defer r.Close()
	id, _, err := r.RegisterSchema("orders-value", sr.Schema{Schema: source1, Type: sr.TypeProtobuf})
	if err != nil {
		t.Fatal(err)
	}
	b, err := bound("from_protobuf", types.BinaryType, "Order", nil, "schema.registry.address", r.URL(), "schema.registry.subject", "orders-value", "mode", "PERMISSIVE")
	if err != nil {
		t.Fatal(err)
	}
	head := []byte{0, byte(id >> 24), byte(id >> 16), byte(id >> 8), byte(id)}
	raw := sent(t, "Order", orderJSON)
	order := append(append(append([]byte{}, head...), 2, 2), raw...) // one number: 1, the second message of the schema
	line := append(append([]byte{}, head...), 0, 8, 1)               // the first message
	v, err := functest.Over(b, vector.Of(types.BinaryType, order, line, []byte{7}))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(v.Value(0)); got != orderText {
		t.Errorf("%s\nwant %s", got, orderText)
	}
	if v.Value(1) != nil || v.Value(2) != nil {
		t.Errorf("another message: %v, garbage: %v", v.Value(1), v.Value(2))
	}
}

func TestCannotWrite(t *testing.T) {
	path := file(t)
	st := func(name string, t *types.Type) *types.Type {
		return types.NewStruct(types.Field{Name: name, Type: t, Nullable: true})
	}
	for _, c := range []struct {
		t     *types.Type
		class string
	}{
		{st("nobody", types.IntType), "NO_SQL_TYPE_IN_PROTOBUF_SCHEMA"},
		{st("s", types.IntType), "CANNOT_CONVERT_SQL_TYPE_TO_PROTOBUF_FIELD_TYPE"},
		{types.IntType, "UNABLE_TO_CONVERT_TO_PROTOBUF_MESSAGE_TYPE"},
	} {
		if _, err := bound("to_protobuf", c.t, "Order", path); !sqlerr.Is(err, c.class) {
			t.Errorf("%s: %v", c.t.SQL(), err)
		}
	}
	b, err := bound("to_protobuf", st("kind", types.StringType), "Order", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := functest.Over(b, vector.Of(st("kind", types.StringType), []any{"GOLD"})); !sqlerr.Is(err, "CANNOT_CONVERT_SQL_VALUE_TO_PROTOBUF_ENUM_TYPE") {
		t.Error(err)
	}
}

func BenchmarkFromProtobuf(b *testing.B) {
	f, err := bound("from_protobuf", types.BinaryType, "Order", file(b))
	if err != nil {
		b.Fatal(err)
	}
	raw := sent(b, "Order", orderJSON)
	in := vector.NewBuilder(types.BinaryType, vector.BatchSize)
	for range vector.BatchSize {
		in.AppendBytes(raw)
	}
	v := in.Finish()
	b.ReportAllocs()
	b.ResetTimer()
	for n := 0; n < b.N; n += vector.BatchSize {
		if _, err := functest.Over(f, v); err != nil {
			b.Fatal(err)
		}
	}
}
