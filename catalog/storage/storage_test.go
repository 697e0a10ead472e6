package storage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/argan-sql/argan/sqlerr"
)

var bg = context.Background()

func TestResolve(t *testing.T) {
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ in, want, class string }{
		{"/a/b", "/a/b", ""},
		{"/a/b/", "/a/b", ""},
		{"/a b%20c", "/a b%20c", ""},
		{"file:/a%20b", "/a b", ""},
		{"file:///a%25b/c", "/a%b/c", ""},
		{"FILE:/x", "/x", ""},
		{"rel/x", filepath.Join(wd, "rel/x"), ""},
		{"a:b/c", filepath.Join(wd, "a:b/c"), ""},
		{"s3://bucket/x", "", "UNSUPPORTED_FEATURE.ARGAN"},
		{"file:/a%zz", "", "STORAGE_ERROR"},
	} {
		got, err := Resolve(c.in)
		if class(err) != c.class || got != c.want {
			t.Errorf("Resolve(%q) = %q, %v; want %q, class %q", c.in, got, err, c.want, c.class)
		}
	}
}

func class(err error) string {
	var e *sqlerr.Error
	if errors.As(err, &e) {
		return e.Class
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func TestEncodeURI(t *testing.T) {
	for in, want := range map[string]string{
		"p=a b/x":     "p=a%20b/x",
		"p=a%20b/x":   "p=a%2520b/x",
		"é#?":         "é%23%3F",
		"a+b:c&d{e}|": "a+b:c&d%7Be%7D%7C",
	} {
		if got := EncodeURI(in); got != want {
			t.Errorf("EncodeURI(%q) = %q, want %q", in, got, want)
		}
		if back, err := DecodeURI(want); err != nil || back != in {
			t.Errorf("DecodeURI(%q) = %q, %v", want, back, err)
		}
	}
}

func TestPutIfAbsentRace(t *testing.T) {
	dir, l := t.TempDir(), NewLocal()
	for round := range 5 {
		path := filepath.Join(dir, "log", fmt.Sprint(round))
		var wins atomic.Int64
		var winner atomic.Value
		var wg sync.WaitGroup
		for i := range 32 {
			wg.Go(func() {
				data := strings.Repeat(fmt.Sprint(i), 5000)
				switch err := l.PutIfAbsent(bg, path, []byte(data)); {
				case err == nil:
					wins.Add(1)
					winner.Store(data)
				case !errors.Is(err, fs.ErrExist):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		got, err := l.Read(bg, path)
		if err != nil || wins.Load() != 1 || string(got) != winner.Load() {
			t.Fatalf("round %d: %d winners, err %v", round, wins.Load(), err)
		}
	}
	left, err := l.List(bg, filepath.Join(dir, "log"), "")
	if err != nil || len(left) != 5 {
		t.Fatalf("%d files left, %v", len(left), err)
	}
}

func TestAtomicWriteThroughCrash(t *testing.T) {
	for _, step := range []Step{StepCreate, StepWrite, StepSync, StepPublish, StepClean} {
		dir := t.TempDir()
		path := filepath.Join(dir, "v")
		l := NewLocal()
		if err := l.Put(bg, path, []byte("old")); err != nil {
			t.Fatal(err)
		}
		boom := errors.New("killed")
		l.Fault = func(s Step, _ string) error {
			if s == step {
				return boom
			}
			return nil
		}
		putErr := l.Put(bg, path, []byte("new content"))
		absentErr := l.PutIfAbsent(bg, path+"2", []byte("new content"))
		if !errors.Is(putErr, boom) || !errors.Is(absentErr, boom) {
			t.Errorf("%s: %v, %v", step, putErr, absentErr)
		}
		l.Fault = nil
		want := "old"
		if step == StepClean {
			want = "new content"
		}
		if got, _ := l.Read(bg, path); string(got) != want {
			t.Errorf("%s: put left %q", step, got)
		}
		got, err := l.Read(bg, path+"2")
		if there := err == nil; there != (step == StepClean) || there && string(got) != "new content" {
			t.Errorf("%s: put-if-absent left %q, %v", step, got, err)
		}
		infos, _ := l.List(bg, dir, "")
		for _, in := range infos {
			if in.Name != "v" && in.Name != "v2" && !IsTemp(in.Name) {
				t.Errorf("%s: left %s", step, in.Name)
			}
		}
	}
}

func TestErrors(t *testing.T) {
	dir, l := t.TempDir(), NewLocal()
	if _, err := l.Read(bg, dir+"/no"); class(err) != "FILE_NOT_FOUND" || !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := l.List(bg, dir+"/no", ""); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if err := l.Walk(bg, dir+"/no", func(Info) error { return nil }); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := l.Open(bg, dir); class(err) != "STORAGE_ERROR" {
		t.Error(err)
	}
	l.Fault = func(s Step, _ string) error {
		if s == StepWrite {
			return syscall.ENOSPC
		}
		return nil
	}
	if err := l.PutIfAbsent(bg, dir+"/x", []byte("data")); class(err) != "DISK_FULL" {
		t.Error(err)
	}
	w, err := l.Create(bg, dir+"/sub/y")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("z")); class(err) != "DISK_FULL" {
		t.Error(err)
	}
	if err := w.Abort(); err != nil {
		t.Error(err)
	}
	if _, err := l.Stat(bg, dir+"/sub/y"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(bg)
	cancel()
	if _, err := l.Read(ctx, dir+"/x"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestListWalkOpen(t *testing.T) {
	dir, l := t.TempDir(), NewLocal()
	for _, n := range []string{"b", "a", "c/d", "é"} {
		w, err := l.Create(bg, filepath.Join(dir, n))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte("0123456789")); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	infos, err := l.List(bg, dir, "b")
	if err != nil || len(infos) != 3 || infos[0].Name != "b" || !infos[1].IsDir || infos[2].Name != "é" {
		t.Fatalf("%v %v", infos, err)
	}
	n := 0
	if err := l.Walk(bg, dir, func(i Info) error { n++; return nil }); err != nil || n != 5 {
		t.Fatalf("walked %d, %v", n, err)
	}
	o, err := l.Open(bg, dir+"/a")
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 3)
	if _, err := o.ReadAt(buf, 4); err != nil || string(buf) != "456" || o.Size() != 10 {
		t.Errorf("%s %v", buf, err)
	}
	if err := o.Close(); err != nil {
		t.Error(err)
	}
	if err := l.Delete(bg, dir+"/a"); err != nil {
		t.Error(err)
	}
	if err := l.Delete(bg, dir+"/a"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
