package delta

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync/atomic"
)

// Protocol says what a reader and a writer of the table must understand.
type Protocol struct {
	MinReaderVersion int      `json:"minReaderVersion"`
	MinWriterVersion int      `json:"minWriterVersion"`
	ReaderFeatures   []string `json:"readerFeatures,omitempty"`
	WriterFeatures   []string `json:"writerFeatures,omitempty"`
}

// MarshalJSON writes the feature lists exactly when the versions ask for them, empty ones too.
func (p Protocol) MarshalJSON() ([]byte, error) {
	m := struct {
		MinReaderVersion int       `json:"minReaderVersion"`
		MinWriterVersion int       `json:"minWriterVersion"`
		ReaderFeatures   *[]string `json:"readerFeatures,omitempty"`
		WriterFeatures   *[]string `json:"writerFeatures,omitempty"`
	}{MinReaderVersion: p.MinReaderVersion, MinWriterVersion: p.MinWriterVersion}
	list := func(have []string) *[]string {
		out := append([]string{}, have...)
		return &out
	}
	if p.MinReaderVersion >= 3 {
		m.ReaderFeatures = list(p.ReaderFeatures)
	}
	if p.MinWriterVersion >= 7 {
		m.WriterFeatures = list(p.WriterFeatures)
	}
	return json.Marshal(m)
}

// Format is the format of the data files; always parquet.
type Format struct {
	Provider string            `json:"provider"`
	Options  map[string]string `json:"options"`
}

type metadataAction struct {
	ID               string            `json:"id"`
	Name             *string           `json:"name,omitempty"`
	Description      *string           `json:"description,omitempty"`
	Format           Format            `json:"format"`
	SchemaString     string            `json:"schemaString"`
	PartitionColumns []string          `json:"partitionColumns"`
	Configuration    map[string]string `json:"configuration"`
	CreatedTime      *int64            `json:"createdTime,omitempty"`
}

// DeletionVector describes where the numbers of a file's deleted rows lie.
type DeletionVector struct {
	// StorageType is "u" (a file named by a UUID under the table), "p" (an absolute path) or "i" (inline).
	StorageType    string `json:"storageType"`
	PathOrInlineDV string `json:"pathOrInlineDv"`
	Offset         *int32 `json:"offset,omitempty"`
	SizeInBytes    int32  `json:"sizeInBytes"`
	Cardinality    int64  `json:"cardinality"`
	MaxRowIndex    *int64 `json:"maxRowIndex,omitempty"`
}

// UniqueID tells deletion vectors of one file apart, as the protocol defines it.
func (d *DeletionVector) UniqueID() string {
	if d == nil {
		return ""
	}
	id := d.StorageType + d.PathOrInlineDV
	if d.Offset != nil {
		id += fmt.Sprintf("@%d", *d.Offset)
	}
	return id
}

// AddFile is a data file of a snapshot. Read only, but for the one who made it and has not yet handed it to a Transaction.
type AddFile struct {
	// Path is where the file lies, absolute and decoded.
	Path string
	// LogPath is the path as it stands in the log; a Transaction fills it in when it is empty.
	LogPath string
	// PartitionValues by physical column name; nil is NULL.
	PartitionValues map[string]*string
	Size            int64
	// ModificationTime is in milliseconds since 1970.
	ModificationTime int64
	DataChange       bool
	// StatsJSON is the log's text of the statistics, "" if there is none; Snapshot.Stats parses it.
	StatsJSON               string
	Tags                    map[string]string
	DeletionVector          *DeletionVector
	BaseRowID               *int64
	DefaultRowCommitVersion *int64
	ClusteringProvider      *string

	stats   atomic.Pointer[Stats]
	deleted atomic.Pointer[deletedRows]
}

// Clone is a copy that may be changed.
func (f *AddFile) Clone() *AddFile {
	return &AddFile{
		Path: f.Path, LogPath: f.LogPath, PartitionValues: f.PartitionValues, Size: f.Size, ModificationTime: f.ModificationTime,
		DataChange: f.DataChange, StatsJSON: f.StatsJSON, Tags: f.Tags, DeletionVector: f.DeletionVector, BaseRowID: f.BaseRowID,
		DefaultRowCommitVersion: f.DefaultRowCommitVersion, ClusteringProvider: f.ClusteringProvider,
	}
}

type fileKey struct{ path, dv string }

func (f *AddFile) key() fileKey { return fileKey{f.Path, f.DeletionVector.UniqueID()} }

type addAction struct {
	Path                    string             `json:"path"`
	PartitionValues         map[string]*string `json:"partitionValues"`
	Size                    int64              `json:"size"`
	ModificationTime        int64              `json:"modificationTime"`
	DataChange              bool               `json:"dataChange"`
	Stats                   string             `json:"stats,omitempty"`
	Tags                    map[string]string  `json:"tags,omitempty"`
	DeletionVector          *DeletionVector    `json:"deletionVector,omitempty"`
	BaseRowID               *int64             `json:"baseRowId,omitempty"`
	DefaultRowCommitVersion *int64             `json:"defaultRowCommitVersion,omitempty"`
	ClusteringProvider      *string            `json:"clusteringProvider,omitempty"`
}

// RemoveFile is a tombstone: a data file that is no longer part of the table. Read only.
type RemoveFile struct {
	// Path is where the file lies (or lay), absolute and decoded.
	Path    string
	LogPath string
	// DeletionTimestamp is in milliseconds since 1970.
	DeletionTimestamp       int64
	DataChange              bool
	ExtendedFileMetadata    bool
	PartitionValues         map[string]*string
	Size                    int64
	StatsJSON               string
	Tags                    map[string]string
	DeletionVector          *DeletionVector
	BaseRowID               *int64
	DefaultRowCommitVersion *int64
}

