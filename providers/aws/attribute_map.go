package aws

import "strconv"

// attributeMap is how SQS and SNS answer: every attribute is a string, and what
// is not set is left out. Terraform's provider writes the zero value of the
// attribute's type for what is left out, and so do these.
type attributeMap map[string]string

func (a attributeMap) text(name string) string { return a[name] }

func (a attributeMap) flag(name string) bool { return a[name] == "true" }

// number returns nil for what is no number.
func (a attributeMap) number(name string) any {
	s, ok := a[name]
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return nil
	}
	return n
}
