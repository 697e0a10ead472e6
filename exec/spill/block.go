package spill

import (
	"encoding/binary"
	"fmt"
	"os"
	"sync"

	"github.com/pierrec/lz4/v4"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// headBytes is the length of a block's head: the size of the vectors' words, and of what follows.
const headBytes = 8

// Encoder turns batches into blocks. It is for one goroutine.
type Encoder struct {
	buf, block []byte
	lz         lz4.Compressor
}

// Encode gives a batch as a block, which is the encoder's until the next call.
func (e *Encoder) Encode(cols []*vector.Vector, n int) ([]byte, error) {
	e.buf = binary.LittleEndian.AppendUint32(e.buf[:0], uint32(n))
	for _, c := range cols {
		e.buf = appendVector(e.buf, c, n)
	}
	if need := headBytes + lz4.CompressBlockBound(len(e.buf)); cap(e.block) < need {
		e.block = make([]byte, need)
	}
	block := e.block[:cap(e.block)]
	k, err := e.lz.CompressBlock(e.buf, block[headBytes:])
	if err != nil {
		return nil, err
	}
	if k == 0 || k >= len(e.buf) {
		k = copy(block[headBytes:], e.buf)
	}
	binary.LittleEndian.PutUint32(block, uint32(len(e.buf)))
	binary.LittleEndian.PutUint32(block[4:], uint32(k))
	return block[:headBytes+k], nil
}

// Raw is the size of the last block's vectors before compression.
func (e *Encoder) Raw() int { return len(e.buf) }

// Decode gives the batch of a block. The caller may keep it.
func Decode(ts []*types.Type, block []byte) (*vector.Batch, error) {
	if len(block) < headBytes || len(block)-headBytes != int(binary.LittleEndian.Uint32(block[4:])) {
		return nil, failed("temporary data", fmt.Errorf("a block of %d bytes is cut short", len(block)))
	}
	return decode(ts, int(binary.LittleEndian.Uint32(block)), block[headBytes:])
}

// decode takes raw bytes of vectors from data, which is packed unless it has that size.
func decode(ts []*types.Type, raw int, data []byte) (*vector.Batch, error) {
	// The vectors point into this buffer, so each batch has its own, on a word's boundary.
	buf := alignedBytes(raw)
	if len(data) == raw {
		copy(buf, data)
	} else if _, err := lz4.UncompressBlock(data, buf); err != nil {
		return nil, failed("temporary data", err)
	}
	rows := int(binary.LittleEndian.Uint32(buf))
	at := 4
	cols := make([]*vector.Vector, len(ts))
	for i, t := range ts {
		cols[i], at = takeVector(buf, at, t, rows)
	}
	return vector.NewBatch(cols, rows), nil
}

// Blocks is a file of blocks that may be read while it grows, from any goroutine. One goroutine writes.
type Blocks struct {
	dir  *Dir
	mu   sync.RWMutex // held for reading while the file is used
	f    *os.File
	size int64
}

// Blocks makes a file for blocks.
func (d *Dir) Blocks() (*Blocks, error) {
	f, err := d.create()
	if err != nil {
		return nil, err
	}
	return &Blocks{dir: d, f: f}, nil
}

// Append writes a block and tells where it is.
func (b *Blocks) Append(block []byte) (offset int64, err error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if b.f == nil {
		return 0, failed("temporary data", os.ErrClosed)
	}
	offset = b.size
	if _, err := b.f.WriteAt(block, offset); err != nil {
		return 0, failed(b.f.Name(), err)
	}
	b.size += int64(len(block))
	b.dir.wrote(int64(len(block)))
	return offset, nil
}

// Read gives the batch of the block of n bytes at an offset.
func (b *Blocks) Read(ts []*types.Type, offset int64, n int) (*vector.Batch, error) {
	block := make([]byte, n)
	if err := b.fill(block, offset); err != nil {
		return nil, err
	}
	return Decode(ts, block)
}

func (b *Blocks) fill(block []byte, offset int64) error {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if b.f == nil {
		return failed("temporary data", os.ErrClosed)
	}
	if _, err := b.f.ReadAt(block, offset); err != nil {
		return failed("temporary data", err)
	}
	return nil
}

// Close gives the file's space back. It may be called more than once.
func (b *Blocks) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.f == nil {
		return nil
	}
	err := b.f.Close()
	b.f = nil
	return err
}
