package gcp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// formError is an answer that is not what the API's description says.
type formError struct{ err error }

func (e formError) Error() string { return "the answer has another form than the API's" }
func (e formError) Unwrap() error { return e.err }

// decode reads an API's JSON into its struct. 64-bit integers are strings there, as
// the structs say, but the JSON form of protocol buffers allows numbers as well
// (https://protobuf.dev/programming-guides/json/), and not every server is Google's.
func decode(body []byte, v any) error {
	if string(bytes.TrimSpace(body)) == "null" { // which would leave v as it is, without an error
		return formError{errors.New("null")}
	}
	if json.Unmarshal(body, v) == nil {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var doc any
	if err := d.Decode(&doc); err != nil {
		return formError{err}
	}
	body, err := json.Marshal(quoted(doc, reflect.TypeOf(v)))
	if err == nil {
		err = json.Unmarshal(body, v)
	}
	if err != nil {
		return formError{fmt.Errorf("%T: %w", v, err)}
	}
	return nil
}

// quoted returns the document with the numbers as strings that a struct wants so.
func quoted(doc any, of reflect.Type) any {
	of = element(of)
	switch x := doc.(type) {
	case []any:
		for i := range x {
			x[i] = quoted(x[i], of)
		}
	case map[string]any:
		if of.Kind() == reflect.Map {
			of = of.Elem()
			for k := range x {
				x[k] = quoted(x[k], of)
			}
			return x
		}
		if of.Kind() != reflect.Struct {
			return x
		}
		for i := range of.NumField() {
			f := of.Field(i)
			name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			value, ok := x[name]
			if !ok {
				continue
			}
			if n, number := value.(json.Number); number && strings.Contains(options, "string") {
				x[name] = n.String()
				continue
			}
			x[name] = quoted(value, f.Type)
		}
	}
	return doc
}
