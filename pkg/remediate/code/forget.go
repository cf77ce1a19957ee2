package code

import "slices"

// Forget replaces the blocks of resources that are gone by `removed` blocks, so
// that Terraform lets go of them without destroying anything. They need
// Terraform 1.7 or later
// (https://developer.hashicorp.com/terraform/language/resources/syntax#removing-resources).
//
// A block with count or for_each is replaced only where addresses name each of its
// instances, and any only where nothing that stays refers to it.
func Forget(f Files, addresses []string) Edit {
	m := newModule(f, nil)
	problem := m.problem()
	refused := make([]*refusal, len(addresses))
	byBase := map[string][]int{}
	var order []string
	parsed := make([]address, len(addresses))
	for i, text := range addresses {
		a, err := parseAddress(text)
		parsed[i] = a
		switch {
		case err != nil:
			refused[i] = refuse(place{}, "%s", err)
		case problem != nil:
			refused[i] = problem
		case a.data:
			refused[i] = refuse(place{}, "a data source is not forgotten")
		case a.module != "":
			b, bad := m.only("module", a.module)
			if refused[i] = bad; bad == nil {
				refused[i] = refuse(b.place(), "it is in a child module: remove it from the module's own code")
			}
		default:
			if byBase[a.base()] == nil {
				order = append(order, a.base())
			}
			byBase[a.base()] = append(byBase[a.base()], i)
		}
	}
	going := map[string]block{}
	for _, base := range order {
		first := parsed[byBase[base][0]]
		b, bad := m.only("resource", first.typ, first.name)
		if bad == nil {
			bad = m.allInstances(b, parsed, byBase[base])
		}
		if bad == nil {
			going[base] = b
			continue
		}
		for _, i := range byBase[base] {
			refused[i] = bad
		}
	}
	// What stays because something refers to it may refer to others.
	for again := true; again; {
		again = false
		for _, base := range order {
			b, ok := going[base]
			if !ok {
				continue
			}
			if bad := m.referredTo(b, going); bad != nil {
				delete(going, base)
				again = true
				for _, i := range byBase[base] {
					refused[i] = bad
				}
			}
		}
	}
	return forgotten(f, m, addresses, refused, going)
}

// allInstances refuses a block of which not every instance is to go.
func (m *module) allInstances(b block, parsed []address, wanted []int) *refusal {
	for _, i := range wanted {
		if !parsed[i].fits(b) {
			return refuse(b.place(), "the block makes no such instance as %s: the state is of other code", parsed[i])
		}
	}
	if !parsed[wanted[0]].keyed {
		return nil
	}
	keys, ok := m.instances(b)
	if !ok {
		return refuse(b.place(), "only the values of count or for_each say which instances the block makes")
	}
	for _, key := range keys {
		if !slices.ContainsFunc(wanted, func(i int) bool { return parsed[i].keyed && parsed[i].key == key }) {
			return refuse(b.place(), "the block also makes instances that are not gone")
		}
	}
	return nil
}

// referredTo refuses a block that something refers to which is not going as well.
func (m *module) referredTo(b block, going map[string]block) *refusal {
	name := []step{{key: b.Labels[0]}, {key: b.Labels[1]}}
	var others []place
	for _, r := range m.references() {
		inGoing := slices.ContainsFunc(blocksOf(going), func(g block) bool {
			return r.at.file == g.file.name && r.start >= g.TypeRange.Start.Byte && r.start < g.CloseBraceRange.End.Byte
		})
		if !inGoing && len(r.steps) >= 2 && overlaps(r.steps, name) {
			others = append(others, r.at)
		}
	}
	if len(others) == 0 {
		return nil
	}
	return refuse(b.place(), "it is referred to in %s", places(others))
}

func blocksOf(going map[string]block) []block {
	all := make([]block, 0, len(going))
	for _, b := range going {
		all = append(all, b)
	}
	return all
}

func forgotten(f Files, m *module, addresses []string, refused []*refusal, going map[string]block) Edit {
	edits := map[string][]edit{}
	for base, b := range going {
		text := "removed {\n  from = " + base + "\n\n  lifecycle {\n    destroy = false\n  }\n}"
		edits[b.file.name] = append(edits[b.file.name], edit{b.TypeRange.Start.Byte, b.CloseBraceRange.End.Byte, text})
	}
	e := newEdit()
	broken := map[string]bool{}
	for name, list := range edits {
		slices.SortFunc(list, func(a, b edit) int { return a.start - b.start })
		s := splice{m.files[name], list}
		out := s.apply()
		if parse(name, out).problem != nil {
			broken[name] = true
			continue
		}
		e.Files[name] = formatted(f[name], out)
	}
	for i, text := range addresses {
		why := refused[i]
		if a, err := parseAddress(text); err == nil && why == nil {
			if b := going[a.base()]; broken[b.file.name] {
				why = refuse(b.place(), "the file could not be parsed after the edit")
			}
		}
		if why == nil {
			e.Done = append(e.Done, text)
			continue
		}
		e.Hints = append(e.Hints, Hint{Address: text, File: why.file, Line: why.line, Text: oneLine("replace its resource block by a removed block: " + why.text)})
	}
	return e
}
