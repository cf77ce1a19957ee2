package rootmodule

import (
	"crypto/md5"  // #nosec G501 -- Terraform's function of that name
	"crypto/sha1" // #nosec G505 -- Terraform's function of that name
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	ctyyaml "github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
	"go.yaml.in/yaml/v3"
)

// functions are Terraform's functions
// (https://developer.hashicorp.com/terraform/language/functions). dir is what
// the paths of files are relative to: the root module's directory, for every
// module.
//
// Those that depend on time or chance, that need the plan, or that are rarely
// seen in a provider's arguments have unknown values.
func functions(dir string) map[string]function.Function {
	table := map[string]function.Function{
		"abs":             stdlib.AbsoluteFunc,
		"abspath":         onStrings(func(s string) (string, error) { return filepath.Abs(inDir(dir, s)) }),
		"alltrue":         foldBools(true, func(all, b bool) bool { return all && b }),
		"anytrue":         foldBools(false, func(anyOf, b bool) bool { return anyOf || b }),
		"base64decode":    onStrings(base64Decode),
		"base64encode":    onStrings(func(s string) (string, error) { return base64.StdEncoding.EncodeToString([]byte(s)), nil }),
		"basename":        onStrings(func(s string) (string, error) { return filepath.Base(s), nil }),
		"can":             tryfunc.CanFunc,
		"ceil":            stdlib.CeilFunc,
		"chomp":           stdlib.ChompFunc,
		"chunklist":       stdlib.ChunklistFunc,
		"coalesce":        coalesce(),
		"coalescelist":    stdlib.CoalesceListFunc,
		"compact":         stdlib.CompactFunc,
		"concat":          stdlib.ConcatFunc,
		"contains":        stdlib.ContainsFunc,
		"csvdecode":       stdlib.CSVDecodeFunc,
		"dirname":         onStrings(func(s string) (string, error) { return filepath.Dir(s), nil }),
		"distinct":        stdlib.DistinctFunc,
		"element":         stdlib.ElementFunc,
		"endswith":        compareStrings(strings.HasSuffix),
		"file":            onStrings(func(s string) (string, error) { return textFile(inDir(dir, s)) }),
		"fileexists":      fileExists(dir),
		"flatten":         stdlib.FlattenFunc,
		"floor":           stdlib.FloorFunc,
		"format":          stdlib.FormatFunc,
		"formatdate":      stdlib.FormatDateFunc,
		"formatlist":      stdlib.FormatListFunc,
		"indent":          stdlib.IndentFunc,
		"join":            stdlib.JoinFunc,
		"jsondecode":      stdlib.JSONDecodeFunc,
		"jsonencode":      stdlib.JSONEncodeFunc,
		"keys":            stdlib.KeysFunc,
		"length":          length(),
		"log":             stdlib.LogFunc,
		"lookup":          lookup(),
		"lower":           stdlib.LowerFunc,
		"max":             stdlib.MaxFunc,
		"md5":             hexSum(func(b []byte) []byte { s := md5.Sum(b); return s[:] }), // #nosec G401 -- as above
		"merge":           stdlib.MergeFunc,
		"min":             stdlib.MinFunc,
		"nonsensitive":    identity(),
		"one":             one(),
		"parseint":        stdlib.ParseIntFunc,
		"range":           stdlib.RangeFunc,
		"regex":           stdlib.RegexFunc,
		"regexall":        stdlib.RegexAllFunc,
		"replace":         replace(),
		"reverse":         stdlib.ReverseListFunc,
		"sensitive":       identity(),
		"setintersection": stdlib.SetIntersectionFunc,
		"setproduct":      stdlib.SetProductFunc,
		"setsubtract":     stdlib.SetSubtractFunc,
		"setunion":        stdlib.SetUnionFunc,
		"sha1":            hexSum(func(b []byte) []byte { s := sha1.Sum(b); return s[:] }), // #nosec G401 -- as above
		"sha256":          hexSum(func(b []byte) []byte { s := sha256.Sum256(b); return s[:] }),
		"sha512":          hexSum(func(b []byte) []byte { s := sha512.Sum512(b); return s[:] }),
		"signum":          stdlib.SignumFunc,
		"slice":           stdlib.SliceFunc,
		"sort":            stdlib.SortFunc,
		"split":           stdlib.SplitFunc,
		"startswith":      compareStrings(strings.HasPrefix),
		"strcontains":     compareStrings(strings.Contains),
		"strrev":          stdlib.ReverseFunc,
		"substr":          stdlib.SubstrFunc,
		"sum":             sum(),
		"timeadd":         stdlib.TimeAddFunc,
		"title":           stdlib.TitleFunc,
		"tobool":          stdlib.MakeToFunc(cty.Bool),
		"tolist":          stdlib.MakeToFunc(cty.List(cty.DynamicPseudoType)),
		"tomap":           stdlib.MakeToFunc(cty.Map(cty.DynamicPseudoType)),
		"tonumber":        stdlib.MakeToFunc(cty.Number),
		"toset":           stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)),
		"tostring":        stdlib.MakeToFunc(cty.String),
		"trim":            stdlib.TrimFunc,
		"trimprefix":      stdlib.TrimPrefixFunc,
		"trimspace":       stdlib.TrimSpaceFunc,
		"trimsuffix":      stdlib.TrimSuffixFunc,
		"try":             tryfunc.TryFunc,
		"upper":           stdlib.UpperFunc,
		"urlencode":       onStrings(func(s string) (string, error) { return url.QueryEscape(s), nil }),
		"values":          stdlib.ValuesFunc,
		"yamldecode":      yamlDecode(),
		"zipmap":          stdlib.ZipmapFunc,
	}
	for _, name := range unknownFunctions {
		table[name] = unknownFunction()
	}
	return table
}

