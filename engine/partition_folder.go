package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/catalog/file"
	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/engine/tablewriter"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// folder is a partition of a table of plain files.
type folder struct {
	names, values []string // of all partition columns, in their order
	path          string
	conditions    []expr.Expr // that choose its rows
	scan          *logical.Scan
}

// partition finds the partition that PARTITION (…) of a statement names in full.
func (p *planner) partition(ctx context.Context, r *found, spec []ast.PartitionValue, n ast.Node) (*folder, error) {
	if r.entry == nil || r.table == nil || r.entry.Provider == "delta" {
		return nil, sqlerr.New("INVALID_PARTITION_OPERATION.PARTITION_MANAGEMENT_IS_UNSUPPORTED", "name", r.display()).At(n.Pos())
	}
	s, err := r.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	out := &folder{path: r.table.Location(), scan: snapshotScan(r.table, s)}
	columns := s.PartitionColumns()
	given := map[string]ast.PartitionValue{}
	for _, v := range spec {
		known := false
		for _, c := range columns {
			known = known || strings.EqualFold(c, v.Name.Text)
		}
		if !known || v.Value == nil {
			return nil, sqlerr.New("_LEGACY_ERROR_TEMP_1232", "specKeys", v.Name.Text, "partitionColumnNames", strings.Join(columns, ", "), "tableName", r.display()).At(v.Pos())
		}
		given[strings.ToLower(v.Name.Text)] = v
	}
	if len(given) != len(columns) {
		var keys []string
		for _, v := range spec {
			keys = append(keys, v.Name.Text)
		}
		return nil, sqlerr.New("_LEGACY_ERROR_TEMP_1232", "specKeys", strings.Join(keys, ", "), "partitionColumnNames", strings.Join(columns, ", "), "tableName", r.display()).At(n.Pos())
	}
	for _, c := range columns {
		v := given[strings.ToLower(c)]
		t := s.Schema().Fields[s.Schema().FieldIndex(c)].Type
		value, err := p.constantAs(ctx, v.Value, t)
		if err != nil {
			return nil, err
		}
		text, err := delta.FormatPartitionValue(t, value.Value(0), time.UTC)
		if err != nil {
			return nil, at(err, v)
		}
		if text == nil || *text == "" {
			text = new(string)
			*text = file.DefaultPartition
		}
		out.names, out.values = append(out.names, c), append(out.values, *text)
		out.path = filepath.Join(out.path, tablewriter.EscapePath(c)+"="+tablewriter.EscapePath(*text))
		condition, err := p.partitionCondition(ctx, v, out.scan)
		if err != nil {
			return nil, err
		}
		out.conditions = append(out.conditions, condition)
	}
	return out, nil
}

func (p *planner) partitionCondition(ctx context.Context, v ast.PartitionValue, scan *logical.Scan) (expr.Expr, error) {
	column := &ast.Column{At: v.At, Name: ast.Name{At: v.At, Parts: []ast.Ident{v.Name}}}
	return p.newAnalyzer(ctx).Expression(&ast.Binary{At: v.At, Op: ast.OpNullSafe, Left: column, Right: v.Value}, scan.Columns)
}

// exists says whether the partition has a folder.
func (f *folder) exists() bool {
	info, err := os.Stat(f.path)
	return err == nil && info.IsDir()
}

