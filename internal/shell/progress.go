package shell

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/argan-sql/argan/engine"
)

const (
	progressAfter = time.Second // shorter statements show none
	progressEvery = 200 * time.Millisecond
	barWidth      = 24
)

// progress draws a line about the running statement on a terminal, and takes it away again.
type progress struct {
	w     io.Writer
	stop  chan struct{}
	done  chan struct{}
	close sync.Once
}

// watch starts drawing once the statement has run for a while. A nil writer draws nothing.
func watch(w io.Writer, began time.Time, width int, read func() (engine.Progress, bool)) *progress {
	p := &progress{w: w, stop: make(chan struct{}), done: make(chan struct{})}
	if w == nil {
		close(p.done)
		return p
	}
	go func() {
		defer close(p.done)
		wait := time.NewTimer(progressAfter)
		defer wait.Stop()
		drawn := false
		for frame := 0; ; frame++ {
			select {
			case <-p.stop:
				if drawn {
					fmt.Fprint(w, "\r\x1b[K")
				}
				return
			case <-wait.C:
			}
			now, known := read()
			line := progressLine(now, known, time.Since(began), frame)
			if width > 1 && len(line) >= width {
				line = line[:width-1]
			}
			fmt.Fprint(w, "\r"+line+"\x1b[K")
			drawn = true
			wait.Reset(progressEvery)
		}
	}()
	return p
}

// end takes the line away; it may be called more than once.
func (p *progress) end() {
	p.close.Do(func() { close(p.stop) })
	<-p.done
}

// progressLine is the text of one frame: a bar where the number of tasks is known, else something that turns.
func progressLine(p engine.Progress, known bool, elapsed time.Duration, frame int) string {
	var b strings.Builder
	if known && p.TasksTotal > 0 {
		full := int(min(p.TasksDone, p.TasksTotal) * barWidth / p.TasksTotal)
		fmt.Fprintf(&b, "[%s%s] %3d%% ", strings.Repeat("#", full), strings.Repeat(".", barWidth-full), min(p.TasksDone, p.TasksTotal)*100/p.TasksTotal)
	} else {
		fmt.Fprintf(&b, "%c ", `|/-\`[frame%4])
	}
	fmt.Fprintf(&b, "%.1f s", elapsed.Seconds())
	if known {
		if p.RowsRead > 0 {
			fmt.Fprintf(&b, ", %s rows read", short(p.RowsRead, 1000, []string{"", "k", "M", "G"}))
		}
		if p.BytesRead > 0 {
			fmt.Fprintf(&b, ", %s", short(p.BytesRead, 1024, []string{" B", " KiB", " MiB", " GiB", " TiB"}))
		}
		if p.SpilledBytes > 0 {
			fmt.Fprintf(&b, ", %s spilled", short(p.SpilledBytes, 1024, []string{" B", " KiB", " MiB", " GiB", " TiB"}))
		}
	}
	b.WriteString("  (Ctrl-C cancels)")
	return b.String()
}

// short writes a number in its largest unit.
func short(n, step int64, units []string) string {
	f, i := float64(n), 0
	for f >= float64(step) && i < len(units)-1 {
		f /= float64(step)
		i++
	}
	if i == 0 {
		return fmt.Sprintf("%d%s", n, units[0])
	}
	return fmt.Sprintf("%.1f%s", f, units[i])
}
