package remediate

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/terraform"
)

// savedPlan does a bit of everything that a saved plan can do.
func savedPlan() *terraform.Planned {
	return &terraform.Planned{
		Changes: []terraform.Change{
			{Address: "aws_instance.web", Type: "aws_instance", Actions: []string{"update"}, Before: map[string]any{"size": "large"}, After: map[string]any{"size": "small"}},
			{Address: "aws_s3_bucket.logs", Type: "aws_s3_bucket", Actions: []string{"no-op"}, Imported: "logs"},
			{Address: "aws_iam_role.new", Type: "aws_iam_role", Actions: []string{"no-op"}, Previous: "aws_iam_role.old"},
			{Address: "null_resource.run", Type: "null_resource", Actions: []string{"create"}, Provisioners: []string{"file", "local-exec"}},
			{Address: "aws_vpc.same", Type: "aws_vpc", Actions: []string{"no-op"}},
		},
		Drift: []terraform.Change{
			{Address: "aws_instance.web", Type: "aws_instance", Actions: []string{"update"}},
			{Address: "aws_vpc.same", Type: "aws_vpc", Actions: []string{"update"}},
		},
		Reads: []terraform.Change{
			{Address: "data.aws_ami.x", Type: "aws_ami", Actions: []string{"read"}},
			{Address: "data.external.x", Type: "external", Actions: []string{"read"}},
		},
		Outputs: []string{"ip"},
	}
}

// shownAs is a state of which the manifest says all that a saved plan does.
func shownAs(mode Mode, saved *terraform.Planned) State {
	s := State{Dir: "app", Mode: mode, Outputs: saved.Outputs, Reads: savedReads(saved), Refreshed: savedRefreshed(mode, saved)}
	for _, step := range savedSteps(mode, saved) {
		step.Strategy = Along
		s.Steps = append(s.Steps, step)
	}
	return s
}

func TestPlanTellsAllThatItDoes(t *testing.T) {
	s := shownAs(Normal, savedPlan())
	at := map[string]Step{}
	for _, step := range s.Steps {
		at[step.Address] = step
	}
	for address, want := range map[string]struct {
		risk Risk
		says string
	}{
		"aws_instance.web":   {Low, "changes it in place"},
		"aws_s3_bucket.logs": {Low, "from then on the code decides about it"},
		"aws_iam_role.new":   {Low, "moves in the state: it was aws_iam_role.old"},
		"null_resource.run":  {High, "runs commands on the machine that applies it"},
		"data.external.x":    {High, "runs a program on the machine that applies it"},
	} {
		step, ok := at[address]
		if !ok {
			t.Errorf("nothing is told of %s", address)
			continue
		}
		if told := append(slices.Clone(step.Reasons), step.Warnings...); step.Risk != want.risk || !slices.Contains(told, want.says) {
			t.Errorf("%s: %s %q, want %s and %q", address, step.Risk, told, want.risk, want.says)
		}
	}
	if len(at) != 5 || at["aws_s3_bucket.logs"].ImportID != "logs" {
		t.Errorf("told of %d, and of the import %q", len(at), at["aws_s3_bucket.logs"].ImportID)
	}
	if !slices.Equal(s.Refreshed, []string{"aws_vpc.same"}) || !slices.Equal(s.Reads, []string{"data.aws_ami.x", "data.external.x"}) {
		t.Errorf("refreshes %v, reads %v", s.Refreshed, s.Reads)
	}
}

