package file

import (
	"context"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/catalog/file/csv"
	"github.com/argan-sql/argan/catalog/file/json"
	"github.com/argan-sql/argan/catalog/file/option"
	"github.com/argan-sql/argan/catalog/file/parquet"
	"github.com/argan-sql/argan/catalog/file/text"
	"github.com/argan-sql/argan/catalog/storage"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// infer gives the schema of the files themselves.
func infer(ctx context.Context, env Env, r *Relation, o *option.Set) (*types.Type, error) {
	if r.Format == Text {
		return text.Schema(), nil
	}
	if len(r.Files) == 0 {
		return nil, sqlerr.New("UNABLE_TO_INFER_SCHEMA", "format", formatNames[r.Format])
	}
	if r.Format == Parquet {
		return inferParquet(ctx, env, r, o)
	}
	var objects []storage.Object
	defer func() {
		for _, obj := range objects {
			_ = obj.Close()
		}
	}()
	var inputs []text.Input
	for _, f := range r.Files {
		if f.Size == 0 {
			continue
		}
		obj, err := env.Store.Open(ctx, f.Path)
		if err != nil {
			return nil, err
		}
		objects = append(objects, obj)
		inputs = append(inputs, text.Input{R: obj, Size: obj.Size(), Path: f.Path})
	}
	if r.Format == CSV {
		opts, err := csv.ParseOptions(r.Options, env.Zone, env.Now)
		if err != nil {
			return nil, err
		}
		return csv.Infer(inputs, opts)
	}
	opts, err := json.ParseOptions(r.Options, env.Zone, env.Now)
	if err != nil {
		return nil, err
	}
	return json.Infer(inputs, opts)
}

// inferParquet takes the schema of the first file, or of all of them with the option mergeSchema.
func inferParquet(ctx context.Context, env Env, r *Relation, o *option.Set) (*types.Type, error) {
	merge := o.Bool("mergeSchema", false)
	if err := o.Err(); err != nil {
		return nil, err
	}
	var schema *types.Type
	for _, f := range r.Files {
		s, err := parquetSchema(ctx, env, f)
		if err != nil {
			return nil, err
		}
		if schema == nil {
			schema = s
		} else if schema, err = mergeSchemas(schema, s); err != nil {
			return nil, err
		}
		if !merge {
			break
		}
	}
	return schema, nil
}

func parquetSchema(ctx context.Context, env Env, f catalog.File) (*types.Type, error) {
	obj, err := env.Store.Open(ctx, f.Path)
	if err != nil {
		return nil, err
	}
	defer obj.Close() //nolint:errcheck // only read from
	p, err := parquet.Open(obj, obj.Size(), f.Path)
	if err != nil {
		return nil, err
	}
	return p.Schema()
}

// mergeSchemas adds the columns of b to a; types of the same column must agree, but for decimals and structs.
func mergeSchemas(a, b *types.Type) (*types.Type, error) {
	fields := append([]types.Field{}, a.Fields...)
	for _, f := range b.Fields {
		at := a.FieldIndex(f.Name)
		if at < 0 {
			fields = append(fields, f)
			continue
		}
		t, err := mergeTypes(fields[at].Name, fields[at].Type, f.Type)
		if err != nil {
			return nil, err
		}
		fields[at].Type = t
	}
	return types.NewStruct(fields...), nil
}

func mergeTypes(name string, a, b *types.Type) (*types.Type, error) {
	switch {
	case a.Equal(b):
		return a, nil
	case a.Kind == types.Struct && b.Kind == types.Struct:
		return mergeSchemas(a, b)
	case a.Kind == types.Array && b.Kind == types.Array:
		e, err := mergeTypes(name, a.Elem, b.Elem)
		return types.NewArray(e, true), err
	case a.Kind == types.Map && b.Kind == types.Map:
		k, err := mergeTypes(name, a.Key, b.Key)
		if err != nil {
			return nil, err
		}
		v, err := mergeTypes(name, a.Elem, b.Elem)
		return types.NewMap(k, v, true), err
	case a.Kind == types.Decimal && b.Kind == types.Decimal && a.Scale == b.Scale:
		if a.Precision > b.Precision {
			return a, nil
		}
		return b, nil
	}
	return nil, sqlerr.New("CANNOT_MERGE_SCHEMAS", "left", a.String(), "right", b.String()).WithHint("The column %s has both types.", name)
}
