package engine

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/catalog/relation"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/parser"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// Upload is a file that a client sends to be loaded into a table.
type Upload struct {
	// Table is the table's name as SQL writes it: [catalog.][schema.]table.
	Table string
	Mode  LoadMode
	// Format is csv, ndjson, json (a list of objects), arrow (stream or file) or parquet.
	Format string
	// Options are the reader's, by Spark's names. CSV is taken as RFC 4180 has it, with a header line, unless they say otherwise.
	Options map[string]string
	// Columns are the names and types of a new table, such as "id BIGINT, s STRING"; "" finds them in the rows.
	Columns string
	// Evolve adds columns that the table has not to it.
	Evolve bool
	// Key makes a repetition of the load, by the same user into the same table, do nothing.
	Key string
	// Decode opens a file of the format arrow; nil where that is not to be loaded. No buffer may be longer than limit.
	Decode func(f *os.File, limit int64) (RowReader, error)
	// Body is the file. It is read to its end before anything happens to the table.
	Body io.Reader
}

// RowReader gives the rows of a file.
type RowReader interface {
	Schema() *types.Type
	// Next gives the next rows, nil at the end.
	Next() (*vector.Batch, error)
	Close()
}

// uploadFormat says how a format is kept until it is read, and read.
type uploadFormat struct {
	keep func(io.Writer, io.Reader) error
	view func(u *uploading, ctx context.Context) error
}

var uploadFormats = map[string]uploadFormat{
	"csv": {copyAll, (*uploading).csv}, "ndjson": {copyAll, (*uploading).json}, "json": {jsonLines, (*uploading).json},
	"parquet": {copyAll, (*uploading).parquet}, "arrow": {copyAll, (*uploading).arrow},
}

func copyAll(w io.Writer, r io.Reader) error {
	_, err := io.Copy(w, r)
	return err
}

// uploading is an upload under way.
type uploading struct {
	Upload
	session *Session
	p       *planner
	folder  string // of the file
	path    string
	into    loading
	known   *types.Type // the types of columns that are not to be found in the rows; nil for none
	view    *tempView
	close   func()
}

// Upload writes a file's rows into a table: all of them as one commit, or none. The file is kept on disk until it is whole,
// so that a client that breaks off has changed nothing, a slow one holds no statement, and memory does not grow with it.
func (s *Session) Upload(ctx context.Context, u Upload) (Loaded, error) {
	format, ok := uploadFormats[u.Format]
	if !ok {
		return Loaded{}, sqlerr.Unsupported("Loading %s", u.Format)
	}
	up := &uploading{Upload: u, session: s, p: s.newPlanner(nil), view: &tempView{name: "_load_" + newID()}, close: func() {}}
	if err := up.name(); err != nil {
		return Loaded{}, err
	}
	if u.Key != "" {
		up.into.application = loadApplication(s.User(), u.Key)
		if done, err := up.before(ctx); done != nil || err != nil {
			if err == nil { // the client sends it all before it listens
				err = copyAll(io.Discard, u.Body)
			}
			if err != nil {
				return Loaded{}, err
			}
			return *done, nil
		}
	}
	defer up.remove()
	if err := up.receive(format); err != nil {
		return Loaded{}, err
	}
	done, err := up.load(ctx, format)
	if err != nil && u.Key != "" {
		// The same load may have come in twice at the same time; then this one lost, and its rows are there.
		if first, e := up.before(context.WithoutCancel(ctx)); e == nil && first != nil {
			return *first, nil
		}
	}
	return done, err
}

func (u *uploading) load(ctx context.Context, format uploadFormat) (Loaded, error) {
	if err := u.target(ctx); err != nil {
		return Loaded{}, err
	}
	if err := format.view(u, ctx); err != nil {
		return Loaded{}, u.explain(err)
	}
	defer u.close()
	done, err := u.session.loadView(ctx, u.view, u.into)
	return done, u.explain(err)
}

// before is an earlier load with the same key.
func (u *uploading) before(ctx context.Context) (*Loaded, error) {
	database := u.into.database
	if database == "" {
		database = u.session.Database()
	}
	return u.session.loadedBefore(ctx, database, u.into.table, u.into.application)
}

// name takes the table's name apart.
func (u *uploading) name() error {
	name, err := parser.ParseName(u.Table)
	if err != nil {
		return err
	}
	parts := name.Strings()
	if len(parts) == 3 && strings.EqualFold(parts[0], catalogName) {
		parts = parts[1:]
	}
	switch len(parts) {
	case 1:
		u.into.table = parts[0]
	case 2:
		u.into.database, u.into.table = parts[0], parts[1]
	default:
		return sqlerr.New("REQUIRES_SINGLE_PART_NAMESPACE", "sessionCatalog", catalogName, "namespace", quoted(parts[:len(parts)-1]...))
	}
	u.into.mode, u.into.byName, u.into.evolve = u.Mode, true, u.Evolve
	return nil
}

