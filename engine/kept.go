package engine

import (
	"context"
	"errors"
	"os"
	"sync"
	"sync/atomic"

	"github.com/argan-sql/argan/exec/memory"
	"github.com/argan-sql/argan/exec/spill"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// keeper counts what the kept results of an engine take together.
type keeper struct {
	memory *memory.Accountant
	// own bounds the memory of one result, shared that of all; beyond, they go to disk.
	own, shared int64
	// largest bounds one result, disk the files of all.
	largest, disk int64

	inMemory, onDisk atomic.Int64
	results          atomic.Int64
}

// reserveMemory asks for memory for a block.
func (k *keeper) reserveMemory(n int64) bool {
	if k.inMemory.Add(n) <= k.shared && k.memory.Reserve(n) {
		return true
	}
	k.inMemory.Add(-n)
	return false
}

func (k *keeper) releaseMemory(n int64) {
	k.inMemory.Add(-n)
	k.memory.Release(n)
}

const (
	// keptInMemory is what one kept result may hold in memory.
	keptInMemory = 16 << 20
	// maxKeptInMemory bounds it for all of them.
	maxKeptInMemory = 256 << 20
)

// chunkBytes is the size of vectors at which a chunk of a kept result is full.
const chunkBytes = 16 << 20

// keptBlock is a batch of a kept result: in memory, or at a place in the file.
type keptBlock struct {
	memory []byte
	offset int64
	length int
}

// keptResult is the result of a submitted statement: packed batches, in memory first, then in a file without name. It may
// be read while it grows, any number of times.
type keptResult struct {
	keeper *keeper
	schema *types.Type
	ts     []*types.Type
	dir    *spill.Dir
	enc    spill.Encoder
	done   chan struct{} // closed at the statement's end

	mu      sync.Mutex
	grown   chan struct{} // closed and made anew when something has changed
	blocks  []keptBlock
	first   []int // the first block of each chunk
	chunks  []Chunk
	open    Chunk // the chunk that grows
	rows    int64
	held    int64 // bytes in memory
	stored  int64 // bytes in the file
	file    *spill.Blocks
	readers int
	ended   bool
	err     error
	dropped bool

	affected, version int64
}

func newKept(k *keeper, schema *types.Type, tempDir string) *keptResult {
	ts := make([]*types.Type, len(schema.Fields))
	for i, f := range schema.Fields {
		ts[i] = f.Type
	}
	k.results.Add(1)
	return &keptResult{
		keeper: k, schema: schema, ts: ts, dir: spill.NewDir(tempDir), done: make(chan struct{}), grown: make(chan struct{}),
		affected: -1, version: -1,
	}
}

// add appends a batch. Only the statement's own goroutine calls it.
func (r *keptResult) add(_ context.Context, b *vector.Batch) error {
	if b.Len() == 0 {
		return nil
	}
	b = b.Dense()
	packed, err := r.enc.Encode(b.Cols, b.Rows)
	if err != nil {
		return err
	}
	n := int64(len(packed))
	block := keptBlock{length: len(packed)}
	r.mu.Lock()
	held, stored, dropped := r.held, r.stored, r.dropped
	r.mu.Unlock()
	switch {
	case dropped:
		return context.Canceled
	case r.keeper.largest > 0 && held+stored+n > r.keeper.largest:
		return sqlerr.New("RESULT_TOO_LARGE", "size", memory.Size(held+stored+n), "limit", memory.Size(r.keeper.largest), "what", "one result (result-max-size)")
	case stored == 0 && held+n <= r.keeper.own && r.keeper.reserveMemory(n):
		block.memory = append(make([]byte, 0, n), packed...)
	default:
		if block.offset, err = r.store(packed); err != nil {
			return err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.dropped {
		r.forget(block)
		return context.Canceled
	}
	if r.open.Rows == 0 {
		r.first = append(r.first, len(r.blocks))
	}
	r.blocks = append(r.blocks, block)
	if block.memory != nil {
		r.held += n
	} else {
		r.stored += n
	}
	r.rows += int64(b.Rows)
	r.open.Rows += int64(b.Rows)
	r.open.Bytes += int64(r.enc.Raw())
	if r.open.Bytes >= chunkBytes {
		r.closeChunk()
	}
	r.wake()
	return nil
}

// store writes a block to the file.
func (r *keptResult) store(packed []byte) (int64, error) {
	n := int64(len(packed))
	if total := r.keeper.onDisk.Add(n); r.keeper.disk > 0 && total > r.keeper.disk {
		r.keeper.onDisk.Add(-n)
		return 0, sqlerr.New("RESULT_TOO_LARGE", "size", memory.Size(total), "limit", memory.Size(r.keeper.disk), "what", "all kept results together (result-disk)")
	}
	file, err := r.target()
	var offset int64
	if err == nil {
		offset, err = file.Append(packed)
	}
	if err != nil {
		r.keeper.onDisk.Add(-n)
	}
	return offset, err
}

// target is the file, made at the first use.
func (r *keptResult) target() (*spill.Blocks, error) {
	r.mu.Lock()
	file, dropped := r.file, r.dropped
	r.mu.Unlock()
	if dropped {
		return nil, context.Canceled
	}
	if file != nil {
		return file, nil
	}
	file, err := r.dir.Blocks()
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	if r.file = file; r.dropped {
		r.file = nil
	}
	dropped = r.dropped
	r.mu.Unlock()
	if dropped {
		_ = file.Close()
		_ = r.dir.Close()
		return nil, context.Canceled
	}
	return file, nil
}

// forget gives back what a block takes that was not entered.
func (r *keptResult) forget(b keptBlock) {
	if b.memory != nil {
		r.keeper.releaseMemory(int64(b.length))
	} else {
		r.keeper.onDisk.Add(-int64(b.length))
	}
}

func (r *keptResult) closeChunk() {
	if r.open.Rows == 0 {
		return
	}
	r.chunks = append(r.chunks, r.open)
	r.open = Chunk{Index: r.open.Index + 1, FirstRow: r.rows}
}

func (r *keptResult) wake() {
	close(r.grown)
	r.grown = make(chan struct{})
}

// end tells the readers how the statement ended. What a failed statement gave is dropped.
func (r *keptResult) end(err error, affected, version int64) {
	r.mu.Lock()
	r.ended, r.err, r.affected, r.version = true, err, affected, version
	r.closeChunk()
	r.wake()
	r.mu.Unlock()
	close(r.done)
	if err != nil {
		r.release()
	}
}

// drop gives the memory and the disk back; readers fail from now on.
func (r *keptResult) drop() {
	r.mu.Lock()
	again := r.dropped
	r.dropped = true
	r.wake()
	r.mu.Unlock()
	if !again {
		r.keeper.results.Add(-1)
		r.release()
	}
}

func (r *keptResult) release() {
	r.mu.Lock()
	held, stored, file := r.held, r.stored, r.file
	r.held, r.stored, r.file = 0, 0, nil
	r.blocks, r.chunks, r.first = nil, nil, nil
	r.mu.Unlock()
	r.keeper.releaseMemory(held)
	r.keeper.onDisk.Add(-stored)
	if file != nil {
		_ = file.Close()
	}
	_ = r.dir.Close()
}

// pieces are the chunks that are whole.
func (r *keptResult) pieces() []Chunk {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Chunk(nil), r.chunks...)
}

// size is what has been kept so far.
func (r *keptResult) size() (rows, held, stored int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rows, r.held, r.stored
}

// busy says whether someone reads.
func (r *keptResult) busy() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.readers > 0
}

// errDropped is what a reader gets whose result is gone.
func errDropped() error { return sqlerr.New("RESULT_EXPIRED") }

// read opens a reader of the whole result, or of one chunk. It waits for the first batch or the statement's end, so that
// what fails at once fails here.
func (r *keptResult) read(ctx context.Context, chunk int) (*keptReader, error) {
	r.mu.Lock()
	r.readers++
	r.mu.Unlock()
	reader := &keptReader{r: r, chunk: chunk}
	if err := reader.settle(ctx); err != nil {
		reader.Close()
		return nil, err
	}
	return reader, nil
}

// wholeResult stands for all chunks.
const wholeResult = -1

// keptReader reads a kept result from the start.
type keptReader struct {
	r     *keptResult
	chunk int
	next  int // block
	until int // block behind the last one of a chunk
	once  sync.Once
}

// settle finds where to begin.
func (k *keptReader) settle(ctx context.Context) error {
	r := k.r
	for {
		r.mu.Lock()
		grown := r.grown
		switch {
		case r.dropped:
			r.mu.Unlock()
			return errDropped()
		case r.ended && r.err != nil:
			defer r.mu.Unlock()
			return r.err
		case k.chunk == wholeResult && (len(r.blocks) > 0 || r.ended):
			r.mu.Unlock()
			return nil
		case k.chunk != wholeResult && k.chunk < len(r.chunks):
			k.next, k.until = r.first[k.chunk], len(r.blocks)
			if k.chunk+1 < len(r.first) {
				k.until = r.first[k.chunk+1]
			}
			r.mu.Unlock()
			return nil
		case r.ended:
			defer r.mu.Unlock()
			return sqlerr.New("RESULT_CHUNK_NOT_FOUND", "chunk", itoa(int64(k.chunk)), "count", itoa(int64(len(r.chunks))))
		}
		r.mu.Unlock()
		select {
		case <-grown:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Schema is the schema of the batches.
func (k *keptReader) Schema() *types.Type { return k.r.schema }

// Next gives the next batch, nil at the end; it waits where the statement still runs.
func (k *keptReader) Next(ctx context.Context) (*vector.Batch, error) {
	r := k.r
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		r.mu.Lock()
		grown, file := r.grown, r.file
		switch {
		case r.dropped:
			r.mu.Unlock()
			return nil, errDropped()
		case r.ended && r.err != nil:
			defer r.mu.Unlock()
			return nil, r.err
		case k.chunk != wholeResult && k.next >= k.until:
			r.mu.Unlock()
			return nil, nil
		case k.next < len(r.blocks):
			block := r.blocks[k.next]
			k.next++
			r.mu.Unlock()
			return k.load(block, file)
		case r.ended:
			r.mu.Unlock()
			return nil, nil
		}
		r.mu.Unlock()
		select {
		case <-grown:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (k *keptReader) load(b keptBlock, file *spill.Blocks) (*vector.Batch, error) {
	if b.memory != nil {
		return spill.Decode(k.r.ts, b.memory)
	}
	batch, err := file.Read(k.r.ts, b.offset, b.length)
	if err != nil && errors.Is(err, os.ErrClosed) {
		return nil, errDropped()
	}
	return batch, err
}

// Affected is the number of rows that were changed; it waits for the statement's end.
func (k *keptReader) Affected() int64 {
	<-k.r.done
	return k.r.affected
}

// CommitVersion is the table version that was committed; it waits for the statement's end.
func (k *keptReader) CommitVersion() int64 {
	<-k.r.done
	return k.r.version
}

// Close ends the reading; the result stays.
func (k *keptReader) Close() {
	k.once.Do(func() {
		k.r.mu.Lock()
		k.r.readers--
		k.r.mu.Unlock()
	})
}
