package delta

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/argan-sql/argan/catalog/storage"
	"github.com/argan-sql/argan/types"
)

func TestRowTracking(t *testing.T) {
	table := newTable(t, map[string]string{"delta.enableRowTracking": "true", "delta.checkpointInterval": "2"})
	s := latest(t, table)
	first, second := table.Begin(s), table.Begin(s)
	first.Add(writeFile(t, s.Metadata, table, 0, 0, 10))
	second.Add(writeFile(t, s.Metadata, table, 1, 10, 15))
	second.Add(writeFile(t, s.Metadata, table, 1, 15, 20))
	for _, tx := range []*Transaction{first, second} {
		if _, err := tx.Commit(bg, Operation{Name: "WRITE", Metrics: map[string]string{"numFiles": "2"}}); err != nil {
			t.Fatal(err)
		}
	}
	fresh, err := Open(storage.NewLocal(), table.Path())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range latest(t, fresh).Files() {
		got = append(got, strconv.FormatInt(*f.BaseRowID, 10)+"@"+strconv.FormatInt(*f.DefaultRowCommitVersion, 10))
	}
	if strings.Join(got, " ") != "0@1 10@2 15@2" {
		t.Error(got)
	}
	if mark, _ := latest(t, fresh).DomainMetadata(rowTrackingDomain); mark != `{"rowIdHighWaterMark":19,"domainName":"delta.rowTracking"}` {
		t.Error(mark)
	}
	checkLog(t, table)
	s = latest(t, fresh)
	tx := fresh.Begin(s)
	tx.Remove(s.Files()[0], true)
	tx.Add(writeFile(t, s.Metadata, fresh, 0, 0, 9))
	if _, err := tx.Commit(bg, Operation{Name: "DELETE"}); class(err) != "UNSUPPORTED_FEATURE.ARGAN" {
		t.Error(err)
	}
	plain := newTable(t, nil)
	appendFile(t, plain, 0, 0, 10)
	m := latest(t, plain).Metadata.Clone()
	m.Configuration[keyRowTracking] = "true"
	if err := plain.Begin(latest(t, plain)).SetMetadata(m); class(err) != "UNSUPPORTED_FEATURE.ARGAN" {
		t.Error(err)
	}
}

func TestInCommitTimestamps(t *testing.T) {
	table := newTable(t, nil)
	now := time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC)
	table.clock = func() time.Time { return now }
	appendFile(t, table, 0, 0, 10)
	for v, at := range []time.Time{now.Add(-2 * time.Hour), now.Add(-time.Hour)} {
		if err := os.Chtimes(commitPath(table.Path(), int64(v)), at, at); err != nil {
			t.Fatal(err)
		}
	}
	s := latest(t, table)
	m := s.Metadata.Clone()
	m.Configuration["delta.enableInCommitTimestamps"] = "true"
	tx := table.Begin(s)
	if err := tx.SetMetadata(m); err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Commit(bg, Operation{Name: "SET TBLPROPERTIES"}); err != nil {
		t.Fatal(err)
	}
	appendFile(t, table, 0, 10, 20) // the clock stands still: times rise all the same
	c := latest(t, table).Metadata.Configuration
	if c["delta.inCommitTimestampEnablementVersion"] != "2" || c["delta.inCommitTimestampEnablementTimestamp"] != strconv.FormatInt(now.UnixMilli(), 10) {
		t.Error(c)
	}
	h, err := table.History(bg, 0)
	if err != nil || h[0].Timestamp.Sub(h[1].Timestamp) != time.Millisecond || !h[1].Timestamp.Equal(now) {
		t.Fatalf("%+v %v", h, err)
	}
	for _, x := range []struct {
		at   time.Time
		want int64
	}{{now.Add(-90 * time.Minute), 0}, {now.Add(-time.Minute), 1}, {now, 2}, {now.Add(time.Millisecond), 3}} {
		if s, err := table.Snapshot(bg, At{Timestamp: &x.at}); err != nil || s.Version != x.want {
			t.Errorf("%v: %v", x, err)
		}
	}
	checkLog(t, table)
}