// target learns which types the columns have: those of the table that is there, or those that were given.
func (u *uploading) target(ctx context.Context) error {
	if u.Mode == LoadAppend || u.Mode == LoadCreateAppend {
		parts := []string{u.into.table}
		if u.into.database != "" {
			parts = []string{u.into.database, u.into.table}
		}
		f, err := u.p.find(ctx, parts, &ast.Table{})
		switch {
		case err == nil:
			u.known, _, err = u.p.schemaOf(ctx, f)
			return err
		case u.Mode == LoadAppend || !sqlerr.Is(err, "TABLE_OR_VIEW_NOT_FOUND"):
			return err
		}
	}
	u.into.evolve = false // a new table has every column
	if u.Columns == "" {
		return nil
	}
	var err error
	u.known, err = parser.ParseColumns(u.Columns)
	return err
}

// creates says whether the table is made by this load.
func (u *uploading) creates() bool { return u.known == nil || u.Columns != "" }

// uploadFolder is how folders of files that are being loaded begin.
const uploadFolder = "argan-upload-"

// receive keeps the body in a file.
func (u *uploading) receive(format uploadFormat) error {
	dir := u.session.engine.config.SpillDir
	failed := func(err error) error {
		if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
			return sqlerr.New("DISK_FULL", "path", dir).Wrap(err)
		}
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return failed(err)
	}
	folder, err := os.MkdirTemp(dir, uploadFolder)
	if err != nil {
		return failed(err)
	}
	u.folder, u.path = folder, filepath.Join(folder, "rows."+u.Format)
	f, err := os.OpenFile(u.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return failed(err)
	}
	err = format.keep(f, u.Body)
	if e := f.Close(); err == nil {
		err = e
	}
	return failed(err)
}

func (u *uploading) remove() {
	if u.folder == "" {
		return
	}
	if err := os.RemoveAll(u.folder); err != nil {
		u.session.engine.log.Warn("a loaded file was left behind", "path", u.folder, "error", err)
	}
}

// removeOldUploads removes files that a process which was killed left behind. Other processes may be loading now: what was
// written to within a day stays.
func removeOldUploads(dir string) {
	folders, err := filepath.Glob(filepath.Join(dir, uploadFolder+"*"))
	if err != nil {
		return
	}
	for _, folder := range folders {
		files, err := os.ReadDir(folder)
		if err != nil {
			continue
		}
		old := true
		for _, f := range files {
			info, err := f.Info()
			old = old && err == nil && time.Since(info.ModTime()) > 24*time.Hour
		}
		if info, err := os.Stat(folder); old && err == nil && time.Since(info.ModTime()) > 24*time.Hour {
			_ = os.RemoveAll(folder)
		}
	}
}

// files makes the file the view's table. Values that are none of their column's type end the load.
func (u *uploading) files(format string, options map[string]string, schema *types.Type) error {
	all := map[string]string{"mode": "FAILFAST", "basepath": u.folder}
	for k, v := range options {
		all[strings.ToLower(k)] = v
	}
	for k, v := range u.Options {
		all[strings.ToLower(k)] = v
	}
	if !strings.EqualFold(all["mode"], "FAILFAST") {
		return sqlerr.New("INVALID_SETTING", "key", "mode", "value", all["mode"], "reason", "a load takes all rows or none").
			WithHint("COPY INTO and read_files can pass over broken records.")
	}
	t, err := relation.Files([]string{u.view.name}, format, []string{u.path}, all, schema, []string{}, nil)
	if err == nil {
		u.view.table = t
	}
	return err
}

// columns are those of the file, as its reader finds them.
func (u *uploading) columns(ctx context.Context) (*types.Type, error) {
	s, err := u.view.table.Snapshot(ctx, catalog.At{})
	if err != nil {
		return nil, err
	}
	return s.Schema(), nil
}

