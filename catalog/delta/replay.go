package delta

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/argan-sql/argan/catalog/storage"
	"github.com/argan-sql/argan/sqlerr"
)

// state is the sum of a log up to a version. Once built it does not change.
type state struct {
	protocol   *Protocol
	metadata   *metadataAction
	files      []*AddFile
	tombstones []*RemoveFile
	txns       map[string]AppTransaction
	domains    map[string]DomainMetadata
}

// replayer sums actions up, oldest first.
type replayer struct {
	table   string
	state   state
	adds    map[fileKey]*AddFile // added here and still live
	order   []*AddFile           // as they came; those no longer in adds are dropped at the end
	removes map[fileKey]*RemoveFile
}

// newReplayer starts from an older state, or from nothing.
func newReplayer(table string, base *state) *replayer {
	r := &replayer{table: table, adds: map[fileKey]*AddFile{}, removes: map[fileKey]*RemoveFile{}}
	r.state.txns, r.state.domains = map[string]AppTransaction{}, map[string]DomainMetadata{}
	if base != nil {
		r.state = *base
		r.state.txns = make(map[string]AppTransaction, len(base.txns))
		for k, v := range base.txns {
			r.state.txns[k] = v
		}
		r.state.domains = make(map[string]DomainMetadata, len(base.domains))
		for k, v := range base.domains {
			r.state.domains[k] = v
		}
	}
	return r
}

// apply sums one version's actions. Within a version removes come first, whatever their order in the file: a file may
// be removed with one deletion vector and added with another.
func (r *replayer) apply(actions []action) error {
	for i := range actions {
		a := &actions[i]
		switch {
		case a.Remove != nil:
			rem, err := r.remove(a.Remove)
			if err != nil {
				return err
			}
			delete(r.adds, rem.key())
			r.removes[rem.key()] = rem
		case a.Protocol != nil:
			r.state.protocol = a.Protocol
		case a.Metadata != nil:
			r.state.metadata = a.Metadata
		case a.Txn != nil:
			r.state.txns[a.Txn.AppID] = *a.Txn
		case a.DomainMetadata != nil:
			r.state.domains[a.DomainMetadata.Domain] = *a.DomainMetadata
		}
	}
	for i := range actions {
		if a := actions[i].Add; a != nil {
			add, err := r.add(a)
			if err != nil {
				return err
			}
			r.addFile(add)
		}
	}
	return nil
}

func (r *replayer) addFile(add *AddFile) {
	k := add.key()
	delete(r.removes, k)
	r.adds[k] = add
	r.order = append(r.order, add)
}

// finish gives the sum. Files of the base that were touched are replaced, the rest keep their place.
func (r *replayer) finish() *state {
	s := r.state
	base := s.files
	s.files = make([]*AddFile, 0, len(base)+len(r.order))
	for _, f := range base {
		k := f.key()
		if r.removes[k] == nil && r.adds[k] == nil {
			s.files = append(s.files, f)
		}
	}
	for _, f := range r.order {
		if r.adds[f.key()] == f {
			s.files = append(s.files, f)
		}
	}
	old := s.tombstones
	s.tombstones = make([]*RemoveFile, 0, len(old)+len(r.removes))
	for _, t := range old {
		if k := t.key(); r.adds[k] == nil && r.removes[k] == nil {
			s.tombstones = append(s.tombstones, t)
		}
	}
	for _, t := range r.removes {
		s.tombstones = append(s.tombstones, t)
	}
	return &s
}

// resolve turns a path of the log into where the file lies.
func resolve(table, logPath string) (string, error) {
	p := logPath
	if strings.IndexByte(p, '%') < 0 && strings.IndexByte(p, ':') < 0 {
		if strings.HasPrefix(p, "/") {
			return p, nil
		}
		return table + "/" + p, nil
	}
	if scheme, _, ok := storage.SplitScheme(p); ok {
		if scheme == "file" {
			return storage.Resolve(p)
		}
		return p, nil
	}
	d, err := storage.DecodeURI(p)
	if err != nil {
		return "", sqlerr.New("DELTA_CANNOT_RECONSTRUCT_PATH_FROM_URI", "uri", logPath).Wrap(err)
	}
	if strings.HasPrefix(d, "/") {
		return d, nil
	}
	return table + "/" + d, nil
}

