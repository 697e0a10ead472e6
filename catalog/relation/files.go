package relation

import (
	"context"
	"path"
	"strings"
	"time"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/catalog/file"
	"github.com/argan-sql/argan/catalog/file/text"
	"github.com/argan-sql/argan/catalog/storage"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// FileTable is a table of plain files: what lies at its paths is what it holds.
type FileTable struct {
	name       []string
	source     file.Source
	properties map[string]string
}

// Files makes a table of the files at paths (files, folders or globs). schema nil is found by looking at the files; partitions nil are found
// in the names of folders.
func Files(name []string, format string, paths []string, options map[string]string, schema *types.Type, partitions []string, properties map[string]string) (*FileTable, error) {
	return &FileTable{name, file.Source{Format: strings.ToLower(format), Paths: paths, Options: options, Schema: schema, Partitions: partitions}, properties}, nil
}

// Empty is a table of no files.
func Empty(name []string, format string, schema *types.Type) *FileTable {
	return &FileTable{name, file.Source{Format: strings.ToLower(format), Schema: schema}, nil}
}

// FormatOf is the format that a file's name tells, "" where it does not.
func FormatOf(name string) string {
	base := strings.ToLower(path.Base(name))
	if c := text.Compression(base); c != "" {
		base = strings.TrimSuffix(base, path.Ext(base))
	}
	switch path.Ext(base) {
	case ".csv", ".tsv":
		return file.CSV
	case ".json", ".ndjson", ".jsonl":
		return file.JSON
	case ".parquet":
		return file.Parquet
	case ".txt", ".log":
		return file.Text
	}
	return ""
}

// Name is the table's name.
func (t *FileTable) Name() []string { return t.name }

// Provider is the format.
func (t *FileTable) Provider() string { return t.source.Format }

// Location is the first path, "" where there is none.
func (t *FileTable) Location() string {
	if len(t.source.Paths) == 0 {
		return ""
	}
	return t.source.Paths[0]
}

// Options are the reader's and writer's options.
func (t *FileTable) Options() map[string]string { return t.source.Options }

// PartitionColumns are those that the table declares.
func (t *FileTable) PartitionColumns() []string { return t.source.Partitions }

// Snapshot lists the files. Files have no versions: time travel is refused.
func (t *FileTable) Snapshot(ctx context.Context, at catalog.At) (catalog.Snapshot, error) {
	if at.Version != nil || at.Timestamp != nil {
		return nil, sqlerr.New("UNSUPPORTED_FEATURE.TIME_TRAVEL", "relationId", types.Quote(strings.Join(t.name, ".")))
	}
	if len(t.source.Paths) == 0 {
		return &filesSnapshot{t, &file.Relation{Format: t.source.Format, Schema: t.source.Schema}}, nil
	}
	r, err := file.Resolve(ctx, file.Env{Store: storage.NewLocal(), Zone: time.UTC, Now: time.Now()}, t.source)
	if sqlerr.Is(err, "PATH_NOT_FOUND") && t.source.Schema != nil {
		// A table whose folder is not there yet is empty.
		r, err = &file.Relation{Format: t.source.Format, Schema: t.source.Schema}, nil
	}
	if err != nil {
		return nil, err
	}
	return &filesSnapshot{t, r}, nil
}

type filesSnapshot struct {
	table    *FileTable
	relation *file.Relation
}

func (s *filesSnapshot) Schema() *types.Type           { return s.relation.Schema }
func (s *filesSnapshot) Properties() map[string]string { return s.table.properties }
func (s *filesSnapshot) Version() int64                { return -1 }

func (s *filesSnapshot) PartitionColumns() []string {
	out := make([]string, len(s.relation.Partitions))
	for i, p := range s.relation.Partitions {
		out[i] = p.Name
	}
	return out
}

func (s *filesSnapshot) Statistics() catalog.Statistics {
	out := catalog.Statistics{Rows: -1}
	for _, f := range s.relation.Files {
		out.Bytes += f.Size
	}
	return out
}

// Files lists the files; those whose partition values cannot match are left out.
func (s *filesSnapshot) Files(_ context.Context, p catalog.Predicate) ([]catalog.File, int, error) {
	if p == nil || len(s.relation.Partitions) == 0 {
		return s.relation.Files, 0, nil
	}
	var out []catalog.File
	for _, f := range s.relation.Files {
		if mayMatch(p, f.Partition) {
			out = append(out, f)
		}
	}
	return out, len(s.relation.Files) - len(out), nil
}

// mayMatch says whether a predicate may be true of rows with these partition values.
func mayMatch(p catalog.Predicate, values map[string]any) bool {
	switch p := p.(type) {
	case *catalog.AllOf:
		for _, t := range p.Terms {
			if !mayMatch(t, values) {
				return false
			}
		}
	case *catalog.AnyOf:
		for _, t := range p.Terms {
			if mayMatch(t, values) {
				return true
			}
		}
		return len(p.Terms) == 0
	case *catalog.Compare:
		if len(p.Column) != 1 {
			return true
		}
		v, ok := values[strings.ToLower(p.Column[0])]
		return !ok || compareHolds(p, v)
	}
	return true
}

// compareHolds evaluates a comparison on one value; what cannot be told may hold.
func compareHolds(p *catalog.Compare, v any) bool {
	switch p.Op {
	case catalog.IsNull:
		return v == nil
	case catalog.IsNotNull:
		return v != nil
	}
	if v == nil {
		return false
	}
	if p.Op == catalog.StartsWith {
		s, isText := v.(string)
		prefix, isPrefix := p.Values[0].(string)
		return !isText || !isPrefix || strings.HasPrefix(s, prefix)
	}
	for _, want := range p.Values {
		order, ok := types.Order(v, want)
		if !ok {
			return true
		}
		var holds bool
		switch p.Op {
		case catalog.Equal, catalog.In:
			holds = order == 0
		case catalog.NotEqual:
			holds = order != 0
		case catalog.Less:
			holds = order < 0
		case catalog.LessEqual:
			holds = order <= 0
		case catalog.Greater:
			holds = order > 0
		case catalog.GreaterEqual:
			holds = order >= 0
		}
		if holds {
			return true
		}
	}
	return false
}