// unknownFunctions are Terraform's and OpenTofu's functions that are not
// evaluated.
var unknownFunctions = []string{
	"base64gunzip", "base64gzip", "base64sha256", "base64sha512", "bcrypt", "cidrcontains", "cidrhost", "cidrnetmask",
	"cidrsubnet", "cidrsubnets", "convert", "deepmerge", "ephemeralasnull", "filebase64", "filebase64sha256",
	"filebase64sha512", "filemd5", "fileset", "filesha1", "filesha256", "filesha512", "flipmap", "index", "issensitive",
	"list", "map", "matchkeys", "pathexpand", "plantimestamp", "pow", "rsadecrypt", "templatefile", "templatestring",
	"textdecodebase64", "textencodebase64", "timecmp", "timestamp", "transpose", "type", "urldecode", "uuid", "uuidv5",
	"yamlencode",
}

// evaluated reports whether a function has a value here.
func evaluated(table map[string]function.Function, name string) bool {
	name = strings.TrimPrefix(name, "core::")
	_, ok := table[name]
	return ok && !slices.Contains(unknownFunctions, name)
}

func unknownFunction() function.Function {
	return function.New(&function.Spec{
		VarParam: &function.Parameter{Name: "args", Type: cty.DynamicPseudoType, AllowNull: true, AllowUnknown: true, AllowDynamicType: true, AllowMarked: true},
		Type:     function.StaticReturnType(cty.DynamicPseudoType),
		Impl:     func([]cty.Value, cty.Type) (cty.Value, error) { return cty.DynamicVal, nil },
	})
}

func parameter(name string, t cty.Type) function.Parameter {
	return function.Parameter{Name: name, Type: t}
}

func onStrings(f func(string) (string, error)) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{parameter("s", cty.String)},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			s, err := f(args[0].AsString())
			if err != nil {
				return cty.UnknownVal(cty.String), err
			}
			return cty.StringVal(s), nil
		},
	})
}

func compareStrings(f func(s, part string) bool) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{parameter("s", cty.String), parameter("part", cty.String)},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cty.BoolVal(f(args[0].AsString(), args[1].AsString())), nil
		},
	})
}

func hexSum(f func([]byte) []byte) function.Function {
	return onStrings(func(s string) (string, error) { return hex.EncodeToString(f([]byte(s))), nil })
}

func base64Decode(s string) (string, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err == nil && !utf8.Valid(b) {
		err = errors.New("is not UTF-8")
	}
	return string(b), err
}

func foldBools(start bool, f func(sofar, b bool) bool) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{parameter("list", cty.List(cty.Bool))},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			result := start
			for it := args[0].ElementIterator(); it.Next(); {
				_, v := it.Element()
				if !v.IsKnown() {
					return cty.UnknownVal(cty.Bool), nil
				}
				result = f(result, !v.IsNull() && v.True())
			}
			return cty.BoolVal(result), nil
		},
	})
}

func sum() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{parameter("list", cty.List(cty.Number))},
		Type:   function.StaticReturnType(cty.Number),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			total := cty.Zero
			if args[0].LengthInt() == 0 {
				return total, errors.New("needs an element")
			}
			for it := args[0].ElementIterator(); it.Next(); {
				_, v := it.Element()
				if v.IsKnown() && v.IsNull() {
					return cty.UnknownVal(cty.Number), errors.New("has a null element")
				}
				total = total.Add(v)
			}
			return total, nil
		},
	})
}

// identity keeps a value as it is: nothing here shows values.
func identity() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType, AllowNull: true, AllowUnknown: true, AllowDynamicType: true}},
		Type:   func(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil },
		Impl:   func(args []cty.Value, _ cty.Type) (cty.Value, error) { return args[0], nil },
	})
}

// coalesce is unlike cty's in that it passes over empty strings, too.
func coalesce() function.Function {
	return function.New(&function.Spec{
		VarParam: &function.Parameter{Name: "values", Type: cty.DynamicPseudoType, AllowNull: true, AllowUnknown: true, AllowDynamicType: true},
		Type: func(args []cty.Value) (cty.Type, error) {
			types := make([]cty.Type, len(args))
			for i, a := range args {
				types[i] = a.Type()
			}
			t, _ := convert.UnifyUnsafe(types)
			if t == cty.NilType {
				return t, errors.New("the arguments are of different types")
			}
			return t, nil
		},
		Impl: func(args []cty.Value, t cty.Type) (cty.Value, error) {
			for _, a := range args {
				a, err := convert.Convert(a, t)
				switch {
				case err != nil:
					return cty.UnknownVal(t), err
				case !a.IsKnown():
					return cty.UnknownVal(t), nil
				case a.IsNull(), a.RawEquals(cty.StringVal("")):
				default:
					return a, nil
				}
			}
			return cty.UnknownVal(t), errors.New("no argument has a value")
		},
	})
}

