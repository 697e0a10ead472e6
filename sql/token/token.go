// Package token cuts the text of SQL statements into tokens with positions.
//
// In: text. Out: a slice of tokens that ends with EOF. What cannot be a token (an unclosed string, a stray character) is a
// token of kind Illegal or of an Unclosed kind; the parser says what is wrong when it comes to it, so that one bad statement of a
// script does not hide the others.
package token

import "github.com/argan-sql/argan/sqlerr"

// Kind tells what a token is.
type Kind uint8

// The kinds of tokens.
const (
	EOF             Kind = iota
	Word                 // an identifier or keyword
	Quoted               // `identifier`
	String               // 'text' or "text", and r'text'
	Integer              // 12
	TinyInt              // 12Y
	SmallInt             // 12S
	BigInt               // 12L
	Decimal              // 1.5
	Exponent             // 1e5
	Float                // 1.5F
	Double               // 1.5D
	BigDecimal           // 1.5BD
	Symbol               // an operator or a bracket
	Hint                 // /*+
	Illegal              // a character that belongs nowhere
	UnclosedString       // a quote without end
	UnclosedIdent        // a backtick without end
	UnclosedComment      // a /* without end
)

// Token is a piece of text. Its text is text[Start:Stop]. Line and Column count from 1.
type Token struct {
	Kind         Kind
	symbol       uint8
	keyword      uint16
	Start, Stop  uint32
	Line, Column uint32
}

// Keyword is the word in upper case if the token is a keyword, or "".
func (t Token) Keyword() string { return keywords[t.keyword] }

// Symbol is the operator if the token is one, or "".
func (t Token) Symbol() string { return symbols[t.symbol] }

// Position is where the token stands.
func (t Token) Position() sqlerr.Position {
	return sqlerr.Position{Line: int(t.Line), Column: int(t.Column), Start: int(t.Start), Stop: int(t.Stop)}
}

// symbols has every operator, longest first where one begins another; the first is none.
var symbols = [...]string{
	"", "<=>", "==", "=>", "=", "<>", "<=", "<", "!=", "!>", "!<", "!", ">=", ">", "->", "-", "||", "|", "::", ":",
	"+", "*/", "*", "/", "%", "~", "&", "^", "(", ")", "[", "]", ",", ".", ";", "?", "@", "$", "{", "}",
}

// symbolsAt lists the operators that begin with a character.
var symbolsAt = func() (at [128][]uint8) {
	for i := 1; i < len(symbols); i++ {
		c := symbols[i][0]
		at[c] = append(at[c], uint8(i))
	}
	return at
}()
