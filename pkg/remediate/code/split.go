package code

import (
	"bytes"
	"fmt"
)

// Split cuts a configuration into its resource blocks, each with the comment above
// it, by address.
func Split(src []byte) (map[string][]byte, error) {
	s := parse(generatedName+".tf", src)
	if s.problem != nil {
		return nil, fmt.Errorf("configuration cannot be parsed: line %d", s.problem.line)
	}
	parts := map[string][]byte{}
	for _, b := range s.body.Blocks {
		if b.Type != "resource" || len(b.Labels) != 2 {
			continue
		}
		whole := span{b.TypeRange.Start.Byte, b.CloseBraceRange.End.Byte}
		if lines, ok := ownLines(src, whole, -1); ok {
			whole = lines
		}
		address := b.Labels[0] + "." + b.Labels[1]
		if _, ok := parts[address]; ok {
			return nil, fmt.Errorf("configuration declares %s twice: remove one", address)
		}
		parts[address] = append(bytes.TrimRight(bytes.Clone(src[whole.start:whole.end]), "\r\n"), '\n')
	}
	return parts, nil
}