func TestTimesAlwaysRise(t *testing.T) {
	table := newTable(t, nil)
	appendFile(t, table, 0, 0, 10)
	appendFile(t, table, 0, 0, 10)
	base := time.UnixMilli(1700000000000)
	for v, d := range []time.Duration{0, -time.Hour, time.Second} { // a clock that was put back
		at := base.Add(d)
		if err := os.Chtimes(commitPath(table.Path(), int64(v)), at, at); err != nil {
			t.Fatal(err)
		}
	}
	for _, x := range []struct {
		millis int64
		want   string
	}{{0, "0"}, {1, "1"}, {999, "1"}, {1000, "2"}, {1001, "DELTA_TIMESTAMP_GREATER_THAN_COMMIT"}, {-1, "DELTA_TIMESTAMP_EARLIER_THAN_COMMIT_RETENTION"}} {
		at := base.Add(time.Duration(x.millis) * time.Millisecond)
		s, err := table.Snapshot(bg, At{Timestamp: &at})
		got := class(err)
		if err == nil {
			got = strconv.FormatInt(s.Version, 10)
		}
		if got != x.want {
			t.Errorf("%d ms: %s, want %s", x.millis, got, x.want)
		}
	}
}

func TestClustering(t *testing.T) {
	m := &Metadata{Schema: testSchema(), Configuration: map[string]string{"delta.columnMapping.mode": "name"}}
	table, tx, err := Create(storage.NewLocal(), filepath.Join(t.TempDir(), "t"), m)
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.SetClustering([][]string{{"ID"}, {"s"}}); err != nil {
		t.Fatal(err)
	}
	if err := tx.SetClustering(make([][]string, 5)); class(err) != "DELTA_CLUSTER_BY_INVALID_NUM_COLUMNS" {
		t.Error(err)
	}
	if _, err := tx.Commit(bg, Operation{Name: "CREATE TABLE"}); err != nil {
		t.Fatal(err)
	}
	s := latest(t, table)
	if got := protocolText(s.Protocol); got != "2,7 w:clustering,columnMapping,domainMetadata" {
		t.Error(got)
	}
	d, err := s.Detail(bg)
	if err != nil || strings.Join(d.ClusteringColumns, ",") != "id,s" || d.NumFiles != 0 || d.ID == "" {
		t.Errorf("%+v %v", d, err)
	}
	checkLog(t, table)
}

func TestCharAndVarchar(t *testing.T) {
	schema := types.NewStruct(types.Field{Name: "c", Type: types.NewChar(4), Nullable: true}, types.Field{Name: "v", Type: types.NewVarchar(3), Nullable: true},
		types.Field{Name: "a", Type: types.NewArray(types.NewChar(2), true), Nullable: true})
	table, tx, err := Create(storage.NewLocal(), filepath.Join(t.TempDir(), "t"), &Metadata{Schema: schema})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Commit(bg, Operation{Name: "CREATE TABLE"}); err != nil {
		t.Fatal(err)
	}
	got := latest(t, table)
	if s := got.Metadata.Schema.String(); s != "struct<c:char(4),v:varchar(3),a:array<string>>" {
		t.Error(s)
	}
	if s := got.state.metadata.SchemaString; !strings.Contains(s, `"type":"string","nullable":true,"metadata":{"__CHAR_VARCHAR_TYPE_STRING":"char(4)"}`) || !strings.Contains(s, `"array<char(2)>"`) {
		t.Error(s)
	}
	// A column that becomes a plain string is one in the log too.
	m := got.Metadata.Clone()
	f := append([]types.Field{}, m.Schema.Fields...)
	f[1].Type = types.StringType
	m.Schema = types.NewStruct(f...)
	if s := m.action().SchemaString; strings.Contains(s, "varchar") {
		t.Error(s)
	}
}

func TestCorpusHistory(t *testing.T) {
	root := corpus(t)
	row := regexp.MustCompile(`^\[(\d+),"([^"]*)"\]$`)
	for _, c := range corpusCases(t, root) {
		if !strings.HasPrefix(c.SQL, "DESCRIBE HISTORY") {
			continue
		}
		table, err := Open(storage.NewLocal(), filepath.Join(root, c.Path))
		if err != nil {
			t.Fatal(err)
		}
		h, err := table.History(bg, 0)
		if err != nil {
			t.Fatal(err)
		}
		ops := map[string]string{}
		for _, e := range h {
			ops[strconv.FormatInt(e.Version, 10)] = e.Info.Operation
		}
		raw, err := os.ReadFile(filepath.Join(root, c.Expected))
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(string(raw)), "\n")[1:]
		if len(lines) != len(h) {
			t.Errorf("%s: %d entries, want %d", c.ID, len(h), len(lines))
		}
		for _, l := range lines {
			if m := row.FindStringSubmatch(l); m == nil || ops[m[1]] != m[2] {
				t.Errorf("%s: want %s, have %v", c.ID, l, ops)
			}
		}
	}
}
