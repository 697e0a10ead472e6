package delta

import (
	"bytes"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// Spark 3.5's reader takes texts for empty where DELTA_LENGTH_BYTE_ARRAY meets NULLs: checkpoints must not use it.
func TestCheckpointsAreEncodedPlainly(t *testing.T) {
	type row struct {
		Text *string `parquet:"text,optional"`
	}
	text := "x"
	data, err := parquetFile([]row{{}, {&text}, {}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range f.Metadata().RowGroups[0].Columns {
		for _, e := range c.MetaData.Encoding {
			if e != format.Plain && e != format.RLE {
				t.Errorf("column %v is encoded as %s", c.MetaData.PathInSchema, e)
			}
		}
	}
}
