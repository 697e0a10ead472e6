package hivesrv

import (
	"context"
	"net"
)

// protocol names this server in sessions and logs.
const protocol = "hive"

// signIn finds out who is connected.
func (s *Server) signIn(_ context.Context, _ net.Conn, who *caller, l login) error {
	who.user = l.user
	return nil
}
