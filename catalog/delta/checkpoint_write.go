package delta

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"sort"
	"time"

	"github.com/argan-sql/argan/catalog/storage"
	"github.com/google/uuid"
	"github.com/parquet-go/parquet-go"
)

// The columns of a checkpoint file.
type (
	vectorColumns struct {
		StorageType    string `parquet:"storageType"`
		PathOrInlineDV string `parquet:"pathOrInlineDv"`
		Offset         *int32 `parquet:"offset,optional"`
		SizeInBytes    int32  `parquet:"sizeInBytes"`
		Cardinality    int64  `parquet:"cardinality"`
		MaxRowIndex    *int64 `parquet:"maxRowIndex,optional"`
	}
	addColumns struct {
		Path                    string             `parquet:"path"`
		PartitionValues         map[string]*string `parquet:"partitionValues"`
		Size                    int64              `parquet:"size"`
		ModificationTime        int64              `parquet:"modificationTime"`
		DataChange              bool               `parquet:"dataChange"`
		Tags                    map[string]string  `parquet:"tags,optional"`
		DeletionVector          *vectorColumns     `parquet:"deletionVector,optional"`
		BaseRowID               *int64             `parquet:"baseRowId,optional"`
		DefaultRowCommitVersion *int64             `parquet:"defaultRowCommitVersion,optional"`
		ClusteringProvider      *string            `parquet:"clusteringProvider,optional"`
		Stats                   *string            `parquet:"stats,optional"`
	}
	removeColumns struct {
		Path                    string             `parquet:"path"`
		DeletionTimestamp       *int64             `parquet:"deletionTimestamp,optional"`
		DataChange              bool               `parquet:"dataChange"`
		ExtendedFileMetadata    *bool              `parquet:"extendedFileMetadata,optional"`
		PartitionValues         map[string]*string `parquet:"partitionValues,optional"`
		Size                    *int64             `parquet:"size,optional"`
		DeletionVector          *vectorColumns     `parquet:"deletionVector,optional"`
		BaseRowID               *int64             `parquet:"baseRowId,optional"`
		DefaultRowCommitVersion *int64             `parquet:"defaultRowCommitVersion,optional"`
	}
	formatColumns struct {
		Provider string            `parquet:"provider"`
		Options  map[string]string `parquet:"options"`
	}
	metadataColumns struct {
		ID               string            `parquet:"id"`
		Name             *string           `parquet:"name,optional"`
		Description      *string           `parquet:"description,optional"`
		Format           formatColumns     `parquet:"format"`
		SchemaString     string            `parquet:"schemaString"`
		PartitionColumns []string          `parquet:"partitionColumns,list"`
		Configuration    map[string]string `parquet:"configuration"`
		CreatedTime      *int64            `parquet:"createdTime,optional"`
	}
	protocolColumns struct {
		MinReaderVersion int32    `parquet:"minReaderVersion"`
		MinWriterVersion int32    `parquet:"minWriterVersion"`
		ReaderFeatures   []string `parquet:"readerFeatures,list,optional"`
		WriterFeatures   []string `parquet:"writerFeatures,list,optional"`
	}
	txnColumns struct {
		AppID       string `parquet:"appId"`
		Version     int64  `parquet:"version"`
		LastUpdated *int64 `parquet:"lastUpdated,optional"`
	}
	domainColumns struct {
		Domain        string `parquet:"domain"`
		Configuration string `parquet:"configuration"`
		Removed       bool   `parquet:"removed"`
	}
	checkpointRow struct {
		Txn      *txnColumns      `parquet:"txn,optional"`
		Add      *addColumns      `parquet:"add,optional"`
		Remove   *removeColumns   `parquet:"remove,optional"`
		Metadata *metadataColumns `parquet:"metaData,optional"`
		Protocol *protocolColumns `parquet:"protocol,optional"`
		Domain   *domainColumns   `parquet:"domainMetadata,optional"`
	}
	sidecarRow struct {
		Add    *addColumns    `parquet:"add,optional"`
		Remove *removeColumns `parquet:"remove,optional"`
	}
)

// defaultTombstoneRetention is delta.deletedFileRetentionDuration where it is not set.
const defaultTombstoneRetention = 7 * 24 * time.Hour

