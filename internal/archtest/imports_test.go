package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/argan-sql/argan/"

// room is a package, or with /... a package and all below it, and the rooms it may import. A package belongs to the
// room with the longest name that fits. A room may always import itself.
type room struct {
	name string
	may  []string
	why  string
}

// values are the parts of exec that hold no operator: the planner may fold constants with them, files may fill them.
var values = []string{"exec/vector", "exec/kernel/...", "exec/cast", "exec/function/...", "exec/sortkey", "exec/hashtable", "types", "sqlerr"}

// server is what every server may import: the engine, and the form of the batches that its results stream.
var server = []string{"engine", "engine/arrowio", "engine/render", "exec/vector", "types", "sqlerr"}

var rooms = []room{
	{"sqlerr", nil, "everything stands on the errors"},
	{"types", []string{"sqlerr"}, "types know nothing of text, plans or data"},

	{"sql/...", []string{"types", "sqlerr"}, "text to tree and back, nothing else"},

	{"exec/vector", []string{"types", "sqlerr"}, "the form of data is shared by all below the planner"},
	{"exec/memory", []string{"types", "sqlerr"}, "the accountant knows nobody it counts for"},
	{"exec/store", append([]string{"exec/memory", "catalog/storage"}, values...), "the cache is keyed by immutable file"},
	{"exec/kernel/...", []string{"exec/vector", "types", "sqlerr"}, "loops over vectors"},
	{"exec/sortkey", []string{"exec/vector", "exec/kernel/...", "types", "sqlerr"}, "keys are made of vectors"},
	{"exec/hashtable", []string{"exec/vector", "exec/kernel/...", "exec/sortkey", "exec/memory", "types", "sqlerr"}, "tables are made of vectors"},
	{"exec/cast", values, "casts are functions of values"},
	{"exec/function/...", append([]string{"sql/..."}, values...), "a function sees values, never a plan"},
	{"exec/eval", append([]string{"planner/expr", "planner/physical", "sql/...", "exec/memory"}, values...), "bound expressions over batches"},
	{"exec/...", []string{
		"exec/...", "planner/physical", "planner/expr", "planner/logical", "sql/...", "catalog", "catalog/file/...", "catalog/storage", "types", "sqlerr",
	}, "operators run physical plans; they know neither names nor the Delta protocol"},

	{"planner/...", append([]string{"sql/...", "exec/eval", "catalog"}, values...), "pure functions from tree to plan: no operators, no protocol, no I/O but the catalog's interfaces"},

	{"catalog", []string{"exec/vector", "types", "sqlerr"}, "interfaces"},
	{"catalog/storage", []string{"types", "sqlerr"}, "bytes and names"},
	{"catalog/access", nil, "who may do what, known by names alone"},
	{"catalog/metastore", []string{"catalog", "catalog/access", "catalog/storage", "types", "sqlerr"}, "names to tables, users and grants"},
	{"catalog/delta/...", []string{"catalog", "catalog/storage", "types", "sqlerr"}, "the protocol alone: it declares the interfaces it needs and never imports exec"},
	{"catalog/file/...", append([]string{"catalog", "catalog/storage", "exec/memory", "exec/store"}, values...), "readers and writers of files fill vectors"},
	{"catalog/...", append([]string{"catalog/...", "exec/memory", "exec/store", "exec/eval", "planner/expr", "sql/..."}, values...), "puts protocol, files and names behind the interfaces"},

	{"stream/...", []string{"planner/...", "exec/...", "catalog/...", "sql/...", "types", "sqlerr"}, "flows run plans and commit to tables"},

	{"engine/...", []string{"stream/...", "planner/...", "exec/...", "catalog/...", "sql/...", "types", "sqlerr"}, "the one door: everything below, no server"},

	{"flightsrv/...", server, "a server sees the engine and the batches it streams, nothing beneath"},
	{"httpsrv/...", server, "a server sees the engine and the batches it streams, nothing beneath"},
	{"hivesrv/...", server, "a server sees the engine and the batches it streams, nothing beneath"},
	{"mysqlsrv/...", server, "a server sees the engine and the batches it streams, nothing beneath"},
	{"console/...", server, "a server sees the engine and the batches it streams, nothing beneath"},
	{"spark/...", []string{"engine/...", "sql/...", "types", "sqlerr"}, "the same statements, sent elsewhere"},

	{"internal/archtest", nil, "rules only"},
	{"internal/certificate", []string{"sqlerr"}, "files of certificates know nobody they are for"},
	{"internal/certificate/certtest", nil, "files for tests"},
	{"internal/config", []string{"sqlerr"}, "settings know nobody they are for"},
	{"internal/techmart", nil, "a generator of files"},
	{"internal/telemetry", nil, "where traces go"},
	{"internal/shell", append([]string{"sql/token"}, server...), "a client of the engine or of a server"},
	{"internal/...", []string{"engine/...", "internal/...", "examples/...", "types", "sqlerr"}, "parts of the binary that are no server"},
	{"examples/...", nil, "text to be embedded"},

	{"cmd/...", []string{
		"cmd/...", "engine/...", "flightsrv/...", "httpsrv/...", "hivesrv/...", "mysqlsrv/...", "console/...", "sql/...", "internal/...", "examples/...", "exec/vector", "types", "sqlerr",
	}, "wiring"},
	{"benchmarks/...", []string{"engine/...", "internal/...", "examples/...", "types", "sqlerr"}, "measures from outside"},
	{"test/...", []string{"engine/...", "catalog/...", "flightsrv/...", "httpsrv/...", "internal/...", "examples/...", "sql/...", "types", "sqlerr"}, "checks from outside"},
}

