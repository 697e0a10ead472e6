package delta

import (
	"fmt"
	"strings"
	"time"

	"github.com/argan-sql/argan/catalog/storage"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
	"github.com/google/uuid"
)

// Isolation levels of a commit.
const (
	serializable      = "Serializable"
	writeSerializable = "WriteSerializable"
	snapshotIsolation = "SnapshotIsolation"
)

// Transaction collects the changes of one version and what was read to decide on them. It is used by one goroutine.
type Transaction struct {
	table    *Table
	snapshot *Snapshot // nil for a new table

	metadata *Metadata // nil: unchanged
	protocol *Protocol // nil: unchanged
	features []string  // asked for beside what the metadata needs

	adds    []*AddFile
	removes []*RemoveFile
	cdc     []*CDCFile
	txns    []AppTransaction
	domains map[string]DomainMetadata

	readAll        bool
	readPredicates []Predicate
	readFiles      map[string]bool // by path
	zone           *time.Location

	fresh     map[*AddFile]bool // files whose row ids this transaction gives out
	id        string
	committed bool
	// enablesICT: in-commit timestamps are turned on here.
	enablesICT bool
	// maintenance: the commit only notes that something was done beside the table.
	maintenance bool
	// emptied: every file of the snapshot is removed, so that nothing old has to stay readable.
	emptied bool
}

// Begin starts a transaction on top of a snapshot of the table.
func (t *Table) Begin(s *Snapshot) *Transaction {
	return &Transaction{table: t, snapshot: s, domains: map[string]DomainMetadata{}, readFiles: map[string]bool{}, id: uuid.NewString()}
}

// Create starts the transaction that makes a new table with its first version. metadata's properties are those the user
// gave, validated by ValidateProperties.
func Create(store storage.Store, path string, metadata *Metadata) (*Table, *Transaction, error) {
	t, err := Open(store, path)
	if err != nil {
		return nil, nil, err
	}
	tx := t.Begin(nil)
	return t, tx, tx.SetMetadata(metadata)
}

// Snapshot is what the transaction stands on; nil for a new table.
func (tx *Transaction) Snapshot() *Snapshot { return tx.snapshot }

// Metadata is the table's metadata as it will be: what was set, with column mapping worked out, or the snapshot's.
func (tx *Transaction) Metadata() *Metadata {
	if tx.metadata != nil {
		return tx.metadata
	}
	return tx.snapshot.Metadata
}

// Protocol is the table's protocol as it will be.
func (tx *Transaction) Protocol() *Protocol {
	if tx.protocol != nil {
		return tx.protocol
	}
	return tx.snapshot.Protocol
}

// SetMetadata changes the table's schema, partitioning or properties; after RemoveAll it replaces the table. New columns get their ids and physical names, and
// the protocol rises to what the metadata needs; write files by Metadata() afterwards.
func (tx *Transaction) SetMetadata(metadata *Metadata) error {
	m := metadata.Clone()
	var before *Metadata
	var current *Protocol
	if tx.snapshot != nil {
		before, current = tx.snapshot.Metadata, tx.snapshot.Protocol
		m.ID, m.CreatedTime = before.ID, before.CreatedTime
	} else {
		if m.ID == "" {
			m.ID = uuid.NewString()
		}
		if m.CreatedTime == nil {
			now := tx.table.clock().UnixMilli()
			m.CreatedTime = &now
		}
	}
	if err := checkSchema(m); err != nil {
		return err
	}
	if err := mapColumns(m, before, tx.emptied); err != nil {
		return err
	}
	if err := tx.prepareRowTracking(m, before); err != nil {
		return err
	}
	for _, key := range sortedKeys(m.Configuration) {
		if name, ok := strings.CutPrefix(key, "delta.feature."); ok {
			tx.features = append(tx.features, name)
		}
	}
	p, err := upgrade(current, m, tx.features...)
	if err != nil {
		return err
	}
	if err := checkDefaults(m, p); err != nil {
		return err
	}
	tx.enableInCommitTimestamps(m, before)
	tx.metadata = m
	if current == nil || !p.equal(current) {
		tx.protocol = p
	}
	return nil
}