// Checkpoint writes the sum of a version down, as the table's delta.checkpointPolicy says, and points _last_checkpoint
// at it. One that is there already is left as it is.
func (t *Table) Checkpoint(ctx context.Context, s *Snapshot) error {
	if s.Metadata.Configuration["delta.checkpointPolicy"] == "v2" && s.Protocol.Has("v2Checkpoint") {
		return t.checkpointV2(ctx, s)
	}
	var rows []checkpointRow
	p := s.Protocol
	pc := &protocolColumns{MinReaderVersion: int32(p.MinReaderVersion), MinWriterVersion: int32(p.MinWriterVersion)}
	if p.MinReaderVersion >= 3 {
		pc.ReaderFeatures = append([]string{}, p.ReaderFeatures...)
	}
	if p.MinWriterVersion >= 7 {
		pc.WriterFeatures = append([]string{}, p.WriterFeatures...)
	}
	rows = append(rows, checkpointRow{Protocol: pc})
	m := s.state.metadata
	mc := &metadataColumns{
		ID: m.ID, Name: m.Name, Description: m.Description, Format: formatColumns{Provider: m.Format.Provider, Options: m.Format.Options},
		SchemaString: m.SchemaString, PartitionColumns: m.PartitionColumns, Configuration: m.Configuration, CreatedTime: m.CreatedTime,
	}
	rows = append(rows, checkpointRow{Metadata: mc})
	for _, x := range s.keptTransactions() {
		rows = append(rows, checkpointRow{Txn: &txnColumns{x.AppID, x.Version, x.LastUpdated}})
	}
	for _, name := range sortedKeys(s.state.domains) {
		if d := s.state.domains[name]; !d.Removed {
			rows = append(rows, checkpointRow{Domain: &domainColumns{d.Domain, d.Configuration, false}})
		}
	}
	for _, f := range s.fileRows() {
		rows = append(rows, checkpointRow{Add: f.Add, Remove: f.Remove})
	}
	data, err := parquetFile(rows)
	if err != nil {
		return fmt.Errorf("checkpoint %d: %w", s.Version, err)
	}
	path := storage.Join(t.path, logDir, fmt.Sprintf("%020d.checkpoint.parquet", s.Version))
	if err := t.store.PutIfAbsent(ctx, path, data); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	size, adds := int64(len(data)), int64(s.NumFiles())
	return t.writeHint(ctx, lastCheckpoint{Version: s.Version, Size: int64(len(rows)), SizeInBytes: &size, NumOfAddFiles: &adds})
}

