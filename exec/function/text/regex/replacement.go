package regex

import "fmt"

// Replacement is a parsed replacement text: Java's $1, ${name} and \x.
type Replacement struct {
	parts []part
}

// part is a literal, or a group when group >= 0.
type part struct {
	text  string
	group int
}

// Replacement parses a replacement text for the pattern.
func (p *Pattern) Replacement(text string) (*Replacement, error) {
	r := &Replacement{}
	var lit []byte
	flush := func() {
		if len(lit) > 0 {
			r.parts = append(r.parts, part{string(lit), -1})
			lit = lit[:0]
		}
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '\\':
			if i++; i == len(text) {
				return nil, fmt.Errorf("character to be escaped is missing")
			}
			lit = append(lit, text[i])
		case '$':
			flush()
			if i++; i == len(text) {
				return nil, fmt.Errorf("Illegal group reference: group index is missing")
			}
			if text[i] == '{' {
				end := i + 1
				for end < len(text) && text[end] != '}' {
					end++
				}
				n, ok := p.Names[text[i+1:min(end, len(text))]]
				if !ok || end == len(text) {
					return nil, fmt.Errorf("No group with name {%s}", text[i+1:min(end, len(text))])
				}
				r.parts = append(r.parts, part{"", n})
				i = end
				continue
			}
			if text[i] < '0' || text[i] > '9' {
				return nil, fmt.Errorf("Illegal group reference")
			}
			n := int(text[i] - '0')
			if n > p.Groups {
				return nil, fmt.Errorf("No group %d", n)
			}
			for i+1 < len(text) && text[i+1] >= '0' && text[i+1] <= '9' && n*10+int(text[i+1]-'0') <= p.Groups {
				n = n*10 + int(text[i+1]-'0')
				i++
			}
			r.parts = append(r.parts, part{"", n})
		default:
			lit = append(lit, c)
		}
	}
	flush()
	return r, nil
}

// ReplaceAll appends s to dst with the matches replaced.
func (p *Pattern) ReplaceAll(dst, s []byte, r *Replacement) ([]byte, error) {
	at := 0
	err := p.All(s, func(loc []int) bool {
		dst = append(dst, s[at:loc[0]]...)
		for _, x := range r.parts {
			if x.group < 0 {
				dst = append(dst, x.text...)
			} else if loc[2*x.group] >= 0 {
				dst = append(dst, s[loc[2*x.group]:loc[2*x.group+1]]...)
			}
		}
		at = loc[1]
		return true
	})
	return append(dst, s[at:]...), err
}
