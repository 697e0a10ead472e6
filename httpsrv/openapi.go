package httpsrv

import (
	_ "embed"
	"net/http"
)

// openAPIDocument is the contract for programs (OpenAPI 3.1). A test holds it against the endpoints and their answers.
//
//go:embed openapi.json
var openAPIDocument []byte

func (s *Server) openAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(openAPIDocument)
}