// checkSchema refuses what no table may have.
func checkSchema(m *Metadata) error {
	seen := map[string]bool{}
	for _, f := range m.Schema.Fields {
		low := strings.ToLower(f.Name)
		if seen[low] {
			return sqlerr.New("DELTA_DUPLICATE_COLUMNS_FOUND", "coltype", "in the table's schema", "duplicateCols", low)
		}
		seen[low] = true
	}
	if m.ChangeDataFeedOn() {
		for _, reserved := range []string{"_change_type", "_commit_version", "_commit_timestamp"} {
			if seen[reserved] {
				return sqlerr.New("DELTA_TABLE_ALREADY_CONTAINS_CDC_COLUMNS", "columnList", reserved)
			}
		}
	}
	for i, p := range m.PartitionColumns {
		at := m.Schema.FieldIndex(p)
		if at < 0 {
			return sqlerr.New("DELTA_MISSING_PARTITION_COLUMN", "columnName", p, "columnList", m.Schema.String())
		}
		f := m.Schema.Fields[at]
		m.PartitionColumns[i] = f.Name
		if f.Type.IsNested() || f.Type.IsInterval() || f.Type.Kind == types.Variant || f.Type.Kind == types.Null {
			return sqlerr.New("DELTA_INVALID_PARTITION_COLUMN_TYPE", "name", f.Name, "dataType", f.Type.SQL())
		}
	}
	if n := len(m.PartitionColumns); n > 0 && n == len(m.Schema.Fields) {
		return sqlerr.New("DELTA_CANNOT_USE_ALL_COLUMNS_FOR_PARTITION")
	}
	var bad []string
	walkFields(m.Schema, func(f types.Field) {
		if f.Type.IsInterval() {
			bad = append(bad, f.Name+": "+f.Type.SQL())
		}
	})
	if bad != nil {
		return sqlerr.New("DELTA_UNSUPPORTED_DATA_TYPES", "dataTypeList", strings.Join(bad, ", "), "config", "spark.databricks.delta.schema.typeCheck.enabled")
	}
	return nil
}

// checkDefaults refuses DEFAULT on a table without the feature: Spark wants it asked for.
func checkDefaults(m *Metadata, p *Protocol) error {
	for _, f := range m.Schema.Fields {
		if _, ok := DefaultExpression(f); ok && !p.Has("allowColumnDefaults") {
			return sqlerr.New("WRONG_COLUMN_DEFAULTS_FOR_DELTA_FEATURE_NOT_ENABLED", "commandType", "CREATE TABLE or ALTER TABLE")
		}
	}
	return nil
}

// SetProtocol raises the protocol; it may never fall.
func (tx *Transaction) SetProtocol(p *Protocol) error {
	if tx.snapshot != nil {
		old := tx.snapshot.Protocol
		if p.MinReaderVersion < old.MinReaderVersion || p.MinWriterVersion < old.MinWriterVersion {
			return sqlerr.New("DELTA_INVALID_PROTOCOL_DOWNGRADE", "oldProtocol", old.text(), "newProtocol", p.text())
		}
	}
	tx.protocol = p
	return nil
}

// AddFeature asks for a table feature that no metadata brings with it.
func (tx *Transaction) AddFeature(name string) error {
	f, ok := features[name]
	if !ok || !f.writable {
		return sqlerr.New("DELTA_UNSUPPORTED_FEATURES_IN_CONFIG", "configs", name)
	}
	tx.features = append(tx.features, name)
	if tx.snapshot == nil {
		p, err := upgrade(nil, tx.metadata.Clone(), tx.features...)
		tx.protocol = p
		return err
	}
	if p := tx.Protocol().with(append([]string{name}, f.needs...), false, 0, 0); !p.equal(tx.Protocol()) {
		tx.protocol = p
	}
	return nil
}

func (p *Protocol) text() string {
	return fmt.Sprintf("Protocol(%d,%d,[%s],[%s])", p.MinReaderVersion, p.MinWriterVersion, strings.Join(p.ReaderFeatures, ","), strings.Join(p.WriterFeatures, ","))
}

