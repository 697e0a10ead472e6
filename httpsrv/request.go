package httpsrv

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/types"
)

// request is what a client asks for.
type request struct {
	statement string
	params    []engine.Parameter
	format    string
	schema    string // the current database
	settings  map[string]string
	rowLimit  int64 // -1: all
	noHeader  bool
	bigint    bool
	tag       string
	codec     string // of Arrow buffers
	wait      *waiting
	sum       [sha256.Size]byte // of all that makes the request what it is
}

// waiting says how long a client waits for a statement that may go on without it.
type waiting struct {
	limit  time.Duration
	cancel bool // what has not ended by then
}

// maxWait is the longest that a client may wait; longer, it asks again.
const (
	maxWait     = 50 * time.Second
	defaultWait = 10 * time.Second
)

// waits reads wait_timeout and on_wait_timeout; nil where neither is given.
func waits(limit, then string) (*waiting, error) {
	if limit == "" && then == "" {
		return nil, nil
	}
	w := &waiting{limit: defaultWait}
	if limit != "" {
		d, err := time.ParseDuration(limit)
		if err != nil || d < 0 || d > maxWait {
			return nil, badRequest("wait_timeout must be from 0s to 50s, not %q", limit)
		}
		w.limit = d
	}
	switch strings.ToUpper(then) {
	case "", "CONTINUE":
	case "CANCEL":
		w.cancel = true
	default:
		return nil, badRequest("on_wait_timeout must be CONTINUE or CANCEL, not %q", then)
	}
	return w, nil
}

// problemWith is an error of the request itself, with its status.
type problemWith struct {
	code    int
	class   string
	message string
}

func (p *problemWith) Error() string { return p.message }

func badRequest(format string, args ...any) error {
	return &problemWith{http.StatusBadRequest, "INVALID_REQUEST", fmt.Sprintf(format, args...)}
}

type jsonParameter struct {
	Name  string          `json:"name"`
	Type  string          `json:"type"`
	Value json.RawMessage `json:"value"`
}

type jsonRequest struct {
	Statement     string            `json:"statement"`
	Parameters    []jsonParameter   `json:"parameters"`
	Format        string            `json:"format"`
	Catalog       string            `json:"catalog"`
	Schema        string            `json:"schema"`
	RowLimit      *int64            `json:"row_limit"`
	WaitTimeout   string            `json:"wait_timeout"`
	OnWaitTimeout string            `json:"on_wait_timeout"`
	Settings      map[string]string `json:"settings"`
}

// read takes a request apart: query string, then body.
func (s *Server) read(w http.ResponseWriter, r *http.Request) (*request, error) {
	out := &request{rowLimit: -1, settings: map[string]string{}, tag: r.Header.Get("X-Argan-Query-Tag"), codec: codec(r)}
	q := r.URL.Query()
	if r.Method == http.MethodGet {
		out.statement = q.Get("query")
	} else {
		raw, err := s.body(w, r)
		if err != nil {
			return nil, err
		}
		h := sha256.New()
		_, _ = fmt.Fprintf(h, "%s\n%s\n%s\n%s\n", r.URL.Path, q.Encode(), r.Header.Get("Content-Type"), r.Header.Get(sessionHeader))
		_, _ = h.Write(raw)
		h.Sum(out.sum[:0])
		if err := out.fromBody(r.Header.Get("Content-Type"), raw, q.Get("query")); err != nil {
			return nil, err
		}
	}
	limit, then := q.Get("wait_timeout"), q.Get("on_wait_timeout")
	if w, err := waits(limit, then); err != nil {
		return nil, err
	} else if w != nil {
		out.wait = w
	}
	for key, values := range q {
		value := values[len(values)-1]
		switch {
		case strings.HasPrefix(key, "p."):
			param, err := textParameter(key[2:], value)
			if err != nil {
				return nil, err
			}
			out.params = append(out.params, param)
		case strings.HasPrefix(key, "set."):
			out.settings[key[4:]] = value
		case key == "schema":
			out.schema = value
		case key == "query", key == "wait_timeout", key == "on_wait_timeout":
		default:
			if known, err := out.output(key, value); err != nil {
				return nil, err
			} else if !known {
				return nil, badRequest("the query parameter %q is not known", key)
			}
		}
	}
	if strings.TrimSpace(out.statement) == "" {
		return nil, badRequest("there is no statement: POST the SQL text, or GET with query=")
	}
	if out.format == "" {
		out.format = accepted(r.Header.Values("Accept"))
	}
	return out, nil
}

// output reads a parameter that says how rows are written.
func (out *request) output(key, value string) (known bool, err error) {
	switch key {
	case "format":
		out.format = value
	case "header":
		out.noHeader = value == "0" || strings.EqualFold(value, "false")
	case "json_bigint":
		out.bigint = value == "string"
	case "row_limit":
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || n < 0 {
			return true, badRequest("row_limit must be a whole number, not %q", value)
		}
		out.rowLimit = n
	default:
		return false, nil
	}
	return true, nil
}

