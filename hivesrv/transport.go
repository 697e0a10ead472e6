package hivesrv

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/apache/thrift/lib/go/thrift"
)

// configuration bounds what the Thrift library takes from a client.
func configuration() *thrift.TConfiguration {
	return &thrift.TConfiguration{
		MaxMessageSize: maxMessage, MaxFrameSize: maxMessage, MaxContainerSize: maxContainer, TBinaryStrictRead: new(true), TBinaryStrictWrite: new(true),
	}
}

// transport carries Thrift messages: in frames with their length before them (after SASL) or bare. Nothing is set aside for
// the length that a frame claims: bytes are read as they are asked for.
type transport struct {
	in     *bufio.Reader
	out    io.Writer
	framed bool

	left    int // bytes of the frame that are unread
	message int // bytes of the message that were read
	wrote   bytes.Buffer
}

// header is the length of a frame.
const header = 4

// keepBuffer is the largest buffer that is kept for the next answer.
const keepBuffer = 256 << 10

func newTransport(in *bufio.Reader, out io.Writer, framed bool) *transport {
	return &transport{in: in, out: out, framed: framed}
}

// frame reads the length of the next frame.
func (t *transport) frame() error {
	var b [header]byte
	if _, err := io.ReadFull(t.in, b[:]); err != nil {
		return err
	}
	n := binary.BigEndian.Uint32(b[:])
	if n > maxMessage {
		return fmt.Errorf("a frame of %d bytes; at most %d are taken", n, maxMessage)
	}
	t.left = int(n)
	return nil
}

func (t *transport) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if t.framed {
		for t.left == 0 {
			if err := t.frame(); err != nil {
				return 0, thrift.NewTTransportExceptionFromError(err)
			}
		}
		p = p[:min(len(p), t.left)]
	}
	n, err := t.in.Read(p)
	if t.framed {
		t.left -= n
	}
	if t.message += n; t.message > maxMessage {
		return n, thrift.NewTTransportException(thrift.UNKNOWN_TRANSPORT_EXCEPTION, fmt.Sprintf("a message of more than %d bytes", maxMessage))
	}
	if err != nil {
		return n, thrift.NewTTransportExceptionFromError(err)
	}
	return n, nil
}

// next prepares for the next message: what a frame has beyond its message is skipped.
func (t *transport) next() error {
	t.message = 0
	_, err := t.in.Discard(t.left)
	t.left = 0
	return err
}

func (t *transport) Write(p []byte) (int, error) {
	if t.framed && t.wrote.Len() == 0 {
		t.wrote.Write(make([]byte, header))
	}
	return t.wrote.Write(p)
}

// Flush sends the answer.
func (t *transport) Flush(context.Context) error {
	raw := t.wrote.Bytes()
	if len(raw) == 0 {
		return nil
	}
	if t.framed {
		binary.BigEndian.PutUint32(raw, uint32(len(raw)-header))
	}
	_, err := t.out.Write(raw)
	if t.wrote.Reset(); t.wrote.Cap() > keepBuffer {
		t.wrote = bytes.Buffer{}
	}
	return thrift.NewTTransportExceptionFromError(err)
}

// RemainingBytes bounds what a list or a map can hold.
func (t *transport) RemainingBytes() uint64 {
	if t.framed {
		return uint64(t.left)
	}
	return uint64(max(0, maxMessage-t.message))
}

// Open, IsOpen and Close have nothing to do: the connection is another's.
func (t *transport) Open() error  { return nil }
func (t *transport) IsOpen() bool { return true }
func (t *transport) Close() error { return nil }
