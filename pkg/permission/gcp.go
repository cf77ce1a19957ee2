package permission

import (
	"bytes"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// gcpRole is a custom role as `gcloud iam roles create --file` takes it
// (https://cloud.google.com/iam/docs/creating-custom-roles).
type gcpRole struct {
	Title       string   `yaml:"title"`
	Description string   `yaml:"description"`
	Stage       string   `yaml:"stage"`
	Permissions []string `yaml:"includedPermissions"`
}

// GCP returns a custom role. Google Cloud grants a role on a project, folder or
// bucket: the resources of the permissions are where to grant it, and are told.
func GCP(all []Permission) (Document, error) {
	role := gcpRole{Title: "driftmgr", Description: "What driftmgr reads, and nothing else.", Stage: "GA", Permissions: []string{}}
	doc := Document{Name: "Google Cloud custom role"}
	var where []string
	for _, p := range all {
		role.Permissions = append(role.Permissions, p.Action)
		if p.Resource != "" {
			where = append(where, p.Resource)
		}
	}
	sorted(&role.Permissions)
	sorted(&where)
	for _, resource := range where {
		doc.Notes = append(doc.Notes, "grant it on "+resource)
	}
	var buf bytes.Buffer
	enc := yaml.NewEncoder(&buf)
	enc.SetIndent(2)
	if err := enc.Encode(role); err != nil {
		return doc, fmt.Errorf("write the role: %w", err)
	}
	doc.Content = buf.Bytes()
	return doc, nil
}
