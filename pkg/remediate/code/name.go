package code

import (
	"strconv"
	"strings"
)

// Name makes the address TYPE.NAME of a resource that no code has. The name is
// made of the last part of its id: lower case, letters, digits and underscores.
// taken reports whether an address is in use; a number is appended until it is not.
func Name(typ, id string, taken func(address string) bool) string {
	const most = 64
	part := strings.TrimRight(id, "/:|,;")
	if i := strings.LastIndexAny(part, "/:|,;"); i >= 0 {
		part = part[i+1:]
	}
	var b strings.Builder
	for _, r := range strings.ToLower(part) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		} else if !strings.HasSuffix(b.String(), "_") {
			b.WriteByte('_')
		}
		if b.Len() >= most {
			break
		}
	}
	name := strings.Trim(b.String(), "_")
	if name == "" || name[0] < 'a' {
		// An identifier starts with a letter: the last word of the type is one.
		kind := typ[strings.LastIndexByte(typ, '_')+1:]
		if kind == "" || kind[0] < 'a' || kind[0] > 'z' {
			kind = "imported"
		}
		name = strings.TrimSuffix(kind+"_"+name, "_")
	}
	address := typ + "." + name
	for n := 2; taken(address); n++ {
		address = typ + "." + name + "_" + strconv.Itoa(n)
	}
	return address
}
