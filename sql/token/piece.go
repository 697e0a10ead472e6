package token

// Piece is one statement of a script.
type Piece struct {
	Text        string // without the semicolon, without blanks and comments around it
	Start, Stop int    // byte offsets in the script
	Line        int    // of Start, from 1
	Complete    bool   // a semicolon ends it
	Open        bool   // it ends within a string, a quoted name or a comment
}

// Split cuts a script at its semicolons; those in strings, quoted names and comments do not count. Empty statements are left out.
func Split(text string) []Piece {
	var pieces []Piece
	tokens := Scan(text)
	first := 0
	for i, t := range tokens {
		end := t.Kind == EOF
		if !end && t.Symbol() != ";" {
			continue
		}
		if i > first {
			a, z := tokens[first], tokens[i-1]
			pieces = append(pieces, Piece{
				Text: text[a.Start:z.Stop], Start: int(a.Start), Stop: int(z.Stop), Line: int(a.Line), Complete: !end,
				Open: z.Kind == UnclosedString || z.Kind == UnclosedIdent || z.Kind == UnclosedComment,
			})
		}
		first = i + 1
	}
	return pieces
}
