package delta

import (
	"strings"
	"time"

	"github.com/argan-sql/argan/types"
)

// evaluator evaluates predicates over one file after another.
type evaluator struct {
	s    *Snapshot
	zone *time.Location
	file *AddFile

	columns    map[string]*resolved
	partitions map[partitionText]partitionValue
}

type partitionText struct {
	column *resolved
	text   string
}

type partitionValue struct {
	value any
	ok    bool
}

// resolved is a column of a predicate, looked up once.
type resolved struct {
	ok        bool
	partition bool
	physical  []string
	key       string
	t         *types.Type
}

func (e *evaluator) resolve(path []string) *resolved {
	key := strings.Join(path, pathSeparator)
	if r := e.columns[key]; r != nil {
		return r
	}
	r := &resolved{}
	if physical, field, ok := e.s.Metadata.Physical(path...); ok {
		r.ok, r.physical, r.key, r.t = true, physical, StatsPath(physical...), field.Type
		r.partition = len(path) == 1 && e.s.Metadata.IsPartition(path[0])
	}
	e.columns[key] = r
	return r
}

// column is what the file's partition values or statistics tell of a column.
func (e *evaluator) column(path []string) valueRange {
	r := e.resolve(path)
	if !r.ok || !boundsUsable(r.t) {
		return valueRange{}
	}
	if r.partition {
		text := e.file.PartitionValues[r.physical[0]]
		if text == nil || *text == "" {
			return valueRange{known: true, nulls: true}
		}
		k := partitionText{r, *text}
		p, seen := e.partitions[k]
		if !seen {
			v, err := ParsePartitionValue(r.t, text, e.zone)
			p = partitionValue{v, err == nil && v != nil} // one that does not parse fails when it is read
			e.partitions[k] = p
		}
		if !p.ok {
			return valueRange{}
		}
		return valueRange{known: true, min: p.value, max: p.value, values: true}
	}
	st := e.s.Stats(e.file)
	c, ok := st.columns[r.key]
	if !ok {
		return valueRange{}
	}
	out := valueRange{known: true, min: c.Min, max: c.Max, nulls: c.NullCount != 0, values: true}
	if c.NullCount >= 0 && st.NumRecords >= 0 && c.NullCount == st.NumRecords {
		out.values = false // no value at all
	}
	return out
}

// FilesMatching are the files in which the predicate (nil: always true) may be true of a row. zone is where partition
// values that are timestamps are read; nil is UTC.
func (s *Snapshot) FilesMatching(p Predicate, zone *time.Location) []*AddFile {
	if p == nil {
		return s.Files()
	}
	return s.filter(s.Files(), p, zone)
}

func (s *Snapshot) filter(files []*AddFile, p Predicate, zone *time.Location) []*AddFile {
	e := &evaluator{s: s, zone: zone, columns: map[string]*resolved{}, partitions: map[partitionText]partitionValue{}}
	var out []*AddFile
	for _, f := range files {
		e.file = f
		if p.outcome(e)&mayTrue != 0 {
			out = append(out, f)
		}
	}
	return out
}

// OnlyPartitions says whether every column of the predicate is a partition column, so that files match wholly or not.
func (s *Snapshot) OnlyPartitions(p Predicate) bool {
	switch p := p.(type) {
	case nil:
		return true
	case And:
		return s.allOnlyPartitions(p.Terms)
	case Or:
		return s.allOnlyPartitions(p.Terms)
	case Not:
		return s.OnlyPartitions(p.Term)
	case Compare:
		return s.isPartitionPath(p.Column)
	case In:
		return s.isPartitionPath(p.Column)
	case IsNull:
		return s.isPartitionPath(p.Column)
	case StartsWith:
		return s.isPartitionPath(p.Column)
	}
	return false
}

func (s *Snapshot) allOnlyPartitions(terms []Predicate) bool {
	for _, t := range terms {
		if !s.OnlyPartitions(t) {
			return false
		}
	}
	return true
}

func (s *Snapshot) isPartitionPath(path []string) bool {
	return len(path) == 1 && s.Metadata.IsPartition(path[0])
}