func (r *RemoveFile) key() fileKey { return fileKey{r.Path, r.DeletionVector.UniqueID()} }

type removeAction struct {
	Path                    string             `json:"path"`
	DeletionTimestamp       *int64             `json:"deletionTimestamp,omitempty"`
	DataChange              bool               `json:"dataChange"`
	ExtendedFileMetadata    *bool              `json:"extendedFileMetadata,omitempty"`
	PartitionValues         map[string]*string `json:"partitionValues,omitempty"`
	Size                    *int64             `json:"size,omitempty"`
	Stats                   string             `json:"stats,omitempty"`
	Tags                    map[string]string  `json:"tags,omitempty"`
	DeletionVector          *DeletionVector    `json:"deletionVector,omitempty"`
	BaseRowID               *int64             `json:"baseRowId,omitempty"`
	DefaultRowCommitVersion *int64             `json:"defaultRowCommitVersion,omitempty"`
}

// CDCFile is a file of changed rows, for the change data feed.
type CDCFile struct {
	Path            string
	LogPath         string
	PartitionValues map[string]*string
	Size            int64
	Tags            map[string]string
}

type cdcAction struct {
	Path            string             `json:"path"`
	PartitionValues map[string]*string `json:"partitionValues"`
	Size            int64              `json:"size"`
	DataChange      bool               `json:"dataChange"`
	Tags            map[string]string  `json:"tags,omitempty"`
}

// AppTransaction remembers how far an application (a stream) has written.
type AppTransaction struct {
	AppID       string `json:"appId"`
	Version     int64  `json:"version"`
	LastUpdated *int64 `json:"lastUpdated,omitempty"`
}

// DomainMetadata is a named piece of configuration that one feature owns.
type DomainMetadata struct {
	Domain        string `json:"domain"`
	Configuration string `json:"configuration"`
	Removed       bool   `json:"removed"`
}

// CommitInfo is what the writer of a version said about it.
type CommitInfo struct {
	Version             *int64            `json:"version,omitempty"`
	InCommitTimestamp   *int64            `json:"inCommitTimestamp,omitempty"`
	Timestamp           int64             `json:"timestamp"`
	UserID              *string           `json:"userId,omitempty"`
	UserName            *string           `json:"userName,omitempty"`
	Operation           string            `json:"operation"`
	OperationParameters parameters        `json:"operationParameters"`
	Job                 json.RawMessage   `json:"job,omitempty"`
	Notebook            json.RawMessage   `json:"notebook,omitempty"`
	ClusterID           *string           `json:"clusterId,omitempty"`
	ReadVersion         *int64            `json:"readVersion,omitempty"`
	IsolationLevel      *string           `json:"isolationLevel,omitempty"`
	IsBlindAppend       *bool             `json:"isBlindAppend,omitempty"`
	OperationMetrics    map[string]string `json:"operationMetrics,omitempty"`
	UserMetadata        *string           `json:"userMetadata,omitempty"`
	Tags                map[string]string `json:"tags,omitempty"`
	EngineInfo          *string           `json:"engineInfo,omitempty"`
	TxnID               *string           `json:"txnId,omitempty"`
}

// UnmarshalJSON takes what other writers put there: metrics may be numbers, and are kept as text.
func (c *CommitInfo) UnmarshalJSON(data []byte) error {
	type plain CommitInfo
	aux := struct {
		*plain
		OperationMetrics map[string]json.RawMessage `json:"operationMetrics"`
	}{plain: (*plain)(c)}
	if err := json.Unmarshal(data, &aux); err != nil {
		return err
	}
	if aux.OperationMetrics != nil {
		c.OperationMetrics = make(map[string]string, len(aux.OperationMetrics))
		for k, v := range aux.OperationMetrics {
			c.OperationMetrics[k] = scalarText(v)
		}
	}
	return nil
}

func scalarText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

// parameters keeps operationParameters as DESCRIBE HISTORY shows them: texts, of a nested value its JSON; nil is null.
type parameters map[string]*string

// UnmarshalJSON reads any object.
func (p *parameters) UnmarshalJSON(data []byte) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	*p = make(parameters, len(raw))
	for k, v := range raw {
		if string(v) == "null" {
			(*p)[k] = nil
			continue
		}
		s := scalarText(v)
		(*p)[k] = &s
	}
	return nil
}

// Sidecar names a file that holds a part of a v2 checkpoint.
type Sidecar struct {
	Path             string            `json:"path"`
	SizeInBytes      int64             `json:"sizeInBytes"`
	ModificationTime int64             `json:"modificationTime"`
	Tags             map[string]string `json:"tags,omitempty"`
}

type checkpointMetadata struct {
	Version int64             `json:"version"`
	Tags    map[string]string `json:"tags,omitempty"`
}

// action is one line of the log: exactly one member is set, or none for an action we do not know (which readers skip).
type action struct {
	CommitInfo         *CommitInfo         `json:"commitInfo,omitempty"`
	Protocol           *Protocol           `json:"protocol,omitempty"`
	Metadata           *metadataAction     `json:"metaData,omitempty"`
	Add                *addAction          `json:"add,omitempty"`
	Remove             *removeAction       `json:"remove,omitempty"`
	CDC                *cdcAction          `json:"cdc,omitempty"`
	Txn                *AppTransaction     `json:"txn,omitempty"`
	DomainMetadata     *DomainMetadata     `json:"domainMetadata,omitempty"`
	Sidecar            *Sidecar            `json:"sidecar,omitempty"`
	CheckpointMetadata *checkpointMetadata `json:"checkpointMetadata,omitempty"`
}

// marshalLine is one action as a line of a commit file; <, > and & are left as they are.
func marshalLine(b *bytes.Buffer, a *action) error {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	return enc.Encode(a)
}