// A manifest is written by who makes the plan, who may want something else to be read
// than what Terraform then does.
func TestManifestThatLies(t *testing.T) {
	index := func(s *State, address string) int {
		return slices.IndexFunc(s.Steps, func(step Step) bool { return step.Address == address })
	}
	for name, c := range map[string]struct {
		lie  func(*State)
		want string
	}{
		"the truth":         {func(*State) {}, ""},
		"step left out":     {func(s *State) { s.Steps = s.Steps[1:] }, "steps"},
		"step too many":     {func(s *State) { s.Steps = append(s.Steps, s.Steps[0]) }, "steps"},
		"step twice":        {func(s *State) { s.Steps[1] = s.Steps[0] }, "aws_s3_bucket.logs"},
		"other address":     {func(s *State) { s.Steps[0].Address = "aws_instance.dev" }, "aws_instance.web"},
		"other type":        {func(s *State) { s.Steps[0].Type = "aws_tag" }, "actions"},
		"lower risk":        {func(s *State) { s.Steps[index(s, "null_resource.run")].Risk = Low }, "risk"},
		"other reason":      {func(s *State) { s.Steps[0].Reasons = []string{"changes a tag"} }, "risk"},
		"other action":      {func(s *State) { s.Steps[index(s, "null_resource.run")].Actions = []string{"update"} }, "actions"},
		"other value":       {func(s *State) { s.Steps[0].Changes[0].After = "medium" }, "changes"},
		"value hidden":      {func(s *State) { s.Steps[0].Changes = []Change{{Path: "size", Sensitive: true}} }, "changes"},
		"change left out":   {func(s *State) { s.Steps[0].Changes = nil }, "changes"},
		"warning left out":  {func(s *State) { s.Steps[index(s, "aws_iam_role.new")].Warnings = nil }, "warnings"},
		"other import id":   {func(s *State) { s.Steps[index(s, "aws_s3_bucket.logs")].ImportID = "other" }, "actions"},
		"other strategy":    {func(s *State) { s.Steps[0].Strategy = Accept }, "strategy"},
		"said refresh-only": {func(s *State) { *s = shownAs(RefreshOnly, savedPlan()) }, "more than the state"},
		"output left out":   {func(s *State) { s.Outputs = nil }, "outputs"},
		"read left out":     {func(s *State) { s.Reads = s.Reads[1:] }, "outputs"},
		"refresh left out":  {func(s *State) { s.Refreshed = nil }, "outputs"},
	} {
		t.Run(name, func(t *testing.T) {
			s := shownAs(Normal, savedPlan())
			c.lie(&s)
			// As it comes from the file.
			data, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			var read State
			if err := decodeStrict(data, &read); err != nil {
				t.Fatal(err)
			}
			err = read.told(savedPlan())
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestRefreshOnlyPlanTellsAll(t *testing.T) {
	saved := &terraform.Planned{Drift: []terraform.Change{
		{Address: "a.gone", Type: "a", Actions: []string{"delete"}, Before: map[string]any{"x": "1"}},
		{Address: "a.new", Type: "a", Actions: []string{"no-op"}, Previous: "a.old"},
	}}
	s := shownAs(RefreshOnly, saved)
	if len(s.Steps) != 2 {
		t.Fatalf("%d steps, want 2", len(s.Steps))
	}
	if err := s.told(saved); err != nil {
		t.Error(err)
	}
	saved.Changes = []terraform.Change{{Address: "a.web", Type: "a", Actions: []string{"delete"}}}
	if err := s.told(saved); err == nil {
		t.Error("a plan that destroys something passes for one of the state alone")
	}
}

func TestUnknownActionIsOfHighRisk(t *testing.T) {
	for _, action := range []string{"renew", "open"} {
		c := terraform.Change{Address: "a.b", Type: "a", Actions: []string{action}}
		if risk, reasons := assess(c, nil); risk != High || len(reasons) == 0 {
			t.Errorf("%s: %s %v", action, risk, reasons)
		}
	}
}

func TestSecretInAnObjectThatBecomesUnknown(t *testing.T) {
	const secret = "s3cr3t-value"
	changes := changesOf(terraform.Change{
		Before:          map[string]any{"settings": map[string]any{"host": "db", "word": secret}},
		After:           map[string]any{},
		Unknown:         map[string]any{"settings": true},
		BeforeSensitive: map[string]any{"settings": map[string]any{"word": true}},
	})
	data, err := json.Marshal(changes)
	if err != nil || len(changes) != 1 || !changes[0].Unknown || strings.Contains(string(data), secret) {
		t.Errorf("%s %v", data, err)
	}
}