func (r *replayer) add(a *addAction) (*AddFile, error) {
	p, err := resolve(r.table, a.Path)
	if err != nil {
		return nil, err
	}
	return &AddFile{
		Path: p, LogPath: a.Path, PartitionValues: a.PartitionValues, Size: a.Size, ModificationTime: a.ModificationTime,
		DataChange: a.DataChange, StatsJSON: a.Stats, Tags: a.Tags, DeletionVector: a.DeletionVector, BaseRowID: a.BaseRowID,
		DefaultRowCommitVersion: a.DefaultRowCommitVersion, ClusteringProvider: a.ClusteringProvider,
	}, nil
}

func (r *replayer) remove(a *removeAction) (*RemoveFile, error) {
	p, err := resolve(r.table, a.Path)
	if err != nil {
		return nil, err
	}
	out := &RemoveFile{
		Path: p, LogPath: a.Path, DataChange: a.DataChange, PartitionValues: a.PartitionValues, StatsJSON: a.Stats,
		Tags: a.Tags, DeletionVector: a.DeletionVector, BaseRowID: a.BaseRowID, DefaultRowCommitVersion: a.DefaultRowCommitVersion,
	}
	if a.DeletionTimestamp != nil {
		out.DeletionTimestamp = *a.DeletionTimestamp
	}
	if a.Size != nil {
		out.Size = *a.Size
	}
	out.ExtendedFileMetadata = a.ExtendedFileMetadata != nil && *a.ExtendedFileMetadata
	return out, nil
}

// parseActions reads a commit file, a compacted one or a JSON checkpoint.
func parseActions(path string, raw []byte) ([]action, error) {
	out := make([]action, 0, bytes.Count(raw, []byte{'\n'})+1)
	for line := 1; len(raw) > 0; line++ {
		var text []byte
		if i := bytes.IndexByte(raw, '\n'); i >= 0 {
			text, raw = raw[:i], raw[i+1:]
		} else {
			text, raw = raw, nil
		}
		if text = bytes.TrimSpace(text); len(text) == 0 {
			continue
		}
		var a action
		if err := json.Unmarshal(text, &a); err != nil {
			return nil, corrupt(path, fmt.Errorf("line %d is not the JSON of an action: %w", line, err))
		}
		out = append(out, a)
	}
	return out, nil
}

func corrupt(path string, err error) error {
	return sqlerr.New("FILE_CORRUPT", "path", path, "reason", err.Error()).Wrap(err)
}

func readActions(ctx context.Context, store storage.Store, path string) ([]action, error) {
	raw, err := store.Read(ctx, path)
	if err != nil {
		return nil, err
	}
	return parseActions(path, raw)
}

// replaySegment sums a segment up, on top of base if that is given (then the segment holds only what came after it).
func replaySegment(ctx context.Context, store storage.Store, table string, s *segment, base *state) (*state, error) {
	r := newReplayer(table, base)
	if s.checkpoint != nil {
		if err := readCheckpoint(ctx, store, table, s.checkpoint, r.applyCheckpoint); err != nil {
			return nil, err
		}
	}
	for _, d := range s.deltas {
		actions, err := readActions(ctx, store, d.file.Path)
		if err != nil {
			return nil, err
		}
		if err := r.apply(actions); err != nil {
			return nil, err
		}
	}
	return r.finish(), nil
}

// applyCheckpoint takes rows of a checkpoint, where an add and a remove never contradict each other.
func (r *replayer) applyCheckpoint(actions []action) error { return r.apply(actions) }
