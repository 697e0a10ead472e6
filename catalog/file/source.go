// Package file is one front for files of every format: what lies at a path (folders, globs, partitions in folder names),
// which schema it has, and how its rows are read as batches.
//
// In: a Source: format, paths, options, and a schema if the user gave one. Out: a Relation, which is a fixed list of files
// with their partition values and the schema; and readers of files, or of parts of them, that give batches. Formats
// without a reader yet are refused by name. The executor reads Parquet by the package below, column by column; the
// reader here is for those who want all rows of a file in order.
package file

import (
	"context"
	"strings"
	"time"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/catalog/file/option"
	"github.com/argan-sql/argan/catalog/storage"
	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// Formats that can be read.
const (
	Parquet = "parquet"
	CSV     = "csv"
	JSON    = "json"
	Text    = "text"
)

// formatNames are the formats as Spark's messages name them.
var formatNames = map[string]string{Parquet: "Parquet", CSV: "CSV", JSON: "JSON", Text: "Text"}

// Env is what reading needs from outside.
type Env struct {
	Store storage.Store
	// Zone is the session's, for timestamps in text without one; nil is UTC.
	Zone *time.Location
	// Now is the statement's time, for times of day without a date.
	Now time.Time
}

func (e Env) zone() *time.Location {
	if e.Zone == nil {
		return time.UTC
	}
	return e.Zone
}

// Source names files.
type Source struct {
	Format  string
	Paths   []string // files, folders or globs, plain or as file: URIs
	Options map[string]string
	// Schema is the user's, nil to infer it. It may hold the partition columns.
	Schema *types.Type
	// Partitions are the partition columns that a table declares; nil finds them in the names of folders.
	Partitions []string
}

// Relation is a source at a point in time.
type Relation struct {
	Format  string
	Options map[string]string
	// Data is the schema of the files themselves, Schema that with the partition columns.
	Data, Schema *types.Type
	// Partitions are the partition columns, in the order of the folders.
	Partitions []types.Field
	Files      []catalog.File
}

// checkFormat refuses formats that cannot be read.
func checkFormat(format string) error {
	switch format {
	case Parquet, CSV, JSON, Text:
		return nil
	case "avro", "orc", "xml", "binaryfile", "image", "libsvm":
		return sqlerr.Unsupported("the file format %s", format)
	}
	return sqlerr.New("DATA_SOURCE_NOT_FOUND", "provider", format)
}

// Resolve lists the files of a source and finds its schema.
func Resolve(ctx context.Context, env Env, src Source) (*Relation, error) {
	format := strings.ToLower(src.Format)
	if err := checkFormat(format); err != nil {
		return nil, err
	}
	o := option.New(src.Options)
	l, err := list(ctx, env, src.Paths, o, src.Partitions)
	if err != nil {
		return nil, err
	}
	r := &Relation{Format: format, Options: src.Options, Data: src.Schema}
	if r.Partitions, err = l.partitions(env, o, src); err != nil {
		return nil, err
	}
	for _, f := range l.files {
		values, err := f.values(env, r.Partitions)
		if err != nil {
			return nil, err
		}
		r.Files = append(r.Files, catalog.File{
			Path: f.info.Path, Format: format, Size: f.info.Size, Modified: f.info.ModTime.UnixMicro(), Rows: -1,
			Partition: values, Options: src.Options,
		})
	}
	if r.Data == nil {
		if r.Data, err = infer(ctx, env, r, o); err != nil {
			return nil, err
		}
	}
	r.arrange(src.Schema != nil)
	return r, nil
}

// Infer gives the schema of a source, partition columns included.
func Infer(ctx context.Context, env Env, src Source) (*types.Type, error) {
	r, err := Resolve(ctx, env, src)
	if err != nil {
		return nil, err
	}
	return r.Schema, nil
}

// arrange works out Data and Schema: partition columns come last, unless the files have a column of that name too.
func (r *Relation) arrange(given bool) {
	isPartition := func(name string) int {
		for i, p := range r.Partitions {
			if strings.EqualFold(p.Name, name) {
				return i
			}
		}
		return -1
	}
	var data, all []types.Field
	placed := make([]bool, len(r.Partitions))
	for _, f := range r.Data.Fields {
		i := isPartition(f.Name)
		if i < 0 || !given {
			data = append(data, f)
		}
		if i < 0 {
			all = append(all, f)
		} else if !given {
			all = append(all, r.Partitions[i])
			placed[i] = true
		}
	}
	for i, p := range r.Partitions {
		if !placed[i] {
			all = append(all, p)
		}
	}
	r.Data, r.Schema = types.NewStruct(data...), types.NewStruct(all...)
}

// modifiedBound reads the options modifiedBefore and modifiedAfter.
func modifiedBound(env Env, o *option.Set, name string) (time.Time, bool, error) {
	v, ok := o.Has(name)
	if !ok {
		return time.Time{}, false, nil
	}
	x, ok := cast.ParseTimestamp([]byte(v), o.Zone(env.zone()), env.Now)
	if !ok {
		return time.Time{}, false, sqlerr.New("INVALID_SETTING", "key", name, "value", v, "reason", "it is no timestamp")
	}
	return time.UnixMicro(x), true, nil
}
