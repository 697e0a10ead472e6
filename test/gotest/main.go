// Command gotest runs `go test -json` with its arguments and prints what a person wants to see: a line for each
// package, the whole output of what failed, and at the end how many tests passed, failed and were skipped. go test
// itself does not count.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"sort"
	"strings"
)

// event is a line of `go test -json`.
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
}

// report counts tests and keeps their output until it is known whether it is wanted.
type report struct {
	passed, failed int
	skipped        []string
	output         map[string]*strings.Builder
}

func (r *report) add(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "output":
		if r.output[key] == nil {
			r.output[key] = &strings.Builder{}
		}
		r.output[key].WriteString(e.Output)
	case "build-output":
		fmt.Print(e.Output)
	case "pass", "fail", "skip":
		r.end(e, key)
	}
}

func (r *report) end(e event, key string) {
	text := ""
	if b := r.output[key]; b != nil {
		text = b.String()
		delete(r.output, key)
	}
	switch {
	case e.Test == "": // a package: its last line is the summary
		if e.Action == "fail" || !strings.Contains(text, "[no test files]") {
			fmt.Print(strings.TrimPrefix(text, "PASS\n"))
		}
		if e.Action == "fail" && text == "" {
			fmt.Printf("FAIL\t%s\n", e.Package)
		}
	case e.Action == "pass":
		r.passed++
	case e.Action == "fail":
		r.failed++
		fmt.Print(text)
	default:
		r.skipped = append(r.skipped, e.Test+" ("+reason(text)+")")
	}
}

// reason is what a skipped test said, without the place.
func reason(text string) string {
	for _, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if _, why, ok := strings.Cut(line, ": "); ok && !strings.HasPrefix(line, "---") {
			return why
		}
	}
	return "no reason given"
}

func main() {
	cmd := exec.Command("go", append([]string{"test", "-json"}, os.Args[1:]...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gotest:", err)
		os.Exit(1)
	}
	r := report{output: map[string]*strings.Builder{}}
	lines := bufio.NewScanner(out)
	lines.Buffer(make([]byte, 1<<16), 64<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			fmt.Println(lines.Text()) // not an event: go's own words
			continue
		}
		r.add(e)
	}
	failure := cmd.Wait()
	if err := lines.Err(); err != nil {
		failure = err
	}
	sort.Strings(r.skipped)
	for _, s := range r.skipped {
		fmt.Println("SKIPPED", s)
	}
	if failure != nil && r.failed == 0 {
		r.failed = 1 // a package that does not build, or a process that died
	}
	fmt.Printf("\n%d passed, %d failed, %d skipped\n", r.passed, r.failed, len(r.skipped))
	if failure != nil {
		os.Exit(1)
	}
}
