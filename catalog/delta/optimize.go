package delta

import (
	"sort"
	"strings"
	"time"
)

// Sizes of OPTIMIZE where settings say nothing else.
const (
	DefaultOptimizeSize = int64(1) << 30
	maxDeletedRatio     = 0.05
)

// Bin is a set of files of one partition that OPTIMIZE writes anew together.
type Bin struct {
	PartitionValues map[string]*string
	Files           []*AddFile
	Size            int64
}

// PlanOptimize chooses the files to be compacted: those below minSize, and those with many deleted rows, packed into
// bins of at most maxSize; a bin of one file is worth it only if rows of it are deleted. With all (Z-order, clustering)
// every file takes part, a partition is one bin.
func (s *Snapshot) PlanOptimize(p Predicate, zone *time.Location, minSize, maxSize int64, all bool) []Bin {
	partitions := map[string][]*AddFile{}
	for _, f := range s.FilesMatching(p, zone) {
		if !all && f.Size >= minSize && s.deletedRatio(f) <= maxDeletedRatio {
			continue
		}
		key := partitionKey(f)
		partitions[key] = append(partitions[key], f)
	}
	var out []Bin
	for _, key := range sortedKeys(partitions) {
		files := partitions[key]
		sort.SliceStable(files, func(i, j int) bool { return files[i].Size < files[j].Size })
		bin := Bin{PartitionValues: files[0].PartitionValues}
		end := func() {
			if len(bin.Files) > 1 || len(bin.Files) == 1 && (all || bin.Files[0].DeletionVector != nil) {
				out = append(out, bin)
			}
			bin = Bin{PartitionValues: bin.PartitionValues}
		}
		for _, f := range files {
			if !all && len(bin.Files) > 0 && bin.Size+f.Size > maxSize {
				end()
			}
			bin.Files = append(bin.Files, f)
			bin.Size += f.Size
		}
		end()
	}
	return out
}

func (s *Snapshot) deletedRatio(f *AddFile) float64 {
	if f.DeletionVector == nil {
		return 0
	}
	rows := s.Stats(f).NumRecords
	if rows <= 0 {
		return 1
	}
	return float64(f.DeletionVector.Cardinality) / float64(rows)
}

// partitionKey tells partitions apart, NULL from every text.
func partitionKey(f *AddFile) string {
	var b strings.Builder
	for _, k := range sortedKeys(f.PartitionValues) {
		b.WriteString(k)
		if v := f.PartitionValues[k]; v != nil {
			b.WriteString("\x01" + *v)
		}
		b.WriteByte(0)
	}
	return b.String()
}
