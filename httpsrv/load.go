package httpsrv

import (
	"mime"
	"net/http"
	"os"
	"strings"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/engine/arrowio"
)

// loadFormats are the formats of a load by media type; a format= goes before it.
var loadFormats = map[string]string{
	"text/csv": "csv", "text/tab-separated-values": "tsv", "application/x-ndjson": "ndjson", "application/ndjson": "ndjson", "application/jsonl": "ndjson",
	"application/json": "json", "application/vnd.apache.arrow.stream": "arrow", "application/vnd.apache.arrow.file": "arrow", "application/vnd.apache.parquet": "parquet",
}

type loadJSON struct {
	Rows     int64  `json:"rows"`
	Version  *int64 `json:"version"`
	Replayed bool   `json:"replayed,omitempty"`
	// StatementID is not there for a replay.
	StatementID string `json:"statement_id,omitempty"`
}

// load writes the rows of a body into a table, all or none.
func (s *Server) load(w http.ResponseWriter, r *http.Request) {
	u, err := s.uploadOf(r)
	if err != nil {
		failed(w, err, "")
		return
	}
	session, free, err := s.turn(r, false)
	if err != nil {
		failed(w, err, "")
		return
	}
	defer free()
	in, done, err := s.unpacked(w, r, s.options.MaxLoad, s.options.LoadPause)
	if err != nil {
		failed(w, err, "")
		return
	}
	defer done()
	u.Body = in
	loaded, err := session.Upload(r.Context(), *u)
	if err != nil {
		failed(w, err, loaded.StatementID)
		return
	}
	if loaded.StatementID != "" {
		w.Header().Set("X-Argan-Statement-Id", loaded.StatementID)
	}
	answer(w, http.StatusOK, loadJSON{loaded.Rows, number(loaded.Version), loaded.Replayed, loaded.StatementID})
}

// uploadOf reads what a request says of a load.
func (s *Server) uploadOf(r *http.Request) (*engine.Upload, error) {
	u := &engine.Upload{Table: r.PathValue("table"), Mode: engine.LoadAppend, Options: map[string]string{}, Key: r.Header.Get("Idempotency-Key"), Decode: decodeArrow}
	if len(u.Key) > 255 {
		return nil, badRequest("an Idempotency-Key has at most 255 bytes")
	}
	format := ""
	for name, values := range r.URL.Query() {
		value := values[len(values)-1]
		switch {
		case name == "mode":
			u.Mode = engine.LoadMode(strings.ToLower(value))
			switch u.Mode {
			case engine.LoadCreate, engine.LoadAppend, engine.LoadReplace, engine.LoadCreateAppend:
			default:
				return nil, badRequest("mode must be create, append, replace or create_append, not %q", value)
			}
		case name == "format":
			format = strings.ToLower(value)
		case name == "header":
			u.Options["header"] = "true"
			if value == "0" || strings.EqualFold(value, "false") {
				u.Options["header"] = "false"
			}
		case name == "delimiter":
			u.Options["sep"] = value
		case name == "null":
			u.Options["nullValue"] = value
		case name == "columns":
			u.Columns = value
		case name == "merge_schema":
			u.Evolve = value == "1" || strings.EqualFold(value, "true")
		case strings.HasPrefix(name, "option."):
			u.Options[name[len("option."):]] = value
		default:
			return nil, badRequest("the query parameter %q is not known", name)
		}
	}
	if u.Columns != "" && u.Mode == engine.LoadAppend {
		return nil, badRequest("columns are for a table that is made")
	}
	if format == "" {
		media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		unknown := func(message string) error {
			return &problemWith{http.StatusUnsupportedMediaType, "INVALID_REQUEST", message + "; name a type such as text/csv, application/x-ndjson, application/json, application/vnd.apache.arrow.stream or application/vnd.apache.parquet"}
		}
		switch {
		case strings.HasPrefix(media, "multipart/"):
			return nil, unknown("a load is the file itself, not a form with a file in it (curl -T or --data-binary)")
		case media == "application/x-www-form-urlencoded":
			return nil, unknown("the Content-Type is that of a form, as curl sends it when none is named")
		case err != nil:
			return nil, unknown("there is no Content-Type to tell the format")
		case loadFormats[media] == "":
			return nil, unknown("Content-Type " + media + " is not known")
		}
		format = loadFormats[media]
	}
	if format == "tsv" {
		format = "csv"
		if _, given := u.Options["sep"]; !given {
			u.Options["sep"] = "\t"
		}
	}
	switch u.Format = format; format {
	case "csv", "ndjson", "json", "arrow", "parquet":
		return u, nil
	}
	return nil, &problemWith{http.StatusUnsupportedMediaType, "INVALID_REQUEST", "the format " + format + " cannot be loaded; there are csv, tsv, ndjson, json, arrow and parquet"}
}

func decodeArrow(f *os.File, limit int64) (engine.RowReader, error) {
	b, err := arrowio.OpenBody(f, limit)
	if err != nil {
		return nil, err
	}
	return b, nil
}
