package httpsrv

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxBody is the longest body of a statement, packed and unpacked.
const maxBody = 64 << 20

// paced reads a body against the clock: all of it within the time that guard gave it, or no pause longer than one. At its end
// the clock stops; before, it does not, so that what is left of a body that nobody wants is not waited for either.
type paced struct {
	io.Reader
	rc    *http.ResponseController
	pause time.Duration // 0: one time for all of it
}

func (p *paced) Read(b []byte) (int, error) {
	if p.pause > 0 {
		_ = p.rc.SetReadDeadline(time.Now().Add(p.pause))
	}
	n, err := p.Reader.Read(b)
	if err == io.EOF {
		_ = p.rc.SetReadDeadline(time.Time{})
	}
	return n, err
}

// bounded fails when more than left bytes come out of a packed body.
type bounded struct {
	io.Reader
	left, limit int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, &http.MaxBytesError{Limit: b.limit}
	}
	return n, err
}

// bodyError says what is wrong with a body that could not be read.
func bodyError(err error) error {
	var large *http.MaxBytesError
	var known *problemWith
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case errors.As(err, &large):
		return &problemWith{http.StatusRequestEntityTooLarge, "BODY_TOO_LARGE", fmt.Sprintf("the body is longer than %d bytes", large.Limit)}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &problemWith{http.StatusRequestTimeout, "BODY_TOO_SLOW", "the body did not arrive in time"}
	}
	return badRequest("reading the body: %v", err)
}

// wrongBody is a reader whose errors are those of a body: what else fails is not.
type wrongBody struct{ io.Reader }

func (w wrongBody) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if err != nil && err != io.EOF {
		err = bodyError(err)
	}
	return n, err
}

// unpacked is a body without its Content-Encoding, not longer than limit. pause 0 gives it BodyTime altogether. free must be
// called.
func (s *Server) unpacked(w http.ResponseWriter, r *http.Request, limit int64, pause time.Duration) (in io.Reader, free func(), err error) {
	raw := &paced{http.MaxBytesReader(w, r.Body, limit), http.NewResponseController(w), pause}
	switch enc := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding"))); enc {
	case "", "identity":
		return wrongBody{raw}, func() {}, nil
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(raw)
		if err != nil {
			return nil, nil, bodyError(err)
		}
		return wrongBody{&bounded{z, limit, limit}}, func() {}, nil
	case "zstd":
		z, err := zstd.NewReader(raw, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(64<<20))
		if err != nil {
			return nil, nil, bodyError(err)
		}
		return wrongBody{&bounded{z, limit, limit}}, z.Close, nil
	default:
		return nil, nil, &problemWith{http.StatusUnsupportedMediaType, "INVALID_REQUEST", "Content-Encoding " + enc + " is not known; use gzip or zstd"}
	}
}

// body reads a statement's body, unpacked.
func (s *Server) body(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	in, free, err := s.unpacked(w, r, maxBody, 0)
	if err != nil {
		return nil, err
	}
	defer free()
	return io.ReadAll(in)
}