// Add puts a data file into the table. Path must be absolute; a file below the table's folder is noted relatively.
func (tx *Transaction) Add(f *AddFile) {
	if f.LogPath == "" {
		f.LogPath = tx.table.logPath(f.Path)
	}
	if f.PartitionValues == nil {
		f.PartitionValues = map[string]*string{}
	}
	tx.adds = append(tx.adds, f)
}

// logPath spells a path as the log does.
func (t *Table) logPath(path string) string {
	if rel, ok := strings.CutPrefix(path, t.path+"/"); ok {
		return storage.EncodeURI(rel)
	}
	return "file:" + storage.EncodeURI(path)
}

// Remove takes a data file of the snapshot out of the table. dataChange is false when its rows are written again as
// they were (OPTIMIZE).
func (tx *Transaction) Remove(f *AddFile, dataChange bool) {
	r := &RemoveFile{
		Path: f.Path, LogPath: f.LogPath, DeletionTimestamp: tx.table.clock().UnixMilli(), DataChange: dataChange, ExtendedFileMetadata: true,
		PartitionValues: f.PartitionValues, Size: f.Size, Tags: f.Tags, DeletionVector: f.DeletionVector, BaseRowID: f.BaseRowID,
		DefaultRowCommitVersion: f.DefaultRowCommitVersion,
	}
	if tx.snapshot != nil {
		if n := tx.snapshot.Stats(f).NumRecords; n >= 0 {
			r.StatsJSON = fmt.Sprintf(`{"numRecords":%d}`, n)
		}
	}
	tx.removes = append(tx.removes, r)
}

// RemoveAll takes every data file out (overwrite, replace, truncate), which depends on the whole table.
func (tx *Transaction) RemoveAll() {
	tx.ReadWholeTable()
	tx.emptied = true
	for _, f := range tx.snapshot.Files() {
		tx.Remove(f, true)
	}
}

// AddCDC notes a file of changed rows.
func (tx *Transaction) AddCDC(f *CDCFile) {
	if f.LogPath == "" {
		f.LogPath = tx.table.logPath(f.Path)
	}
	if f.PartitionValues == nil {
		f.PartitionValues = map[string]*string{}
	}
	tx.cdc = append(tx.cdc, f)
}

// SetTransaction notes how far an application has written. Two commits of one application that run at once conflict.
func (tx *Transaction) SetTransaction(appID string, version int64) {
	now := tx.table.clock().UnixMilli()
	tx.txns = append(tx.txns, AppTransaction{AppID: appID, Version: version, LastUpdated: &now})
}

// SetDomain sets a domain's configuration; with removed it is taken away.
func (tx *Transaction) SetDomain(d DomainMetadata) error {
	tx.domains[d.Domain] = d
	if !tx.Protocol().Has("domainMetadata") {
		return tx.AddFeature("domainMetadata")
	}
	return nil
}

// SetClustering makes the table clustered by columns (paths of logical names of Metadata()); none ends clustering.
func (tx *Transaction) SetClustering(columns [][]string) error {
	d, err := clusteringMetadata(tx.Metadata(), columns)
	if err != nil {
		return err
	}
	if len(tx.Metadata().PartitionColumns) > 0 && len(columns) > 0 {
		return sqlerr.New("DELTA_CLUSTER_BY_WITH_PARTITIONED_BY")
	}
	if !tx.Protocol().Has("clustering") {
		if err := tx.AddFeature("clustering"); err != nil {
			return err
		}
	}
	return tx.SetDomain(d)
}

// ReadPredicate notes that the transaction depends on all rows for which p holds. zone is the zone partition values
// that are timestamps are read in (nil is UTC).
func (tx *Transaction) ReadPredicate(p Predicate, zone *time.Location) {
	if p == nil {
		tx.ReadWholeTable()
		return
	}
	tx.zone = zone
	tx.readPredicates = append(tx.readPredicates, p)
}

// ReadFiles notes that the transaction depends on the content of files.
func (tx *Transaction) ReadFiles(files ...*AddFile) {
	for _, f := range files {
		tx.readFiles[f.Path] = true
	}
}

// ReadWholeTable notes that the transaction depends on every row.
func (tx *Transaction) ReadWholeTable() { tx.readAll = true }

