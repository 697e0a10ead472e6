package httpsrv

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/argan-sql/argan/engine"
)

// How often progress is looked at, and after how much silence a comment keeps proxies from closing the connection.
const (
	eventPause = 500 * time.Millisecond
	eventQuiet = 15 * time.Second
)

// statementEvents tells how a statement gets on, as server-sent events: progress whenever something has changed, and end. A
// client that comes back (Last-Event-ID) is told how it stands now: every event is whole.
func (s *Server) statementEvents(w http.ResponseWriter, r *http.Request) {
	st := s.named(w, r)
	if st == nil {
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	rc := http.NewResponseController(w)
	e := events{w: w, rc: rc, pause: s.options.ReadPause}
	if err := e.print("retry: 2000\n\n"); err != nil {
		return
	}
	quiet := time.Now()
	for {
		ctx, cancel := context.WithTimeout(r.Context(), eventPause)
		ended := st.Wait(ctx)
		cancel()
		if r.Context().Err() != nil {
			return
		}
		if ended {
			_, _ = e.send("end", st)
			return
		}
		sent, err := e.send("progress", st)
		if err == nil && !sent && time.Since(quiet) >= eventQuiet {
			sent, err = true, e.print(": still there\n\n")
		}
		if err != nil {
			return
		}
		if sent {
			quiet = time.Now()
		}
	}
}

type events struct {
	w     http.ResponseWriter
	rc    *http.ResponseController
	pause time.Duration
	id    int
	last  []byte
}

func (e *events) print(text string) error {
	_ = e.rc.SetWriteDeadline(time.Now().Add(e.pause))
	if _, err := e.w.Write([]byte(text)); err != nil {
		return err
	}
	return e.rc.Flush()
}

// send sends an event unless nothing but the time has changed.
func (e *events) send(name string, st *engine.Statement) (bool, error) {
	now := describeStatement(st)
	elapsed := now.ElapsedMS
	now.ElapsedMS = 0
	same, err := json.Marshal(now)
	if err != nil {
		return false, err
	}
	if name == "progress" && bytes.Equal(same, e.last) {
		return false, nil
	}
	e.last, now.ElapsedMS = same, elapsed
	data, err := json.Marshal(now)
	if err != nil {
		return false, err
	}
	e.id++
	return true, e.print(fmt.Sprintf("id: %d\nevent: %s\ndata: %s\n\n", e.id, name, data))
}
