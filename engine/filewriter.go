package engine

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"

	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/catalog/file/csv"
	"github.com/argan-sql/argan/catalog/file/json"
	"github.com/argan-sql/argan/catalog/relation"
	"github.com/argan-sql/argan/engine/tablewriter"
	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// rowWriter writes batches into one file.
type rowWriter interface {
	Write(b *vector.Batch) error
	Close() error
}

// textWriters make writers of the formats that are text, by name.
var textWriters = map[string]func(w io.Writer, schema *types.Type, options map[string]string, p *planner) (rowWriter, error){
	"csv": func(w io.Writer, schema *types.Type, options map[string]string, p *planner) (rowWriter, error) {
		return csv.NewWriter(w, schema, options, p.zone())
	},
	"json": func(w io.Writer, schema *types.Type, options map[string]string, p *planner) (rowWriter, error) {
		return json.NewWriter(w, schema, options, p.zone())
	},
	"text": newTextWriter,
}

type textWriter struct{ w io.Writer }

func newTextWriter(w io.Writer, schema *types.Type, _ map[string]string, _ *planner) (rowWriter, error) {
	if len(schema.Fields) != 1 || !schema.Fields[0].Type.IsString() {
		return nil, sqlerr.New("_LEGACY_ERROR_TEMP_1290", "schema", schema.SQL()).WithHint("The text format holds one column of strings.")
	}
	return &textWriter{w}, nil
}

func (t *textWriter) Write(b *vector.Batch) error {
	v := b.Column(0)
	for i := range v.Len {
		var line []byte
		if !v.IsNull(i) {
			line = []byte(cast.Hive(v, i, nil))
		}
		if _, err := t.w.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return nil
}

func (t *textWriter) Close() error { return nil }

// replacing says which files of a table of plain files the new ones take the place of.
type replacing int

const (
	replaceNone       replacing = iota
	replaceAll                  // every file
	replacePartitions           // those of the partitions that get rows
)

// writeFiles writes rows into a table of plain files: first into a hidden folder, then, when all are there, moved to their
// place. The files that are replaced are deleted last. It gives the number of rows.
func (x *execution) writeFiles(ctx context.Context, p *planner, t *relation.FileTable, replace replacing, run func(sink func(*vector.Batch) error) error) (int64, error) {
	schema, err := p.schemaForWrite(ctx, t)
	if err != nil {
		return 0, err
	}
	return x.writeFilesOf(ctx, p, t, schema, replace, run)
}

// writeFilesOf is writeFiles of rows of a given schema.
func (x *execution) writeFilesOf(ctx context.Context, p *planner, t *relation.FileTable, schema *types.Type, replace replacing, run func(sink func(*vector.Batch) error) error) (int64, error) {
	root := location("/", t.Location())
	temporary := filepath.Join(root, "_temporary-"+uuid.NewString())
	defer os.RemoveAll(temporary)
	if err := os.MkdirAll(temporary, 0o755); err != nil {
		return 0, sqlerr.New("STORAGE_ERROR", "operation", "Making", "path", temporary, "reason", err.Error())
	}
	var old []string
	var err error
	if replace != replaceNone {
		if old, err = dataFiles(root); err != nil {
			return 0, err
		}
	}
	var rows int64
	if t.Provider() == "parquet" {
		rows, err = x.writeParquet(ctx, t, temporary, schema, run)
	} else {
		rows, err = x.writeText(p, t, temporary, schema, run)
	}
	if err != nil {
		return 0, err
	}
	if replace == replacePartitions {
		if old, err = inWrittenFolders(root, old, temporary); err != nil {
			return 0, err
		}
	}
	if err := moveAll(temporary, root); err != nil {
		return 0, sqlerr.New("STORAGE_ERROR", "operation", "Moving files into", "path", root, "reason", err.Error())
	}
	for _, f := range old {
		if err := os.Remove(f); err != nil {
			return 0, sqlerr.New("STORAGE_ERROR", "operation", "Deleting", "path", f, "reason", err.Error())
		}
	}
	return rows, nil
}

// schemaForWrite is the schema of the rows that are written.
func (p *planner) schemaForWrite(ctx context.Context, t *relation.FileTable) (*types.Type, error) {
	s, err := t.Snapshot(ctx, noTime)
	if err != nil {
		return nil, err
	}
	return s.Schema(), nil
}

func (x *execution) writeParquet(ctx context.Context, t *relation.FileTable, folder string, schema *types.Type, run func(sink func(*vector.Batch) error) error) (int64, error) {
	// The table writer takes Delta's words for it: a schema and partition columns.
	m := &delta.Metadata{Schema: schema, PartitionColumns: t.PartitionColumns(), Configuration: map[string]string{"delta.parquet.compression.codec": t.Options()["compression"]}}
	w := tablewriter.New(ctx, x.engine.files, folder, m, tablewriter.Options{Workers: 1})
	if err := run(w.Write); err != nil {
		w.Abort()
		return 0, err
	}
	_, err := w.Finish()
	return w.Rows(), err
}

func (x *execution) writeText(p *planner, t *relation.FileTable, folder string, schema *types.Type, run func(sink func(*vector.Batch) error) error) (rows int64, err error) {
	if len(t.PartitionColumns()) > 0 {
		return 0, sqlerr.Unsupported("Writing to a partitioned %s table", t.Provider())
	}
	if c := t.Options()["compression"]; c != "" && !strings.EqualFold(c, "none") && !strings.EqualFold(c, "uncompressed") {
		return 0, sqlerr.Unsupported("Writing compressed %s files", t.Provider())
	}
	f, err := os.Create(filepath.Join(folder, "part-00000-"+uuid.NewString()+"-c000."+map[string]string{"csv": "csv", "json": "json", "text": "txt"}[t.Provider()]))
	if err != nil {
		return 0, sqlerr.New("STORAGE_ERROR", "operation", "Writing", "path", folder, "reason", err.Error())
	}
	defer f.Close()
	w, err := textWriters[t.Provider()](f, schema, t.Options(), p)
	if err != nil {
		return 0, err
	}
	err = run(func(b *vector.Batch) error {
		rows += int64(b.Len())
		return w.Write(b)
	})
	if err == nil {
		err = w.Close()
	}
	if err == nil {
		err = f.Sync()
	}
	return rows, err
}

// dataFiles are the files of a table: those below its folder whose names, and whose folders' names, are not hidden.
func dataFiles(root string) ([]string, error) {
	var out []string
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := d.Name(); path != root && (strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".")) {
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if !d.IsDir() {
			out = append(out, path)
		}
		return nil
	})
	if os.IsNotExist(err) {
		return nil, nil
	}
	return out, err
}

// inWrittenFolders are the files, below root, of the folders that have new files below written.
func inWrittenFolders(root string, files []string, written string) ([]string, error) {
	fresh, err := dataFiles(written)
	if err != nil {
		return nil, err
	}
	folders := map[string]bool{}
	for _, f := range fresh {
		folders[strings.TrimPrefix(filepath.Dir(f), written)] = true
	}
	var out []string
	for _, f := range files {
		if folders[strings.TrimPrefix(filepath.Dir(f), root)] {
			out = append(out, f)
		}
	}
	return out, nil
}

// moveAll moves the files below a folder to the same places below another.
func moveAll(from, to string) error {
	return filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		if d.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		return os.Rename(path, target)
	})
}
