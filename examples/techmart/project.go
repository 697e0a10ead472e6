package techmart

import (
	"embed"
	"io/fs"
)

// The folders are named one by one: what a run of dbt leaves beside them is no part of the project.
//
//go:embed dwh/dbt_project.yml dwh/profiles.yml dwh/analyses dwh/macros dwh/models dwh/seeds dwh/snapshots dwh/tests
var project embed.FS

// Project is the dbt project, which makes silver and gold of the same bronze as the scripts.
func Project() fs.FS {
	sub, err := fs.Sub(project, "dwh")
	if err != nil {
		panic(err) // the folder is part of the binary
	}
	return sub
}