// length takes strings, too.
func length() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType, AllowDynamicType: true, AllowUnknown: true}},
		Type:   function.StaticReturnType(cty.Number),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			switch v := args[0]; {
			case !v.IsKnown():
				return cty.UnknownVal(cty.Number), nil
			case v.Type() == cty.String:
				return stdlib.Strlen(v)
			case v.Type().IsObjectType():
				return cty.NumberIntVal(int64(len(v.Type().AttributeTypes()))), nil
			case v.Type().IsTupleType():
				return cty.NumberIntVal(int64(v.Type().Length())), nil
			case v.Type().IsCollectionType():
				return v.Length(), nil
			}
			return cty.UnknownVal(cty.Number), errors.New("has no length")
		},
	})
}

// lookup returns what a map or an object has at a key, else the default, which
// may be left out.
func lookup() function.Function {
	return function.New(&function.Spec{
		Params:   []function.Parameter{parameter("map", cty.DynamicPseudoType), parameter("key", cty.String)},
		VarParam: &function.Parameter{Name: "default", Type: cty.DynamicPseudoType, AllowNull: true, AllowUnknown: true, AllowDynamicType: true},
		Type:     function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			m, key := args[0], args[1].AsString()
			switch t := m.Type(); {
			case t.IsObjectType() && t.HasAttribute(key):
				return m.GetAttr(key), nil
			case t.IsMapType() && m.HasIndex(args[1]).True():
				return m.Index(args[1]), nil
			case !t.IsObjectType() && !t.IsMapType():
				return cty.DynamicVal, errors.New("is no map")
			case len(args) > 2 && t.IsMapType():
				return convert.Convert(args[2], t.ElementType())
			case len(args) > 2:
				return args[2], nil
			}
			return cty.DynamicVal, errors.New("has no such key")
		},
	})
}

func one() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{parameter("list", cty.DynamicPseudoType)},
		Type:   function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			list := args[0]
			if t := list.Type(); !t.IsListType() && !t.IsSetType() && !t.IsTupleType() {
				return cty.DynamicVal, errors.New("is no list")
			}
			switch elements := list.AsValueSlice(); len(elements) {
			case 0:
				return cty.NullVal(cty.DynamicPseudoType), nil
			case 1:
				return elements[0], nil
			}
			return cty.DynamicVal, errors.New("has more than one element")
		},
	})
}

// replace takes a pattern between slashes for a regular expression.
func replace() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{parameter("s", cty.String), parameter("pattern", cty.String), parameter("with", cty.String)},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			s, pattern, with := args[0].AsString(), args[1].AsString(), args[2].AsString()
			if len(pattern) < 2 || !strings.HasPrefix(pattern, "/") || !strings.HasSuffix(pattern, "/") {
				return cty.StringVal(strings.ReplaceAll(s, pattern, with)), nil
			}
			re, err := regexp.Compile(pattern[1 : len(pattern)-1])
			if err != nil {
				return cty.UnknownVal(cty.String), err
			}
			return cty.StringVal(re.ReplaceAllString(s, with)), nil
		},
	})
}

func inDir(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

func textFile(path string) (string, error) {
	data, err := readFile(path, path)
	if err == nil && !utf8.Valid(data) {
		err = errors.New("is not UTF-8")
	}
	return string(data), err
}

func fileExists(dir string) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{parameter("path", cty.String)},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			switch info, err := os.Stat(inDir(dir, args[0].AsString())); {
			case errors.Is(err, fs.ErrNotExist):
				return cty.False, nil
			case err != nil:
				return cty.UnknownVal(cty.Bool), err
			case !info.Mode().IsRegular():
				return cty.UnknownVal(cty.Bool), errors.New("is no regular file")
			}
			return cty.True, nil
		},
	})
}

// yamlDecode is Terraform's own, for documents that are not too large once their
// aliases are followed: a few lines can make a value of any size.
func yamlDecode() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{parameter("document", cty.String)},
		Type:   function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			var document yaml.Node
			left := maxElements
			if err := yaml.Unmarshal([]byte(args[0].AsString()), &document); err != nil || !smallYAML(&document, 0, &left) {
				return cty.DynamicVal, nil
			}
			return ctyyaml.YAMLDecodeFunc.Call(args)
		},
	})
}

// smallYAML reports whether a document has no more than left nodes, those that
// aliases repeat counted each time, and does not nest too deep.
func smallYAML(n *yaml.Node, depth int, left *int) bool {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	*left--
	if *left < 0 || depth > maxNesting {
		return false
	}
	for _, inner := range n.Content {
		if !smallYAML(inner, depth+1, left) {
			return false
		}
	}
	return true
}