func (u *uploading) csv(ctx context.Context) error {
	// RFC 4180, and what this server writes itself: a quote is doubled within quotes, a line may end there.
	// A text that nobody sends stands for NULL, so that only what is empty without quotes is NULL.
	options := map[string]string{"header": "true", "escape": `"`, "multiline": "true", "nullvalue": "\x00"}
	header := true
	for k, v := range u.Options {
		if strings.EqualFold(k, "header") {
			header = strings.EqualFold(v, "true")
		}
	}
	if !header && u.known != nil {
		u.into.byName = false
		return u.files("csv", options, u.known)
	}
	if u.known == nil || u.Evolve {
		options["inferschema"] = "true"
	}
	if err := u.files("csv", options, nil); err != nil {
		return err
	}
	return u.typed(ctx, "csv", options)
}

func (u *uploading) json(ctx context.Context) error {
	if err := u.files("json", nil, nil); err != nil {
		return err
	}
	return u.typed(ctx, "json", nil)
}

// typed gives the columns that the file has the types that are known.
func (u *uploading) typed(ctx context.Context, format string, options map[string]string) error {
	found, err := u.columns(ctx)
	if err != nil || u.known == nil {
		return err
	}
	schema := types.NewStruct()
	for _, f := range found.Fields {
		at := u.known.FieldIndex(f.Name)
		if at < 0 {
			if u.creates() {
				return sqlerr.New("LOAD_COLUMN_UNKNOWN", "column", types.Quote(f.Name), "columns", u.Columns)
			}
			schema.Fields = append(schema.Fields, f) // the INSERT adds it, or says that there is none
			continue
		}
		known := u.known.Fields[at]
		if extra := notIn(f.Type, known.Type); extra != "" {
			return sqlerr.New("LOAD_COLUMN_UNKNOWN", "column", types.Quote(f.Name)+extra, "columns", known.Name+" "+known.Type.SQL())
		}
		known.Nullable, known.Metadata = true, nil // NOT NULL is the table's to say
		schema.Fields = append(schema.Fields, known)
	}
	return u.files(format, options, schema)
}

// notIn is the first field of a struct that was found which the known type has not: a reader would pass over it.
func notIn(found, known *types.Type) string {
	switch {
	case found.Kind == types.Struct && known.Kind == types.Struct:
		for _, f := range found.Fields {
			at := known.FieldIndex(f.Name)
			if at < 0 {
				return "." + types.Quote(f.Name)
			}
			if extra := notIn(f.Type, known.Fields[at].Type); extra != "" {
				return "." + types.Quote(f.Name) + extra
			}
		}
	case found.Kind == types.Array && known.Kind == types.Array:
		return notIn(found.Elem, known.Elem)
	}
	return ""
}

func (u *uploading) parquet(context.Context) error { return u.files("parquet", nil, nil) }

// arrow makes what the server's decoder reads the view's table: the engine itself knows no Arrow.
func (u *uploading) arrow(context.Context) error {
	if len(u.Options) > 0 {
		return sqlerr.Unsupported("Options of Arrow bodies")
	}
	if u.Decode == nil {
		return sqlerr.Unsupported("Loading arrow")
	}
	f, err := os.Open(u.path)
	if err != nil {
		return err
	}
	r, err := u.Decode(f, u.session.engine.config.MemoryLimit/4)
	if err != nil {
		_ = f.Close()
		return err
	}
	u.close = r.Close
	u.view.table = relation.Stream(u.view.name, r.Schema(), r.Next)
	return nil
}

// explain puts an error of the reader in terms of what was sent: not a file of the server's, and elements where a list was
// taken apart into lines.
func (u *uploading) explain(err error) error {
	var known *sqlerr.Error
	if !errors.As(err, &known) || u.path == "" {
		return err
	}
	e := *known
	e.Position, e.Query = sqlerr.Position{}, "" // the statement is not the client's
	if e.Class == "FILE_CORRUPT" {
		return sqlerr.New("LOAD_BODY_MALFORMED", "format", u.Format, "reason", strings.ReplaceAll(e.Message, u.path, "body")).Wrap(err)
	}
	e.Message = strings.ReplaceAll(strings.ReplaceAll(e.Message, "file://"+u.path, "body"), u.path, "body")
	if rest, ok := strings.CutPrefix(e.Hint, "Line "); ok && u.Format == "json" {
		e.Hint = "Element " + rest
	}
	return &e
}

// jsonLines takes the objects of a list, or objects one after another, apart into lines.
func jsonLines(w io.Writer, r io.Reader) error {
	s := &jsonSplitter{out: w}
	if err := copyAll(s, r); err != nil {
		return err
	}
	return s.end()
}

// elementError is an error at an element of a list, counted from 1.
func elementError(n int64, reason string) error {
	return sqlerr.New("LOAD_BODY_MALFORMED", "format", "JSON", "reason", reason).WithHint("Element %s.", strconv.FormatInt(n, 10))
}
