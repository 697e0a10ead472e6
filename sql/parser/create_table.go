package parser

import "github.com/argan-sql/argan/sql/ast"

func (p *parser) columnDef() ast.ColumnDef { return ast.ColumnDef{} }
