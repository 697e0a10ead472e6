package analyzer

import (
	"strings"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// metadataFields are the fields of _metadata, and the numbers they have in a scan.
var metadataFields = []struct {
	name  string
	t     *types.Type
	field int
}{
	{"file_path", types.StringType, logical.FieldFilePath},
	{"file_name", types.StringType, logical.FieldFileName},
	{"file_size", types.LongType, logical.FieldFileSize},
	{"file_block_start", types.LongType, logical.FieldBlockStart},
	{"file_block_length", types.LongType, logical.FieldBlockLength},
	{"file_modification_time", types.TimestampType, logical.FieldFileModTime},
	{"row_index", types.LongType, logical.FieldRowIndex},
}

// metadata finds _metadata, qualified or not, and its fields: hidden columns that a table gives when asked for by name.
func (a *Analyzer) metadata(s *scope, parts []string) (expr.Expr, bool, error) {
	k := 0
	for k < len(parts) && !strings.EqualFold(parts[k], "_metadata") {
		k++
	}
	if k == len(parts) || k > 3 {
		return nil, false, nil
	}
	var found []*logical.Scan
	for _, scan := range s.scans {
		for _, c := range s.columns {
			if len(scan.Columns) > 0 && c.ID == scan.Columns[0].ID && a.hasQualifier(c, parts[:k]) {
				found = append(found, scan)
			}
		}
	}
	if len(found) == 0 {
		return nil, false, nil
	}
	if len(found) > 1 {
		return nil, false, sqlerr.New("AMBIGUOUS_REFERENCE", "name", quoteParts(parts), "referenceNames", "[`_metadata`, `_metadata`]")
	}
	rest := parts[k+1:]
	if len(rest) == 1 {
		for _, f := range metadataFields {
			if strings.EqualFold(f.name, rest[0]) {
				return hiddenField(found[0], f.name, f.t, f.field), true, nil
			}
		}
		if e, err := a.rowTracking(found[0], strings.ToLower(rest[0])); e != nil || err != nil {
			return e, err == nil, err
		}
	}
	var args []expr.Expr
	for _, f := range metadataFields {
		args = append(args, stringLiteral(f.name), hiddenField(found[0], f.name, f.t, f.field))
	}
	st, err := a.scalar("named_struct", args...)
	if err != nil {
		return nil, false, err
	}
	st.Text = "_metadata"
	e, err := a.extractAll(st, rest)
	return e, err == nil, err
}

// rowTracking is _metadata.row_id or _metadata.row_commit_version of a table that numbers its rows; nil for another name or
// table. A row that has moved to another file carries its id with it; others are numbered by their place.
func (a *Analyzer) rowTracking(scan *logical.Scan, name string) (expr.Expr, error) {
	tracked, ok := scan.Snapshot.(catalog.RowTracked)
	if !ok || name != "row_id" && name != "row_commit_version" {
		return nil, nil
	}
	snapshot, first, ok := tracked.WithRowIDs()
	if !ok {
		return nil, nil
	}
	scan.Snapshot = snapshot
	if name == "row_commit_version" {
		return a.scalar("coalesce", mayBeNull(hiddenField(scan, name, types.LongType, first+1)), mayBeNull(hiddenField(scan, name, types.LongType, first+3)))
	}
	byPlace, err := a.scalar("+", mayBeNull(hiddenField(scan, name, types.LongType, first+2)), hiddenField(scan, "row_index", types.LongType, logical.FieldRowIndex))
	if err != nil {
		return nil, err
	}
	return a.scalar("coalesce", mayBeNull(hiddenField(scan, name, types.LongType, first)), byPlace)
}

// mayBeNull notes of a hidden column that it may be NULL.
func mayBeNull(c *expr.Column) *expr.Column {
	c.Null = true
	return c
}

// hiddenField is a column of a scan that is not in the table's schema; the scan learns of it the first time.
func hiddenField(scan *logical.Scan, name string, t *types.Type, field int) *expr.Column {
	for i, f := range scan.Fields {
		if f == field {
			return scan.Columns[i]
		}
	}
	c := &expr.Column{ID: expr.NewID(), Name: name, T: t, Hidden: true}
	scan.Columns = append(scan.Columns, c)
	scan.Fields = append(scan.Fields, field)
	return c
}

// inputFile is input_file_name() and its kin: of the one table that the FROM clause reads.
func (r *resolver) inputFile(x *ast.Call) (expr.Expr, error) {
	name := strings.ToLower(x.Name.Last())
	if len(x.Args) > 0 {
		return nil, wrongCount(name, 0, 0, len(x.Args))
	}
	var scans []*logical.Scan
	if r.scope != nil {
		scans = r.scope.scans
	}
	field, t := logical.FieldFilePath, types.StringType
	switch name {
	case "input_file_block_start":
		field, t = logical.FieldBlockStart, types.LongType
	case "input_file_block_length":
		field, t = logical.FieldBlockLength, types.LongType
	}
	switch {
	case len(scans) > 1:
		return nil, sqlerr.New("MULTI_SOURCES_UNSUPPORTED_FOR_EXPRESSION", "expr", `"`+name+`()"`)
	case len(scans) == 0 && t == types.StringType:
		return stringLiteral(""), nil
	case len(scans) == 0:
		return longLiteral(-1), nil
	}
	c := *hiddenField(scans[0], name, t, field)
	c.Name, c.Hidden = name+"()", false
	return &c, nil
}
