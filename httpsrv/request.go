package httpsrv

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"

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

// body reads a request's body, unpacked.
func body(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	var in io.Reader = http.MaxBytesReader(w, r.Body, maxBody)
	switch enc := strings.ToLower(r.Header.Get("Content-Encoding")); enc {
	case "", "identity":
	case "gzip":
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, badRequest("the body is not gzip: %v", err)
		}
		in = z
	case "zstd":
		z, err := zstd.NewReader(in, zstd.WithDecoderMaxMemory(maxBody))
		if err != nil {
			return nil, badRequest("the body is not zstd: %v", err)
		}
		defer z.Close()
		in = z
	default:
		return nil, &problemWith{http.StatusUnsupportedMediaType, "INVALID_REQUEST", "Content-Encoding " + enc + " is not known; use gzip or zstd"}
	}
	raw, err := io.ReadAll(io.LimitReader(in, maxBody+1))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) || len(raw) > maxBody {
		return nil, &problemWith{http.StatusRequestEntityTooLarge, "STATEMENT_TOO_LARGE", fmt.Sprintf("the body is longer than %d bytes", maxBody)}
	}
	if err != nil {
		return nil, badRequest("reading the body: %v", err)
	}
	return raw, nil
}

// read takes a request apart: query string, then body.
func read(w http.ResponseWriter, r *http.Request) (*request, error) {
	out := &request{rowLimit: -1, settings: map[string]string{}, tag: r.Header.Get("X-Argan-Query-Tag"), codec: codec(r)}
	q := r.URL.Query()
	if r.Method == http.MethodGet {
		out.statement = q.Get("query")
	} else {
		raw, err := body(w, r)
		if err != nil {
			return nil, err
		}
		if err := out.fromBody(r.Header.Get("Content-Type"), raw, q.Get("query")); err != nil {
			return nil, err
		}
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
		case key == "format":
			out.format = value
		case key == "header":
			out.noHeader = value == "0" || strings.EqualFold(value, "false")
		case key == "json_bigint":
			out.bigint = value == "string"
		case key == "schema":
			out.schema = value
		case key == "row_limit":
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil || n < 0 {
				return nil, badRequest("row_limit must be a whole number, not %q", value)
			}
			out.rowLimit = n
		case key == "query":
		default:
			return nil, badRequest("the query parameter %q is not known", key)
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
		if j.WaitTimeout != "" || j.OnWaitTimeout != "" {
			return badRequest("wait_timeout and on_wait_timeout are for asynchronous statements, which this server does not have yet")
		}
		if j.Catalog != "" && j.Catalog != engine.CatalogName {
			return badRequest("the catalog %q does not exist; the only one is %s", j.Catalog, engine.CatalogName)
		}
		out.statement, out.format, out.schema = j.Statement, j.Format, j.Schema
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

// accepted is the format that an Accept header asks for first; json where it takes anything, "" where it takes none of ours.
func accepted(headers []string) string {
	any := strings.TrimSpace(strings.Join(headers, "")) == ""
	for _, part := range strings.Split(strings.Join(headers, ","), ",") {
		media, _, err := mime.ParseMediaType(strings.TrimSpace(part))
		if err != nil {
			continue
		}
		for _, m := range medias {
			if m.media == media {
				return m.format
			}
		}
		any = any || media == "*/*" || media == "application/*"
	}
	if any {
		return "json"
	}
	return ""
}
