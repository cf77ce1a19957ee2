package code

import (
	"encoding/json"
	"math"
	"math/big"
	"reflect"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// unwrap takes off parentheses and the quotes around a single reference, as
// Terraform 0.11 had it: "${var.x}".
func unwrap(e hclsyntax.Expression) hclsyntax.Expression {
	for {
		switch w := e.(type) {
		case *hclsyntax.ParenthesesExpr:
			e = w.Expression
		case *hclsyntax.TemplateWrapExpr:
			e = w.Wrapped
		default:
			return e
		}
	}
}

// constant reports whether an expression is written out: a literal, or a list or
// map of literals.
func constant(e hclsyntax.Expression) bool {
	switch x := unwrap(e).(type) {
	case *hclsyntax.LiteralValueExpr:
		return true
	case *hclsyntax.TemplateExpr:
		for _, p := range x.Parts {
			if _, ok := p.(*hclsyntax.LiteralValueExpr); !ok {
				return false
			}
		}
		return true
	case *hclsyntax.UnaryOpExpr:
		_, ok := x.Val.(*hclsyntax.LiteralValueExpr)
		return ok && x.Op == hclsyntax.OpNegate
	case *hclsyntax.TupleConsExpr:
		for _, e := range x.Exprs {
			if !constant(e) {
				return false
			}
		}
		return true
	case *hclsyntax.ObjectConsExpr:
		for _, item := range x.Items {
			if _, ok := itemKey(item); !ok || !constant(item.ValueExpr) {
				return false
			}
		}
		return true
	}
	return false
}

// itemKey is the key of an item of a map, where it is written out.
func itemKey(item hclsyntax.ObjectConsItem) (string, bool) {
	v, diags := item.KeyExpr.Value(nil)
	if diags.HasErrors() || !v.IsKnown() || v.IsNull() || v.IsMarked() {
		return "", false
	}
	switch v.Type() {
	case cty.String, cty.Number:
		return keyText(v), true
	case cty.Bool:
		return strconv.FormatBool(v.True()), true
	}
	return "", false
}

// value is what a constant expression says, in JSON's shapes with numbers as
// json.Number.
func value(e hclsyntax.Expression) (any, bool) {
	if !constant(e) {
		return nil, false
	}
	v, diags := e.Value(nil)
	if diags.HasErrors() || !v.IsWhollyKnown() || v.ContainsMarked() {
		return nil, false
	}
	return plain(v), true
}

func plain(v cty.Value) any {
	switch {
	case v.IsNull():
		return nil
	case v.Type() == cty.String:
		return v.AsString()
	case v.Type() == cty.Number:
		return json.Number(v.AsBigFloat().Text('f', -1))
	case v.Type() == cty.Bool:
		return v.True()
	case v.Type().IsTupleType():
		list := []any{}
		for it := v.ElementIterator(); it.Next(); {
			_, e := it.Element()
			list = append(list, plain(e))
		}
		return list
	}
	m := map[string]any{}
	for it := v.ElementIterator(); it.Next(); {
		k, e := it.Element()
		m[k.AsString()] = plain(e)
	}
	return m
}

// scalarText is a scalar as text, the same for "80" and 80; false for a list or map.
func scalarText(v any) (string, bool) {
	switch x := v.(type) {
	case nil:
		return "", true
	case string:
		return x, true
	case bool:
		return strconv.FormatBool(x), true
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64), true
	case int:
		return strconv.Itoa(x), true
	case json.Number:
		if n, ok := number(x.String()); ok {
			return n.Text('f', -1), true
		}
		return x.String(), true
	}
	return "", false
}

func number(s string) (*big.Float, bool) {
	if len(s) > 400 || strings.ContainsAny(s, "xXpP_") {
		return nil, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return nil, false
	}
	v, err := cty.ParseNumberVal(s)
	if err != nil {
		return nil, false
	}
	return v.AsBigFloat(), true
}

// exact reports whether two values are the same but for how scalars are written.
func exact(a, b any) bool {
	return equal(a, b, func(x, y string) bool { return normal(x) == normal(y) })
}

// normal is a string as Terraform has it: every string is in Unicode's NFC.
func normal(s string) string { return cty.StringVal(s).AsString() }

