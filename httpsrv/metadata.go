package httpsrv

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/engine/arrowio"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func (s *Server) home(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	base := "http://" + r.Host
	if r.TLS != nil {
		base = "https://" + r.Host
	}
	_, _ = fmt.Fprintf(w, welcome, base, base)
}

func (s *Server) catalogs(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{"catalogs": []map[string]string{{"name": engine.CatalogName}}})
}

// known answers 404 for any other catalog than the one there is.
func known(w http.ResponseWriter, r *http.Request) bool {
	if c := r.PathValue("catalog"); c != engine.CatalogName {
		fail(w, sqlerr.New("SCHEMA_NOT_FOUND", "schemaName", types.Quote(c)), "")
		return false
	}
	return true
}

func (s *Server) with(w http.ResponseWriter, r *http.Request, f func(*engine.Session) (any, error)) {
	if r.PathValue("catalog") != "" && !known(w, r) {
		return
	}
	session, own, err := s.session(r, false)
	if err != nil {
		fail(w, err, "")
		return
	}
	if own {
		defer session.Close()
	}
	v, err := f(session)
	if err != nil {
		fail(w, err, "")
		return
	}
	answer(w, http.StatusOK, v)
}

func (s *Server) schemas(w http.ResponseWriter, r *http.Request) {
	s.with(w, r, func(session *engine.Session) (any, error) {
		names, err := session.Schemas(r.Context(), func(string) bool { return true })
		if err != nil {
			return nil, err
		}
		out := make([]map[string]string, len(names))
		for i, n := range names {
			out[i] = map[string]string{"name": n, "catalog": engine.CatalogName}
		}
		return map[string]any{"schemas": out}, nil
	})
}

type tableJSON struct {
	Catalog    string            `json:"catalog"`
	Schema     string            `json:"schema"`
	Name       string            `json:"name"`
	Type       string            `json:"type"`
	Comment    string            `json:"comment,omitempty"`
	Provider   string            `json:"provider,omitempty"`
	Location   string            `json:"location,omitempty"`
	Properties map[string]string `json:"properties,omitempty"`
	Version    *int64            `json:"version,omitempty"`
	Partitions []string          `json:"partition_columns,omitempty"`
	Columns    []columnJSON      `json:"columns,omitempty"`
}

type columnJSON struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Arrow    string `json:"arrow_type"`
	Nullable bool   `json:"nullable"`
	Comment  string `json:"comment,omitempty"`
}

func describe(t engine.TableInfo, zone string) tableJSON {
	out := tableJSON{
		Catalog: engine.CatalogName, Schema: t.Schema, Name: t.Name, Type: t.Type, Comment: t.Comment, Provider: t.Provider, Location: t.Location,
		Properties: t.Properties, Partitions: t.Partitions,
	}
	if t.Version >= 0 {
		out.Version = &t.Version
	}
	if t.Columns != nil {
		for _, f := range t.Columns.Fields {
			out.Columns = append(out.Columns, columnJSON{f.Name, f.Type.SQL(), arrowio.Type(f.Type, zone).String(), f.Nullable, f.Comment()})
		}
	}
	return out
}

func (s *Server) tables(w http.ResponseWriter, r *http.Request) {
	s.with(w, r, func(session *engine.Session) (any, error) {
		schema := r.PathValue("schema")
		there, err := session.Schemas(r.Context(), func(n string) bool { return strings.EqualFold(n, schema) })
		if err != nil {
			return nil, err
		}
		if len(there) == 0 {
			return nil, sqlerr.New("SCHEMA_NOT_FOUND", "schemaName", types.Quote(schema))
		}
		list, err := session.Tables(r.Context(), func(n string) bool { return strings.EqualFold(n, schema) }, func(string) bool { return true }, false)
		if err != nil {
			return nil, err
		}
		out := make([]tableJSON, len(list))
		for i, t := range list {
			out[i] = describe(t, "UTC")
		}
		return map[string]any{"tables": out}, nil
	})
}

func (s *Server) table(w http.ResponseWriter, r *http.Request) {
	s.with(w, r, func(session *engine.Session) (any, error) {
		t, err := session.Table(r.Context(), r.PathValue("schema"), r.PathValue("table"))
		if err != nil {
			return nil, err
		}
		return describe(*t, session.Get("spark.sql.session.timeZone")), nil
	})
}

// metrics writes the engine's counters in Prometheus's text form.
func (s *Server) metrics(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", engine.MetricsType)
	if err := s.engine.WriteMetrics(w); err != nil {
		s.log.Error("metrics cannot be written", "error", err)
	}
}
