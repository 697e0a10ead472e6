package delta

import (
	"context"
	"errors"
	"io/fs"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/argan-sql/argan/catalog/storage"
	"github.com/argan-sql/argan/sqlerr"
)

// VacuumOptions are those of VACUUM.
type VacuumOptions struct {
	// Retention is what RETAIN says; nil is delta.deletedFileRetentionDuration.
	Retention *time.Duration
	// Check refuses a retention shorter than the table's (spark.databricks.delta.retentionDurationCheck.enabled).
	Check bool
	// DryRun only lists.
	DryRun bool
}

// VacuumResult says what was deleted, or would be.
type VacuumResult struct {
	// Files are the paths of files no version within the retention needs.
	Files       []string
	Directories int
	Size        int64
}

// Vacuum deletes files below the table's folder that no version within the retention refers to and that are older than
// it: removed files, and what writers that died have left. Unless it is a dry run it notes start and end in the log.
func (t *Table) Vacuum(ctx context.Context, o VacuumOptions) (*VacuumResult, error) {
	s, err := t.newest(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.Protocol.checkWrite(displayPath(t.path), s.Metadata); err != nil {
		return nil, err
	}
	standard := s.Metadata.duration("delta.deletedFileRetentionDuration", defaultTombstoneRetention)
	retention := standard
	if o.Retention != nil {
		retention = *o.Retention
		if retention < 0 || o.Check && retention < standard {
			return nil, sqlerr.New("DELTA_VACUUM_RETENTION_PERIOD_TOO_SHORT", "hours", strconv.FormatInt(int64(standard/time.Hour), 10))
		}
	}
	plan, err := t.planVacuum(ctx, s, t.clock().Add(-retention))
	if err != nil {
		return nil, err
	}
	if o.DryRun {
		return &plan.VacuumResult, nil
	}
	parameters := map[string]any{"retentionCheckEnabled": o.Check, "defaultRetentionMillis": standard.Milliseconds()}
	if o.Retention != nil {
		parameters["specifiedRetentionMillis"] = retention.Milliseconds()
	}
	if err := t.note(ctx, s, Operation{Name: "VACUUM START", Parameters: parameters, Metrics: map[string]string{
		"numFilesToDelete": strconv.Itoa(len(plan.Files)), "sizeOfDataToDelete": strconv.FormatInt(plan.Size, 10),
	}}); err != nil {
		return nil, err
	}
	deleted, failure := t.deleteAll(ctx, plan)
	status := "COMPLETED"
	if failure != nil {
		status = "FAILED"
	}
	after, err := t.newest(context.WithoutCancel(ctx))
	if err == nil {
		err = t.note(context.WithoutCancel(ctx), after, Operation{Name: "VACUUM END", Parameters: map[string]any{"status": status}, Metrics: map[string]string{
			"numDeletedFiles": strconv.Itoa(deleted), "numVacuumedDirectories": strconv.Itoa(plan.Directories),
		}})
	}
	if failure != nil {
		err = failure
	}
	return &plan.VacuumResult, err
}

// note commits a version that changes nothing and says something.
func (t *Table) note(ctx context.Context, s *Snapshot, op Operation) error {
	tx := t.Begin(s)
	tx.maintenance = true
	_, err := tx.Commit(ctx, op)
	return err
}

type vacuumPlan struct {
	VacuumResult
	folders []string // empty ones, deepest first
}

func (t *Table) planVacuum(ctx context.Context, s *Snapshot, cut time.Time) (*vacuumPlan, error) {
	keep := map[string]bool{}
	vector := func(d *DeletionVector) error {
		if d == nil {
			return nil
		}
		p, err := d.Path(t.path)
		keep[p] = true
		return err
	}
	for _, f := range s.Files() {
		keep[f.Path] = true
		if err := vector(f.DeletionVector); err != nil {
			return nil, err
		}
	}
	for _, r := range s.Tombstones() {
		if r.DeletionTimestamp < cut.UnixMilli() {
			continue
		}
		keep[r.Path] = true
		if err := vector(r.DeletionVector); err != nil {
			return nil, err
		}
	}
	plan := &vacuumPlan{}
	content := map[string]int{} // folder → what stays in it
	var folders []storage.Info
	err := t.store.Walk(ctx, t.path, func(in storage.Info) error {
		if t.hidden(s, in.Path) {
			content[storage.Dir(in.Path)]++
			return nil
		}
		if in.IsDir {
			plan.Directories++
			folders = append(folders, in)
			content[storage.Dir(in.Path)]++
			return nil
		}
		if keep[in.Path] || !in.ModTime.Before(cut) {
			content[storage.Dir(in.Path)]++
			return nil
		}
		plan.Files = append(plan.Files, in.Path)
		plan.Size += in.Size
		return nil
	})
	if err != nil {
		return nil, err
	}
	plan.Directories++ // the table's own
	sort.Strings(plan.Files)
	sort.Slice(folders, func(i, j int) bool { return len(folders[i].Path) > len(folders[j].Path) })
	for _, f := range folders {
		// A folder that is empty and was so before the cut, or that will be empty.
		if content[f.Path] == 0 && f.ModTime.Before(cut) {
			plan.folders = append(plan.folders, f.Path)
			content[storage.Dir(f.Path)]--
		}
	}
	return plan, nil
}

// hidden says whether a path belongs to something else than data: names that start with _ or ., but for the change data
// feed and partition folders.
func (t *Table) hidden(s *Snapshot, path string) bool {
	for _, name := range strings.Split(strings.TrimPrefix(path, t.path+"/"), "/") {
		if !strings.HasPrefix(name, "_") && !strings.HasPrefix(name, ".") || name == "_change_data" || strings.HasPrefix(name, "_delta_index") {
			continue
		}
		partition := false
		for _, p := range s.Metadata.PartitionColumns {
			physical, _ := s.Physical(p)
			partition = partition || len(physical) == 1 && strings.HasPrefix(name, physical[0]+"=")
		}
		if !partition {
			return true
		}
	}
	return false
}

func (t *Table) deleteAll(ctx context.Context, plan *vacuumPlan) (deleted int, err error) {
	for _, f := range plan.Files {
		if err := t.store.Delete(ctx, f); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			return deleted, err
		}
		deleted++
	}
	for _, f := range plan.folders {
		// Someone may have put a file there meanwhile; then it stays.
		if err := t.store.Delete(ctx, f); ctx.Err() != nil {
			return deleted, err
		}
	}
	return deleted, nil
}
