package hivesrv

import (
	"fmt"
	"strings"
	"sync"
	"time"

	hive "github.com/beltran/gohive/hiveserver"

	"github.com/argan-sql/argan/engine"
)

// maxLog is how many lines of an operation are kept, maxLine how long one may be.
const (
	maxLog  = 1000
	maxLine = 4 << 10
)

// operationLog is what happened to an operation, as Beeline shows it while a statement runs.
type operationLog struct {
	mu    sync.Mutex
	lines []string
	next  int // the first line that was not fetched yet
}

func (l *operationLog) addf(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	if len(line) > maxLine {
		line = strings.ToValidUTF8(line[:maxLine], "") + "…"
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.lines) < maxLog {
		l.lines = append(l.lines, time.Now().Format("15:04:05.000")+" INFO  : "+line)
	}
}

// fetch gives the next lines, or the first ones again.
func (l *operationLog) fetch(first bool, n int64) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if first {
		l.next = 0
	}
	from := l.next
	l.next = from + int(min(max(0, n), int64(len(l.lines)-from)))
	return append([]string{}, l.lines[from:l.next]...)
}

// progressHeaders name the columns of the progress, as Beeline prints them above its bar.
var progressHeaders = []string{"STAGE", "STATUS", "TOTAL", "COMPLETED", "ROWS READ", "BYTES READ", "ROWS OUT"}

// progress is how far the operation is, for clients that draw it.
func (op *operation) progress(state hive.TOperationState) *hive.TProgressUpdateResp {
	op.mu.Lock()
	st, started := op.statement, op.started
	op.mu.Unlock()
	out := &hive.TProgressUpdateResp{HeaderNames: progressHeaders, Rows: [][]string{}, Status: hive.TJobExecutionStatus_NOT_AVAILABLE, StartTime: started.UnixMilli()}
	if st == nil {
		return out
	}
	p := st.Progress()
	word := "RUNNING"
	out.Status = hive.TJobExecutionStatus_IN_PROGRESS
	switch state {
	case stateFinished, stateError, stateCancelled, stateTimedOut:
		word, out.Status, out.ProgressedPercentage = "SUCCEEDED", hive.TJobExecutionStatus_COMPLETE, 1
		if state != stateFinished {
			word = "FAILED"
		}
	case statePending:
		word = "PENDING"
	default:
		if p.TasksTotal > 0 {
			out.ProgressedPercentage = float64(p.TasksDone) / float64(p.TasksTotal)
		}
		op.logProgress(p)
	}
	out.Rows = [][]string{{"Statement", word, fmt.Sprint(p.TasksTotal), fmt.Sprint(p.TasksDone), fmt.Sprint(p.RowsRead), fmt.Sprint(p.BytesRead), fmt.Sprint(p.RowsOut)}}
	out.FooterSummary = fmt.Sprintf("TASKS: %d/%d", p.TasksDone, p.TasksTotal)
	return out
}

// logProgress adds a line on how far a statement is.
func (op *operation) logProgress(p engine.Progress) {
	op.log.addf("%d of %d tasks done, %d rows and %d bytes read, %d rows out", p.TasksDone, p.TasksTotal, p.RowsRead, p.BytesRead, p.RowsOut)
}
