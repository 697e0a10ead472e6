package parquet

import (
	"bytes"
	"runtime"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
)

var zstdEncoder = sync.OnceValues(func() (*zstd.Encoder, error) {
	return zstd.NewWriter(nil, zstd.WithEncoderConcurrency(runtime.GOMAXPROCS(0)), zstd.WithEncoderLevel(zstd.SpeedDefault))
})

// codecByName knows the values of Spark's option compression that can be written.
var codecByName = map[string]int32{"": codecSnappy, "snappy": codecSnappy, "none": codecNone, "uncompressed": codecNone, "gzip": codecGzip, "zstd": codecZstd}

// compress gives the bytes of a page as the codec has them, in memory of their own.
func compress(name string, b []byte) ([]byte, error) {
	switch codecByName[name] {
	case codecSnappy:
		buf := buffers.Get().(*[]byte)
		defer buffers.Put(buf)
		return append([]byte{}, s2.EncodeSnappy(sized(buf, s2.MaxEncodedLen(len(b))), b)...), nil
	case codecZstd:
		e, err := zstdEncoder()
		if err != nil {
			return nil, err
		}
		return e.EncodeAll(b, nil), nil
	case codecGzip:
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		if _, err := w.Write(b); err != nil {
			return nil, err
		}
		if err := w.Close(); err != nil {
			return nil, err
		}
		return out.Bytes(), nil
	}
	return append([]byte{}, b...), nil
}
