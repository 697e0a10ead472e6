package delta

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"math"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/argan-sql/argan/catalog/storage"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/google/uuid"
)

const (
	// vectorMagic starts a bitmap array in the portable format.
	vectorMagic = 1681511377
	// vectorFileVersion is the first byte of a file of deletion vectors.
	vectorFileVersion = 1
	uuidLength        = 20 // of a UUID in Base85
	// maxVectorSize bounds what a damaged log can make us allocate.
	maxVectorSize = 1 << 30
)

// Base85 of ZeroMQ's Z85 alphabet, four bytes to five characters.
const z85Alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"

func decodeZ85(s string) ([]byte, error) {
	if len(s)%5 != 0 {
		return nil, fmt.Errorf("deletion vector: %d characters are no Base85", len(s))
	}
	out := make([]byte, 0, len(s)/5*4)
	for i := 0; i < len(s); i += 5 {
		var v uint64
		for j := range 5 {
			d := strings.IndexByte(z85Alphabet, s[i+j])
			if d < 0 {
				return nil, fmt.Errorf("deletion vector: %q is no Base85", s[i+j])
			}
			v = v*85 + uint64(d)
		}
		if v > math.MaxUint32 {
			return nil, errors.New("deletion vector: Base85 overflows")
		}
		out = binary.BigEndian.AppendUint32(out, uint32(v))
	}
	return out, nil
}

func encodeZ85(b []byte) string {
	out := make([]byte, 0, len(b)/4*5)
	for i := 0; i+4 <= len(b); i += 4 {
		v := binary.BigEndian.Uint32(b[i:])
		var group [5]byte
		for j := 4; j >= 0; j-- {
			group[j] = z85Alphabet[v%85]
			v /= 85
		}
		out = append(out, group[:]...)
	}
	return string(out)
}

// Path is the file the vector lies in, "" for an inline one.
func (d *DeletionVector) Path(table string) (string, error) {
	switch d.StorageType {
	case "i":
		return "", nil
	case "p":
		return resolve(table, d.PathOrInlineDV)
	case "u":
		n := len(d.PathOrInlineDV) - uuidLength
		if n < 0 {
			return "", fmt.Errorf("deletion vector: %q is too short for a UUID", d.PathOrInlineDV)
		}
		raw, err := decodeZ85(d.PathOrInlineDV[n:])
		if err != nil {
			return "", err
		}
		id, err := uuid.FromBytes(raw)
		if err != nil {
			return "", fmt.Errorf("deletion vector: %w", err)
		}
		return storage.Join(table, d.PathOrInlineDV[:n], "deletion_vector_"+id.String()+".bin"), nil
	}
	return "", sqlerr.Unsupported("a deletion vector of storage type %q", d.StorageType)
}

type deletedRows struct{ rows *roaring.Bitmap }

// Deleted gives the numbers of the deleted rows of a file, nil when there are none. The bitmap is shared: read only.
func (s *Snapshot) Deleted(ctx context.Context, f *AddFile) (*roaring.Bitmap, error) {
	return s.table.Deleted(ctx, f)
}

// Deleted gives the numbers of the deleted rows of a file of the table, nil when there are none. Read only.
func (t *Table) Deleted(ctx context.Context, f *AddFile) (*roaring.Bitmap, error) {
	if f.DeletionVector == nil {
		return nil, nil
	}
	if d := f.deleted.Load(); d != nil {
		return d.rows, nil
	}
	rows, err := t.ReadDeletionVector(ctx, f.DeletionVector)
	if err != nil {
		return nil, err
	}
	f.deleted.Store(&deletedRows{rows})
	return rows, nil
}

// ReadDeletionVector reads a vector and checks it against its size, checksum and cardinality.
func (t *Table) ReadDeletionVector(ctx context.Context, d *DeletionVector) (*roaring.Bitmap, error) {
	raw, err := t.vectorBytes(ctx, d)
	if err != nil {
		return nil, err
	}
	rows, err := parseVector(raw)
	if err != nil {
		return nil, err
	}
	if int64(rows.GetCardinality()) != d.Cardinality {
		return nil, sqlerr.New("DELTA_DELETION_VECTOR_CARDINALITY_MISMATCH")
	}
	return rows, nil
}

func (t *Table) vectorBytes(ctx context.Context, d *DeletionVector) ([]byte, error) {
	if d.SizeInBytes < 0 || d.SizeInBytes > maxVectorSize {
		return nil, sqlerr.New("DELTA_DELETION_VECTOR_SIZE_MISMATCH")
	}
	if d.StorageType == "i" {
		raw, err := decodeZ85(d.PathOrInlineDV)
		if err != nil || len(raw) < int(d.SizeInBytes) {
			return nil, sqlerr.New("DELTA_DELETION_VECTOR_SIZE_MISMATCH").Wrap(err)
		}
		return raw[:d.SizeInBytes], nil
	}
	path, err := d.Path(t.path)
	if err != nil {
		return nil, err
	}
	obj, err := t.store.Open(ctx, path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, sqlerr.New("FILE_NOT_FOUND", "path", path).Wrap(err).WithHint("it holds a deletion vector of %s", t.path)
		}
		return nil, err
	}
	defer obj.Close() //nolint:errcheck // only read from
	at := int64(1)
	if d.Offset != nil {
		at = int64(*d.Offset)
	}
	buf := make([]byte, 4+int(d.SizeInBytes)+4)
	if _, err := obj.ReadAt(buf, at); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, corrupt(path, errors.New("the deletion vector is cut short"))
		}
		return nil, fmt.Errorf("deletion vector %s: %w", path, err)
	}
	if int32(binary.BigEndian.Uint32(buf)) != d.SizeInBytes {
		return nil, sqlerr.New("DELTA_DELETION_VECTOR_SIZE_MISMATCH")
	}
	raw := buf[4 : 4+d.SizeInBytes]
	if crc32.ChecksumIEEE(raw) != binary.BigEndian.Uint32(buf[4+d.SizeInBytes:]) {
		return nil, sqlerr.New("DELTA_DELETION_VECTOR_CHECKSUM_MISMATCH")
	}
	return raw, nil
}