// spec is the partition as DESCRIBE prints it.
func (f *folder) spec() string {
	parts := make([]string, len(f.names))
	for i, n := range f.names {
		parts[i] = n + "=" + f.values[i]
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func (f *folder) missing(r *found, n ast.Node) error {
	return sqlerr.New("PARTITIONS_NOT_FOUND", "partitionList", "PARTITION ("+strings.Trim(f.spec(), "[]")+")", "tableName", r.display()).At(n.Pos())
}

// describePartition is DESCRIBE … PARTITION (…).
func (p *planner) describePartition(ctx context.Context, t *ast.DescribeTable, r *found) (*plan, error) {
	if r.isView() {
		return nil, sqlerr.New("FORBIDDEN_OPERATION", "statement", "DESC PARTITION", "objectType", "VIEW", "objectName", quoted(r.name.database, r.name.name)).At(t.Table.Pos())
	}
	f, err := p.partition(ctx, r, t.Partition, t)
	if err != nil {
		return nil, err
	}
	if !f.exists() {
		return nil, f.missing(r, t)
	}
	return table("DESCRIBE TABLE", func(ctx context.Context) ([][]any, error) {
		rows := append(columnRows(f.scan.Snapshot.Schema()), partitionRows(f.scan.Snapshot.Schema(), f.names)...)
		if !t.Extended {
			return rows, nil
		}
		d := &details{}
		d.add("Database", r.entry.Database)
		d.add("Table", r.entry.Name)
		d.add("Partition Values", f.spec())
		d.add("Location", "file:"+f.path)
		d.add("Created Time", r.entry.Created.In(p.zone()).Format(timeLayout))
		d.add("Last Access", "UNKNOWN")
		statistics, err := p.partitionStatistics(ctx, f)
		if err != nil {
			return nil, err
		}
		d.add("Partition Statistics", statistics)
		rows = append(rows, d.rows("# Detailed Partition Information")...)
		storage := &details{}
		storage.add("Location", "file:"+r.table.Location())
		return append(rows, storage.rows("# Storage Information")...), nil
	}, describeColumns...), nil
}

// partitionStatistics counts the bytes and the rows of a partition.
func (p *planner) partitionStatistics(ctx context.Context, f *folder) (string, error) {
	files, err := dataFiles(f.path)
	if err != nil {
		return "", err
	}
	var size int64
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil {
			return "", sqlerr.New("STORAGE_ERROR", "operation", "Reading", "path", name, "reason", err.Error())
		}
		size += info.Size()
	}
	ready, err := p.physical(ctx, &logical.Filter{Condition: expr.Conjunction(f.conditions), Input: f.scan})
	if err != nil {
		return "", err
	}
	var rows int64
	x := &execution{statement: p.statement, session: p.session, engine: p.engine}
	err = x.stream(ctx, p, ready, nil, func(b *vector.Batch) error {
		rows += int64(b.Len())
		return nil
	})
	return fmt.Sprintf("%d bytes, %d rows", size, rows), err
}

// addPartitions makes the folders of partitions. A partition lies where its values say: no other place can be given.
func (p *planner) addPartitions(ctx context.Context, r *found, a *ast.AddPartitions) error {
	var add []*folder
	for _, l := range a.Partitions {
		f, err := p.partition(ctx, r, l.Partition, l)
		if err != nil {
			return err
		}
		if l.Location != nil && location(r.table.Location(), *l.Location) != f.path {
			return sqlerr.Unsupported("A partition at a LOCATION of its own").At(l.Pos())
		}
		if f.exists() && !a.IfNotExists {
			return sqlerr.New("PARTITIONS_ALREADY_EXIST", "partitionList", "PARTITION ("+strings.Trim(f.spec(), "[]")+")", "tableName", r.display()).At(l.Pos())
		}
		add = append(add, f)
	}
	for _, f := range add {
		if err := os.MkdirAll(f.path, 0o755); err != nil {
			return sqlerr.New("STORAGE_ERROR", "operation", "Making", "path", f.path, "reason", err.Error())
		}
	}
	return nil
}

// dropPartitions removes partitions with their files.
func (p *planner) dropPartitions(ctx context.Context, r *found, a *ast.DropPartitions) error {
	var drop []*folder
	for _, spec := range a.Partitions {
		f, err := p.partition(ctx, r, spec, a)
		if err != nil {
			return err
		}
		if !f.exists() {
			if a.IfExists {
				continue
			}
			return f.missing(r, a)
		}
		drop = append(drop, f)
	}
	if len(drop) > 0 && r.entry.Kind != metastore.ManagedTable {
		return sqlerr.Unsupported("DROP PARTITION of a table at a LOCATION of its own: its files are not Argan's to delete").At(a.Pos())
	}
	for _, f := range drop {
		if err := os.RemoveAll(f.path); err != nil {
			return sqlerr.New("STORAGE_ERROR", "operation", "Deleting", "path", f.path, "reason", err.Error())
		}
	}
	return nil
}

// truncateFiles is TRUNCATE TABLE of a table of plain files, or of one of its partitions.
func (p *planner) truncateFiles(ctx context.Context, t *ast.Truncate, r *found) (*plan, error) {
	if r.entry == nil || r.temp != nil {
		return nil, sqlerr.New("UNSUPPORTED_FEATURE.TABLE_OPERATION", "tableName", r.display(), "operation", "TRUNCATE TABLE").At(t.Table.Pos())
	}
	if err := notSystem(r.table); err != nil {
		return nil, at(err, t.Table)
	}
	if r.entry.Kind != metastore.ManagedTable {
		return nil, sqlerr.New("_LEGACY_ERROR_TEMP_1266", "tableIdentWithDB", quoted(catalogName, r.entry.Database, r.entry.Name)).At(t.Table.Pos())
	}
	root := r.table.Location()
	if len(t.Partition) > 0 {
		f, err := p.partition(ctx, r, t.Partition, t)
		if err != nil {
			return nil, err
		}
		root = f.path
	}
	return command("TRUNCATE TABLE", func(context.Context, *execution) error {
		files, err := dataFiles(root)
		if err != nil {
			return err
		}
		for _, name := range files {
			if err := os.Remove(name); err != nil {
				return sqlerr.New("STORAGE_ERROR", "operation", "Deleting", "path", name, "reason", err.Error())
			}
		}
		return nil
	}), nil
}

// showPartition is SHOW TABLE EXTENDED LIKE 't' PARTITION (…): the name must be that of one table.
func (p *planner) showPartition(ctx context.Context, t *ast.ShowTableExtended, database string, columns []types.Field) (*plan, error) {
	r, err := p.find(ctx, []string{database, t.Like}, t)
	if err != nil {
		return nil, err
	}
	f, err := p.partition(ctx, r, t.Partition, t)
	if err != nil {
		return nil, err
	}
	if !f.exists() {
		return nil, f.missing(r, t)
	}
	d := &details{}
	d.add("Partition Values", f.spec())
	d.add("Location", "file:"+f.path)
	d.add("Created Time", r.entry.Created.In(p.zone()).Format(timeLayout))
	d.add("Last Access", "UNKNOWN")
	var b strings.Builder
	for _, l := range d.lines {
		b.WriteString(l[0] + ": " + l[1] + "\n")
	}
	return table("SHOW TABLE EXTENDED", func(context.Context) ([][]any, error) {
		return [][]any{{r.entry.Database, r.entry.Name, false, b.String() + "\n"}}, nil
	}, columns...), nil
}