func (tx *Transaction) dependsOnFiles() bool {
	return tx.readAll || len(tx.readPredicates) > 0 || len(tx.readFiles) > 0
}

// blindAppend says that the commit only adds, whatever else is in the table.
func (tx *Transaction) blindAppend() bool {
	return len(tx.removes) == 0 && len(tx.cdc) == 0 && !tx.dependsOnFiles()
}

func (tx *Transaction) changesData() bool {
	for _, a := range tx.adds {
		if a.DataChange {
			return true
		}
	}
	for _, r := range tx.removes {
		if r.DataChange {
			return true
		}
	}
	return false
}

// isolation is the level the commit is held to.
func (tx *Transaction) isolation() string {
	if tx.maintenance || (len(tx.adds) > 0 || len(tx.removes) > 0) && !tx.changesData() && tx.metadata == nil && tx.protocol == nil && len(tx.txns) == 0 {
		return snapshotIsolation
	}
	if strings.EqualFold(tx.Metadata().Configuration["delta.isolationLevel"], writeSerializable) {
		return writeSerializable
	}
	return serializable
}

// validate refuses what may not be committed.
func (tx *Transaction) validate() error {
	if tx.snapshot == nil && tx.metadata == nil {
		return sqlerr.New("DELTA_METADATA_ABSENT")
	}
	if len(tx.Metadata().Schema.Fields) == 0 && len(tx.adds) > 0 {
		return sqlerr.New("DELTA_SCHEMA_NOT_SET")
	}
	if err := tx.Protocol().checkWrite(displayPath(tx.table.path), tx.Metadata()); err != nil {
		return err
	}
	if tx.snapshot != nil {
		if err := tx.snapshot.Protocol.checkWrite(displayPath(tx.table.path), tx.snapshot.Metadata); err != nil {
			return err
		}
		if tx.snapshot.Metadata.On("delta.appendOnly") && tx.Metadata().On("delta.appendOnly") {
			for _, r := range tx.removes {
				if r.DataChange {
					return sqlerr.New("DELTA_CANNOT_MODIFY_APPEND_ONLY", "table_name", displayPath(tx.table.path), "config", "delta.appendOnly")
				}
			}
		}
	}
	return tx.validateFiles()
}

func (tx *Transaction) validateFiles() error {
	m := tx.Metadata()
	want := map[string]bool{}
	for _, p := range m.PartitionColumns {
		if physical, _, ok := m.Physical(p); ok {
			want[physical[0]] = true
		}
	}
	for _, a := range tx.adds {
		ok := len(a.PartitionValues) == len(want)
		for k := range a.PartitionValues {
			ok = ok && want[k]
		}
		if !ok {
			have := sortedKeys(a.PartitionValues)
			return sqlerr.New("DELTA_INVALID_PARTITIONING_SCHEMA", "neededPartitioning", strings.Join(sortedKeys(want), ","),
				"specifiedPartitioning", strings.Join(have, ","), "config", "spark.databricks.delta.partitionColumnValidity.enabled")
		}
		if a.DeletionVector == nil {
			continue
		}
		if !tx.Protocol().Has("deletionVectors") {
			return sqlerr.New("DELTA_ADDING_DELETION_VECTORS_DISALLOWED")
		}
		st := parseStats(a.StatsJSON, m)
		if st.NumRecords < 0 {
			return sqlerr.New("DELTA_DELETION_VECTOR_MISSING_NUM_RECORDS")
		}
		if st.TightBounds {
			return sqlerr.New("DELTA_ADDING_DELETION_VECTORS_WITH_TIGHT_BOUNDS_DISALLOWED")
		}
	}
	if len(tx.cdc) > 0 && !m.ChangeDataFeedOn() {
		return sqlerr.New("DELTA_CHANGE_TABLE_FEED_DISABLED")
	}
	if len(tx.domains) > 0 && !tx.Protocol().Has("domainMetadata") {
		return sqlerr.New("DELTA_DOMAIN_METADATA_NOT_SUPPORTED", "domainNames", "["+strings.Join(sortedKeys(tx.domains), ",")+"]")
	}
	return nil
}