func parseVector(raw []byte) (rows *roaring.Bitmap, err error) {
	bad := func(what string) (*roaring.Bitmap, error) {
		return nil, corrupt("deletion vector", errors.New(what))
	}
	if len(raw) < 12 || binary.LittleEndian.Uint32(raw) != vectorMagic {
		return bad("it does not start with the magic number")
	}
	count := binary.LittleEndian.Uint64(raw[4:])
	rows = roaring.New()
	r := bytes.NewReader(raw[12:])
	for range min(count, uint64(len(raw))) {
		var key [4]byte
		if _, err := io.ReadFull(r, key[:]); err != nil {
			return bad("it is cut short")
		}
		part := roaring.New()
		if _, err := part.ReadFrom(r); err != nil {
			return bad("a bitmap does not parse: " + err.Error())
		}
		if binary.LittleEndian.Uint32(key[:]) != 0 {
			if part.IsEmpty() {
				continue
			}
			return nil, sqlerr.Unsupported("a deletion vector of rows beyond number 4294967295")
		}
		rows.Or(part)
	}
	return rows, nil
}

// vectorBlob is the portable format of a bitmap array.
func vectorBlob(rows *roaring.Bitmap) ([]byte, error) {
	var b bytes.Buffer
	var head [16]byte
	binary.LittleEndian.PutUint32(head[:], vectorMagic)
	n := uint64(1)
	if rows.IsEmpty() {
		n = 0
	}
	binary.LittleEndian.PutUint64(head[4:], n)
	b.Write(head[:12])
	if n > 0 {
		b.Write(head[12:16])
		if _, err := rows.WriteTo(&b); err != nil {
			return nil, fmt.Errorf("deletion vector: %w", err)
		}
	}
	return b.Bytes(), nil
}

// VectorWriter collects the deletion vectors of one commit in one file.
type VectorWriter struct {
	table *Table
	id    uuid.UUID
	buf   bytes.Buffer
}

// NewVectorWriter starts a file of deletion vectors; it is written by Finish, and only if there is any.
func (t *Table) NewVectorWriter() *VectorWriter {
	w := &VectorWriter{table: t, id: uuid.New()}
	w.buf.WriteByte(vectorFileVersion)
	return w
}

// Add appends the vector of one file and gives its descriptor, to be put in AddFile.DeletionVector.
func (w *VectorWriter) Add(rows *roaring.Bitmap) (*DeletionVector, error) {
	if rows.IsEmpty() {
		return nil, nil
	}
	rows = rows.Clone()
	rows.RunOptimize()
	blob, err := vectorBlob(rows)
	if err != nil {
		return nil, err
	}
	if w.buf.Len()+len(blob)+8 > math.MaxInt32 {
		return nil, sqlerr.Unsupported("deletion vectors of more than 2 GiB in one commit")
	}
	offset := int32(w.buf.Len())
	var n [4]byte
	binary.BigEndian.PutUint32(n[:], uint32(len(blob)))
	w.buf.Write(n[:])
	w.buf.Write(blob)
	binary.BigEndian.PutUint32(n[:], crc32.ChecksumIEEE(blob))
	w.buf.Write(n[:])
	return &DeletionVector{
		StorageType: "u", PathOrInlineDV: encodeZ85(w.id[:]), Offset: &offset, SizeInBytes: int32(len(blob)),
		Cardinality: int64(rows.GetCardinality()),
	}, nil
}

// Finish writes the file. It must be done before the commit.
func (w *VectorWriter) Finish(ctx context.Context) error {
	if w.buf.Len() == 1 {
		return nil
	}
	return w.table.store.PutIfAbsent(ctx, storage.Join(w.table.path, "deletion_vector_"+w.id.String()+".bin"), w.buf.Bytes())
}

// WithDeletionVector is the file as it is after more of its rows are deleted: to be added where f is removed. Its
// statistics no longer bound tightly.
func (s *Snapshot) WithDeletionVector(f *AddFile, d *DeletionVector) (*AddFile, error) {
	out := f.Clone()
	out.DeletionVector, out.DataChange = d, true
	if d == nil {
		return out, nil
	}
	if s.Stats(f).NumRecords < 0 {
		return nil, sqlerr.New("DELTA_DELETION_VECTOR_MISSING_NUM_RECORDS")
	}
	var stats map[string]json.RawMessage
	if err := json.Unmarshal([]byte(f.StatsJSON), &stats); err != nil {
		return nil, fmt.Errorf("statistics of %s: %w", f.Path, err)
	}
	if string(stats["tightBounds"]) == "false" {
		return out, nil
	}
	delete(stats, "tightBounds")
	var b bytes.Buffer
	b.WriteByte('{')
	for _, k := range []string{"numRecords", "minValues", "maxValues", "nullCount"} {
		if v, ok := stats[k]; ok {
			fmt.Fprintf(&b, "%q:%s,", k, v)
		}
	}
	b.WriteString(`"tightBounds":false}`)
	out.StatsJSON = b.String()
	return out, nil
}