func parquetFile[T any](rows []T) ([]byte, error) {
	var b bytes.Buffer
	// Plain: Spark 3.5 reads every text of a column as empty where DELTA_LENGTH_BYTE_ARRAY, this library's choice, meets NULLs.
	w := parquet.NewGenericWriter[T](&b, parquet.Compression(&parquet.Snappy), parquet.DefaultEncoding(&parquet.Plain), parquet.CreatedBy("argan", "1", "checkpoint"))
	if _, err := w.Write(rows); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// keptTransactions are those of applications that have not been forgotten (delta.setTransactionRetentionDuration).
func (s *Snapshot) keptTransactions() []AppTransaction {
	var out []AppTransaction
	limit := int64(0)
	if d, ok := ParseInterval(s.Metadata.Configuration["delta.setTransactionRetentionDuration"]); ok {
		limit = s.table.clock().Add(-d).UnixMilli()
	}
	for _, id := range sortedKeys(s.state.txns) {
		if x := s.state.txns[id]; x.LastUpdated == nil || *x.LastUpdated >= limit {
			out = append(out, x)
		}
	}
	return out
}

// fileRows are the live files and the tombstones that are still worth remembering.
func (s *Snapshot) fileRows() []sidecarRow {
	rows := make([]sidecarRow, 0, len(s.state.files))
	for _, f := range s.state.files {
		a := &addColumns{
			Path: f.LogPath, PartitionValues: f.PartitionValues, Size: f.Size, ModificationTime: f.ModificationTime, Tags: f.Tags,
			DeletionVector: f.DeletionVector.columns(), BaseRowID: f.BaseRowID, DefaultRowCommitVersion: f.DefaultRowCommitVersion,
			ClusteringProvider: f.ClusteringProvider,
		}
		if f.StatsJSON != "" {
			a.Stats = &f.StatsJSON
		}
		rows = append(rows, sidecarRow{Add: a})
	}
	limit := s.table.clock().Add(-s.Metadata.duration("delta.deletedFileRetentionDuration", defaultTombstoneRetention)).UnixMilli()
	tombs := append([]*RemoveFile{}, s.state.tombstones...)
	sort.Slice(tombs, func(i, j int) bool { return tombs[i].LogPath < tombs[j].LogPath })
	for _, r := range tombs {
		if r.DeletionTimestamp <= limit {
			continue
		}
		c := &removeColumns{
			Path: r.LogPath, DeletionTimestamp: &r.DeletionTimestamp, DeletionVector: r.DeletionVector.columns(),
			BaseRowID: r.BaseRowID, DefaultRowCommitVersion: r.DefaultRowCommitVersion,
		}
		if r.ExtendedFileMetadata {
			c.ExtendedFileMetadata, c.PartitionValues, c.Size = &r.ExtendedFileMetadata, r.PartitionValues, &r.Size
		}
		rows = append(rows, sidecarRow{Remove: c})
	}
	return rows
}

func (d *DeletionVector) columns() *vectorColumns {
	if d == nil {
		return nil
	}
	return &vectorColumns{d.StorageType, d.PathOrInlineDV, d.Offset, d.SizeInBytes, d.Cardinality, d.MaxRowIndex}
}

// filesPerSidecar is how many rows go into one sidecar of a v2 checkpoint.
const filesPerSidecar = 50_000

// checkpointV2 writes the files into sidecars and the rest, with pointers to them, into one JSON file.
func (t *Table) checkpointV2(ctx context.Context, s *Snapshot) error {
	rows := s.fileRows()
	var sidecars []Sidecar
	parts := (len(rows) + filesPerSidecar - 1) / filesPerSidecar
	for i := range parts {
		data, err := parquetFile(rows[i*filesPerSidecar : min((i+1)*filesPerSidecar, len(rows))])
		if err != nil {
			return fmt.Errorf("sidecar of checkpoint %d: %w", s.Version, err)
		}
		name := fmt.Sprintf("%020d.checkpoint.%010d.%010d.%s.parquet", s.Version, i+1, parts, uuid.NewString())
		if err := t.store.PutIfAbsent(ctx, storage.Join(t.path, logDir, "_sidecars", name), data); err != nil {
			return err
		}
		sidecars = append(sidecars, Sidecar{Path: name, SizeInBytes: int64(len(data)), ModificationTime: t.clock().UnixMilli()})
	}
	actions := []action{{CheckpointMetadata: &checkpointMetadata{Version: s.Version}}}
	for i := range sidecars {
		actions = append(actions, action{Sidecar: &sidecars[i]})
	}
	actions = append(actions, action{Protocol: s.Protocol}, action{Metadata: s.state.metadata})
	for _, x := range s.keptTransactions() {
		actions = append(actions, action{Txn: &x})
	}
	for _, name := range sortedKeys(s.state.domains) {
		if d := s.state.domains[name]; !d.Removed {
			actions = append(actions, action{DomainMetadata: &d})
		}
	}
	var b bytes.Buffer
	for i := range actions {
		if err := marshalLine(&b, &actions[i]); err != nil {
			return fmt.Errorf("checkpoint %d: %w", s.Version, err)
		}
	}
	name := fmt.Sprintf("%020d.checkpoint.%s.json", s.Version, uuid.NewString())
	if err := t.store.PutIfAbsent(ctx, storage.Join(t.path, logDir, name), b.Bytes()); err != nil {
		return err
	}
	size, adds := int64(b.Len()), int64(s.NumFiles())
	return t.writeHint(ctx, lastCheckpoint{
		Version: s.Version, Size: int64(len(actions) + len(rows)), SizeInBytes: &size, NumOfAddFiles: &adds,
		V2Checkpoint: &lastV2Checkpoint{Path: name, SizeInBytes: size, ModificationTime: t.clock().UnixMilli(), SidecarFiles: sidecars},
	})
}

// writeHint points _last_checkpoint at a checkpoint, unless it points at a later one.
func (t *Table) writeHint(ctx context.Context, h lastCheckpoint) error {
	if hint(ctx, t.store, t.path) > h.Version {
		return nil
	}
	raw, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return t.store.Put(ctx, storage.Join(t.path, logDir, "_last_checkpoint"), raw)
}