// vague names say nothing of what a package is for.
var vague = []string{"util", "utils", "common", "helper", "helpers", "misc", "base", "shared", "lib"}

type listed struct {
	ImportPath string
	Name       string
	Doc        string
	Imports    []string
	GoFiles    []string
	CgoFiles   []string
}

// name is the package's path within the module.
func (p listed) name() string { return strings.TrimPrefix(p.ImportPath, module) }

func packages(t *testing.T) []listed {
	t.Helper()
	// -e: a package that does not compile is the business of its own test.
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Name,Doc,Imports,GoFiles,CgoFiles", "./...")
	cmd.Dir = "../.."
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Skipf("go list cannot be run: %v", err)
	}
	var list []listed
	for d := json.NewDecoder(out); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if len(p.GoFiles)+len(p.CgoFiles) > 0 {
			list = append(list, p)
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("go list: %v", err)
	}
	return list
}

// fits says whether a package is in a room.
func fits(roomName, pkg string) bool {
	if tree, ok := strings.CutSuffix(roomName, "/..."); ok {
		return pkg == tree || strings.HasPrefix(pkg, tree+"/")
	}
	return pkg == roomName
}

func roomOf(pkg string) (room, bool) {
	best, found := room{}, false
	for _, r := range rooms {
		if fits(r.name, pkg) && (!found || len(r.name) > len(best.name)) {
			best, found = r, true
		}
	}
	return best, found
}

// allowed says whether a package of room r may import pkg. The own room is told by the most fitting room of the
// import, so that exec/... does not lend its name to exec/memory.
func allowed(r room, pkg string) bool {
	if own, ok := roomOf(pkg); ok && own.name == r.name {
		return true
	}
	return slices.ContainsFunc(r.may, func(name string) bool { return fits(name, pkg) })
}

func TestImportsPointOneWay(t *testing.T) {
	for _, p := range packages(t) {
		r, ok := roomOf(p.name())
		if !ok {
			t.Errorf("%s belongs to no room: add it to the table of rooms with what it may import", p.name())
			continue
		}
		for _, imported := range p.Imports {
			if !strings.HasPrefix(imported, module) {
				continue
			}
			if target := strings.TrimPrefix(imported, module); !allowed(r, target) {
				t.Errorf("%s imports %s; the room %s may not (%s)", p.name(), target, r.name, r.why)
			}
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	for _, p := range packages(t) {
		want := "Package " + p.Name + " "
		if p.Name == "main" {
			want = "Command "
		}
		if !strings.HasPrefix(p.Doc, want) {
			t.Errorf("%s: the package comment is %q, want one that starts with %q", p.name(), p.Doc, want)
		}
	}
}

func TestNames(t *testing.T) {
	plain := regexp.MustCompile(`^[a-z][a-z0-9]*$`)
	for _, p := range packages(t) {
		for _, part := range strings.Split(p.name(), "/") {
			if slices.Contains(vague, part) {
				t.Errorf("%s: the name %q says nothing", p.name(), part)
			}
		}
		if p.Name == "main" {
			continue
		}
		if !plain.MatchString(p.Name) || p.Name != path.Base(p.ImportPath) {
			t.Errorf("%s is package %s: the name of its folder, in small letters, is wanted", p.name(), p.Name)
		}
	}
}

func TestNoCgo(t *testing.T) {
	for _, p := range packages(t) {
		if len(p.CgoFiles) > 0 {
			t.Errorf("%s uses cgo in %v: the binary is static", p.name(), p.CgoFiles)
		}
	}
}

// The rules themselves must be able to fail.
func TestRules(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     bool
	}{
		{"engine", "planner/optimizer", true},
		{"engine/arrowio", "exec/vector", true},
		{"engine", "flightsrv", false},
		{"flightsrv", "engine", true},
		{"flightsrv", "engine/tablewriter", false},
		{"flightsrv", "planner/logical", false},
		{"httpsrv", "exec/vector", true},
		{"httpsrv", "exec/scan", false},
		{"hivesrv", "engine/render", true},
		{"hivesrv", "engine/signin", false},
		{"catalog/delta", "exec/vector", false},
		{"catalog/delta/log", "catalog/delta", true},
		{"catalog/file/parquet", "exec/vector", true},
		{"catalog/file/parquet", "exec/join", false},
		{"planner/optimizer", "exec/eval", true},
		{"planner/optimizer", "exec/join", false},
		{"planner/analyzer", "catalog/delta", false},
		{"exec/join", "exec/hashtable", true},
		{"exec/join", "planner/physical", true},
		{"exec/join", "planner/optimizer", false},
		{"exec/scan", "catalog/delta", false},
		{"exec/vector", "exec/memory", false},
		{"exec/function/text", "exec/function", true},
		{"exec/function/text", "exec/join", false},
		{"types", "exec/vector", false},
		{"sql/parser", "sql/ast", true},
		{"sql/parser", "planner/expr", false},
		{"cmd/argan", "httpsrv", true},
		{"cmd/argan", "exec/join", false},
		{"internal/config", "engine", false},
	} {
		r, ok := roomOf(c.from)
		if !ok {
			t.Errorf("%s has no room", c.from)
			continue
		}
		if got := allowed(r, c.to); got != c.want {
			t.Errorf("%s → %s is %v, want %v", c.from, c.to, got, c.want)
		}
	}
	if _, ok := roomOf("somewhere"); ok {
		t.Error("a package in no room got one")
	}
}