// same reports whether the code says what the state holds: providers fold,
// trim and rewrite what they were given.
func same(code, state any) bool {
	return equal(code, state, func(x, y string) bool {
		return strings.EqualFold(strings.TrimSpace(x), strings.TrimSpace(y)) || sameJSON(x, y)
	})
}

func equal(a, b any, text func(x, y string) bool) bool {
	if resource.Empty(a) && resource.Empty(b) {
		return true
	}
	x, xok := scalarText(a)
	y, yok := scalarText(b)
	if xok || yok {
		return xok && yok && (a == nil) == (b == nil) && text(x, y)
	}
	switch a := a.(type) {
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !equal(a[i], b[i], text) {
				return false
			}
		}
		return true
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok {
			return false
		}
		for k := range b {
			if _, ok := a[k]; !ok && !resource.Empty(b[k]) {
				return false
			}
		}
		return covers(a, b, text)
	}
	return false
}

// covers reports whether all that the code says is so in the state, which may
// hold more: what providers set themselves.
func covers(code, state any, text func(x, y string) bool) bool {
	switch c := code.(type) {
	case map[string]any:
		s, ok := state.(map[string]any)
		if !ok {
			return false
		}
		for k, v := range c {
			if !covers(v, s[k], text) {
				return false
			}
		}
		return true
	case []any:
		s, ok := state.([]any)
		if !ok || len(s) != len(c) {
			return resource.Empty(state) && len(c) == 0
		}
		taken := make([]bool, len(s)) // it may be a set
	next:
		for _, v := range c {
			for i := range s {
				if !taken[i] && covers(v, s[i], text) {
					taken[i] = true
					continue next
				}
			}
			return false
		}
		return true
	}
	return equal(code, state, text)
}

// sameJSON reports whether two texts are the same JSON document: an object or a
// list.
func sameJSON(x, y string) bool {
	a, aok := document(x)
	b, bok := document(y)
	return aok && bok && reflect.DeepEqual(a, b)
}

func document(s string) (any, bool) {
	s = strings.TrimSpace(s)
	if !strings.HasPrefix(s, "{") && !strings.HasPrefix(s, "[") {
		return nil, false
	}
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil || d.More() {
		return nil, false
	}
	return v, true
}

// kind says what an expression is, without its text: that may hold a secret.
func kind(e hclsyntax.Expression) string {
	switch x := unwrap(e).(type) {
	case *hclsyntax.ScopeTraversalExpr:
		return "the reference " + dotted(traversalSteps(x.Traversal))
	case *hclsyntax.FunctionCallExpr:
		return "the result of " + x.Name + "()"
	case *hclsyntax.ConditionalExpr:
		return "a conditional"
	case *hclsyntax.ForExpr:
		return "a for expression"
	case *hclsyntax.TemplateExpr:
		return "a string with references in it"
	case *hclsyntax.SplatExpr:
		return "a splat expression"
	case *hclsyntax.IndexExpr, *hclsyntax.RelativeTraversalExpr:
		return "a computed element of something else"
	case *hclsyntax.BinaryOpExpr, *hclsyntax.UnaryOpExpr:
		return "an operation"
	case *hclsyntax.ObjectConsExpr:
		return "a map with expressions in it"
	case *hclsyntax.TupleConsExpr:
		return "a list with expressions in it"
	}
	return "an expression"
}

// secret reports whether a value holds what looks like a secret, or what a map's
// key says is one.
func secret(v any) bool {
	switch x := v.(type) {
	case string:
		return resource.SecretValue(x)
	case []any:
		for _, e := range x {
			if secret(e) {
				return true
			}
		}
	case map[string]any:
		name, _ := x["name"].(string)
		if s, ok := x["value"].(string); ok && s != "" && resource.SecretName(name) {
			return true
		}
		for k, e := range x {
			if secret(e) || secretKey(k, e) {
				return true
			}
		}
	}
	return false
}

// secretKey reports whether a map's key says that its value is a secret.
func secretKey(key string, v any) bool {
	s, ok := v.(string)
	return ok && s != "" && resource.SecretName(key)
}
