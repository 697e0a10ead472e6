package journal

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

type record struct{ N int }

func numbers(t *testing.T, j *Journal) []int {
	t.Helper()
	var out []int
	err := j.Read(func(line []byte) error {
		var r record
		if err := json.Unmarshal(line, &r); err != nil {
			return err
		}
		out = append(out, r.N)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestLinesSurvive(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub [1]", "log.jsonl")
	for round := range 3 {
		j, err := Open(Options{Path: path, MaxBytes: 100, Keep: 100})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 20 {
			if err := j.Append(record{round*20 + i}, i%7 == 0); err != nil {
				t.Fatal(err)
			}
		}
		got := numbers(t, j)
		if len(got) != (round+1)*20 {
			t.Fatalf("%d lines after round %d", len(got), round)
		}
		for i, n := range got {
			if n != i {
				t.Fatalf("line %d is %d", i, n)
			}
		}
		if err := j.Close(); err != nil {
			t.Error(err)
		}
		if err := j.Append(record{}, false); err == nil {
			t.Error("a closed journal takes lines")
		}
	}
}

func TestOldFilesGo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	j, err := Open(Options{Path: path, MaxBytes: 50, Keep: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	for i := range 200 {
		if err := j.Append(record{i}, false); err != nil {
			t.Fatal(err)
		}
	}
	got := numbers(t, j)
	if len(got) < 12 || len(got) > 30 || got[len(got)-1] != 199 {
		t.Errorf("%v are left", got)
	}
	if n := len(j.rotated()); n != 3 {
		t.Errorf("%d rotated files", n)
	}
	long := time.Now().Add(-time.Hour)
	for _, f := range j.rotated() {
		if err := os.Chtimes(f, long, long); err != nil {
			t.Fatal(err)
		}
	}
	j.o.Retention = time.Minute
	if j.Prune(); len(j.rotated()) != 0 {
		t.Error("files beyond the retention stay")
	}
}

// Two processes have one file open; both rotate it.
func TestTwoWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	var group sync.WaitGroup
	for w := range 2 {
		j, err := Open(Options{Path: path, MaxBytes: 2000, Keep: 1000})
		if err != nil {
			t.Fatal(err)
		}
		defer j.Close()
		group.Add(1)
		go func() {
			defer group.Done()
			for i := range 500 {
				if err := j.Append(record{w*1000 + i}, false); err != nil {
					t.Error(err)
					return
				}
			}
		}()
	}
	group.Wait()
	j, err := Open(Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	j.o.Keep = 1000
	seen := map[int]bool{}
	for _, n := range numbers(t, j) {
		seen[n] = true
	}
	if len(seen) != 1000 {
		t.Errorf("%d of 1000 lines are there", len(seen))
	}
}

func TestDamagedLinesAreLeftOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, []byte("{\"N\":1}\n{\"N\":\nnot json\n\n{\"N\":2}\n{\"N\":3"), 0o600); err != nil {
		t.Fatal(err)
	}
	j, err := Open(Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if err := j.Append(record{4}, false); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(numbers(t, j)); got != "[1 2 4]" {
		t.Error(got)
	}
}

func TestWhatCannotBeWrittenIsAnError(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full")
	}
	j := &Journal{o: Options{Path: "/dev/full", MaxBytes: 1 << 20, Keep: 1, Sync: time.Hour, Failed: func(error) {}}}
	if err := j.open(); err != nil {
		t.Fatal(err)
	}
	if err := j.Append(record{1}, false); err == nil {
		t.Error("a full disk goes unnoticed")
	}
	_ = j.Close()
}