func (out *request) fromBody(contentType string, raw []byte, query string) error {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil && contentType != "" {
		return &problemWith{http.StatusUnsupportedMediaType, "INVALID_REQUEST", "Content-Type " + contentType + " is not known"}
	}
	switch media {
	case "", "text/plain", "application/sql", "application/x-www-form-urlencoded":
		out.statement = string(raw)
		if len(raw) == 0 {
			out.statement = query
		}
	case "application/json":
		var j jsonRequest
		d := json.NewDecoder(strings.NewReader(string(raw)))
		d.DisallowUnknownFields()
		if err := d.Decode(&j); err != nil {
			return badRequest("the body is not the JSON expected: %v", err)
		}
		if d.More() {
			return badRequest("something follows the JSON")
		}
		if out.wait, err = waits(j.WaitTimeout, j.OnWaitTimeout); err != nil {
			return err
		}
		if j.Catalog != "" && j.Catalog != engine.CatalogName {
			return badRequest("the catalog %q does not exist; the only one is %s", j.Catalog, engine.CatalogName)
		}
		out.statement, out.format, out.schema = j.Statement, j.Format, j.Schema
		if j.RowLimit != nil && *j.RowLimit < 0 {
			return badRequest("row_limit must be a whole number, not %d", *j.RowLimit)
		}
		if j.RowLimit != nil {
			out.rowLimit = *j.RowLimit
		}
		for k, v := range j.Settings {
			out.settings[k] = v
		}
		for _, p := range j.Parameters {
			param, err := p.parameter()
			if err != nil {
				return err
			}
			out.params = append(out.params, param)
		}
	default:
		return &problemWith{http.StatusUnsupportedMediaType, "INVALID_REQUEST", "Content-Type " + media + " is not known; send text/plain or application/json"}
	}
	return nil
}

// parameter reads a JSON parameter: the value as text, cast to its type by the engine.
func (p jsonParameter) parameter() (engine.Parameter, error) {
	out := engine.Parameter{Name: p.Name, Type: types.StringType}
	if p.Type != "" {
		t, err := engine.ParseType(p.Type)
		if err != nil {
			return out, err
		}
		out.Type = t
	}
	if len(p.Value) == 0 || string(p.Value) == "null" {
		return out, nil
	}
	text := string(p.Value)
	if p.Value[0] == '"' {
		if err := json.Unmarshal(p.Value, &text); err != nil {
			return out, badRequest("parameter %s: %v", p.Name, err)
		}
	}
	return engine.TextParameter(p.Name, out.Type, text)
}

// textParameter reads p.name=value or p.name=value:TYPE. What follows the last colon is a type if it is the name of one.
func textParameter(name, value string) (engine.Parameter, error) {
	if i := strings.LastIndexByte(value, ':'); i >= 0 && value[i+1:] != "" {
		if t, err := engine.ParseType(value[i+1:]); err == nil {
			return engine.TextParameter(name, t, value[:i])
		}
	}
	return engine.Parameter{Name: name, Type: types.StringType, Value: value}, nil
}

// media types by format, in the order in which */* prefers them.
var medias = []struct{ media, format string }{
	{"application/json", "json"},
	{"application/x-ndjson", "ndjson"},
	{"text/csv", "csv"},
	{"text/tab-separated-values", "tsv"},
	{"application/vnd.apache.arrow.stream", "arrow"},
	{"application/vnd.apache.parquet", "parquet"},
	{"text/plain", "table"},
}

// accepted is the format that an Accept header prefers: that of the highest q, the first of equals; json where it takes anything, ""
// where it takes none of ours.
func accepted(headers []string) string {
	if strings.TrimSpace(strings.Join(headers, "")) == "" {
		return "json"
	}
	best, at := "", 0.0
	take := func(format string, weight float64) {
		if weight > at {
			best, at = format, weight
		}
	}
	for _, part := range strings.Split(strings.Join(headers, ","), ",") {
		media, params, err := mime.ParseMediaType(strings.TrimSpace(part))
		if err != nil {
			continue
		}
		weight := 1.0
		if v, ok := params["q"]; ok {
			if weight, err = strconv.ParseFloat(v, 64); err != nil || weight < 0 || weight > 1 {
				continue
			}
		}
		for _, m := range medias {
			if m.media == media {
				take(m.format, weight)
			}
		}
		if media == "*/*" || media == "application/*" {
			take("json", weight*0.999) // what is named goes first
		} else if media == "text/*" {
			take("csv", weight*0.999)
		}
	}
	return best
}
