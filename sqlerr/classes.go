package sqlerr

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
)

// The table of classes: spark.json is Apache Spark 3.5.3's own table and delta.json Delta Lake's (both Apache
// License 2.0, unchanged, so that names, texts and SQLSTATEs are exactly theirs); argan.json holds what only we have.
// A later file wins where two name the same class.
//
//go:embed classes/*.json
var classFiles embed.FS

type class struct {
	message string
	state   string
}

type classEntry struct {
	Message  []string              `json:"message"`
	State    string                `json:"sqlState"`
	SubClass map[string]classEntry `json:"subClass"`
}

// table is parsed at the first error: start-up does not pay for it.
var table = sync.OnceValue(func() map[string]class {
	out := make(map[string]class, 1200)
	for _, file := range []string{"delta", "spark", "argan"} {
		raw, err := classFiles.ReadFile("classes/" + file + ".json")
		if err != nil {
			panic(fmt.Sprintf("sqlerr: embedded class table: %v", err))
		}
		entries := map[string]classEntry{}
		if err := json.Unmarshal(raw, &entries); err != nil {
			panic(fmt.Sprintf("sqlerr: class table %s: %v", file, err))
		}
		for name, e := range entries {
			state := e.State
			if state == "" {
				state = "XX000"
			}
			head := strings.Join(e.Message, "\n")
			out[name] = class{message: head, state: state}
			for sub, s := range e.SubClass {
				st := s.State
				if st == "" {
					st = state
				}
				out[name+"."+sub] = class{message: strings.TrimSpace(head + " " + strings.Join(s.Message, "\n")), state: st}
			}
		}
	}
	return out
})

func lookup(name string) (class, bool) {
	c, ok := table()[name]
	return c, ok
}

// Classes returns the names of all classes, unsorted; for tests and documentation.
func Classes() []string {
	t := table()
	names := make([]string, 0, len(t))
	for n := range t {
		names = append(names, n)
	}
	return names
}
