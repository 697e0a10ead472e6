package parquet

import (
	"bytes"
	"encoding/binary"
	"io"
	"runtime"
	"sync"

	"github.com/argan-sql/argan/sqlerr"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// Compression codecs, by their numbers in the file.
const (
	codecNone   = 0
	codecSnappy = 1
	codecGzip   = 2
	codecLZO    = 3
	codecBrotli = 4
	codecLZ4    = 5 // Hadoop's framing
	codecZstd   = 6
	codecLZ4Raw = 7
)

var codecNames = [...]string{"UNCOMPRESSED", "SNAPPY", "GZIP", "LZO", "BROTLI", "LZ4", "ZSTD", "LZ4_RAW"}

// maxExpansion is the most that a codec can make of a byte: larger claims are lies.
var maxExpansion = [...]int64{codecNone: 1, codecSnappy: 64, codecGzip: 1100, codecLZ4: 256, codecZstd: 40000, codecLZ4Raw: 256}

var zstdDecoder = sync.OnceValues(func() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderConcurrency(runtime.GOMAXPROCS(0)), zstd.WithDecoderMaxMemory(2<<30))
})

// checkExpansion refuses sizes that cannot be, before memory is taken for them.
func checkExpansion(codec int32, compressed, uncompressed int64) error {
	switch codec {
	case codecNone, codecSnappy, codecGzip, codecLZ4, codecZstd, codecLZ4Raw:
	case codecLZO, codecBrotli:
		return sqlerr.Unsupported("Parquet compression %s", codecNames[codec])
	default:
		return damaged("unknown compression %d", codec)
	}
	if uncompressed > compressed*maxExpansion[codec]+64 {
		return damaged("a page of %d bytes claims to hold %d", compressed, uncompressed)
	}
	return nil
}

// decompress fills dst, which has just the size that the page claims.
func decompress(codec int32, dst, src []byte) error {
	switch codec {
	case codecNone:
		if len(src) != len(dst) {
			return damaged("a page of %d bytes claims to hold %d", len(src), len(dst))
		}
		copy(dst, src)
		return nil
	case codecSnappy:
		if n, err := s2.DecodedLen(src); err != nil || n != len(dst) {
			return damaged("a page has broken snappy data")
		}
		if _, err := s2.Decode(dst, src); err != nil {
			return damaged("a page has broken snappy data")
		}
		return nil
	case codecZstd:
		d, err := zstdDecoder()
		if err != nil {
			return err
		}
		out, err := d.DecodeAll(src, dst[:0:len(dst)])
		if err != nil || len(out) != len(dst) {
			return damaged("a page has broken zstd data")
		}
		if len(dst) > 0 && &out[0] != &dst[0] {
			copy(dst, out)
		}
		return nil
	case codecGzip:
		r, err := gzip.NewReader(bytes.NewReader(src))
		if err != nil {
			return damaged("a page has broken gzip data")
		}
		if _, err := io.ReadFull(r, dst); err != nil {
			return damaged("a page has broken gzip data")
		}
		return nil
	case codecLZ4Raw:
		if n, err := lz4.UncompressBlock(src, dst); err != nil || n != len(dst) {
			return damaged("a page has broken lz4 data")
		}
		return nil
	case codecLZ4:
		return decompressHadoopLZ4(dst, src)
	}
	return damaged("unknown compression %d", codec)
}

// decompressHadoopLZ4 reads Hadoop's frames (sizes in front of each block), or the bare block that some writers put
// under the same name.
func decompressHadoopLZ4(dst, src []byte) error {
	rest, at := src, 0
	for len(rest) >= 8 {
		plain, packed := int64(binary.BigEndian.Uint32(rest)), int64(binary.BigEndian.Uint32(rest[4:]))
		if packed > int64(len(rest)-8) || plain > int64(len(dst)-at) {
			break
		}
		n, err := lz4.UncompressBlock(rest[8:8+packed], dst[at:at+int(plain)])
		if err != nil || int64(n) != plain {
			break
		}
		at += n
		rest = rest[8+packed:]
	}
	if len(rest) == 0 && at == len(dst) {
		return nil
	}
	if n, err := lz4.UncompressBlock(src, dst); err != nil || n != len(dst) {
		return damaged("a page has broken lz4 data")
	}
	return nil
}

// buffers keeps byte buffers for reading and decompressing between chunks.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// sized gives a buffer of n bytes with padding bytes of capacity behind it, growing *b if needed.
func sized(b *[]byte, n int) []byte {
	if cap(*b) < n+padding {
		*b = make([]byte, n+n/8+padding)
	}
	return (*b)[:n]
}
