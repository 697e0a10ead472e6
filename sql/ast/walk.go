package ast

import "reflect"

// Inspect calls visit for every expression, relation, query and statement below and including n, parents first; where visit returns false, the node's children
// are left out. It keeps its own stack: trees of any depth are fine. The order of siblings is that of the text.
func Inspect(n Node, visit func(Node) bool) {
	stack := []reflect.Value{reflect.ValueOf(n)}
	for len(stack) > 0 {
		v := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if !v.IsValid() || !mayHoldNodes(v.Type()) {
			continue
		}
		switch v.Kind() {
		case reflect.Interface:
			stack = append(stack, v.Elem())
		case reflect.Pointer:
			if v.IsNil() {
				continue
			}
			if node, ok := v.Interface().(Node); ok && !visit(node) {
				continue
			}
			stack = append(stack, v.Elem())
		case reflect.Struct:
			for i := v.NumField() - 1; i >= 0; i-- {
				stack = append(stack, v.Field(i))
			}
		case reflect.Slice:
			for i := v.Len() - 1; i >= 0; i-- {
				stack = append(stack, v.Index(i))
			}
		}
	}
}

// mayHoldNodes keeps the walk out of types, positions and plain values.
func mayHoldNodes(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Interface:
		return t.NumMethod() > 0
	case reflect.Pointer:
		return t != sqlTypeType && t.Elem().Kind() == reflect.Struct
	case reflect.Struct:
		return t != positionType && t != atType
	case reflect.Slice:
		return t.Elem().Kind() != reflect.Uint8 && mayHoldNodes(t.Elem())
	}
	return false
}

var atType = reflect.TypeFor[At]()

// Depth is the number of nodes on the longest way from n to a leaf. It needs no stack of its own depth.
func Depth(n Node) int {
	type entry struct {
		v     reflect.Value
		depth int
	}
	deepest := 0
	stack := []entry{{reflect.ValueOf(n), 0}}
	for len(stack) > 0 {
		e := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		v := e.v
		if !v.IsValid() || !mayHoldNodes(v.Type()) {
			continue
		}
		deepest = max(deepest, e.depth)
		switch v.Kind() {
		case reflect.Interface:
			stack = append(stack, entry{v.Elem(), e.depth})
		case reflect.Pointer:
			if !v.IsNil() {
				stack = append(stack, entry{v.Elem(), e.depth + 1})
			}
		case reflect.Struct:
			for i := range v.NumField() {
				stack = append(stack, entry{v.Field(i), e.depth})
			}
		case reflect.Slice:
			for i := range v.Len() {
				stack = append(stack, entry{v.Index(i), e.depth})
			}
		}
	}
	return deepest
}
