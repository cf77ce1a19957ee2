// Package resource holds the values that every other room exchanges: what a
// Terraform state says exists (Managed), what a cloud has (Resource), and when
// two attribute values mean the same (Rule). It does no I/O.
package resource

import "strings"

// Key names one cloud resource across states and inventories.
//
// ID is the type's own join key: often not what Terraform stores in `id`
// (aws_db_instance stores the resource id since provider v5), so each type
// declares how to get it from the state and from the API's answer.
//
// Account is the AWS account id, the Azure subscription id or the Google
// project id. Region is empty for what lives once per account (IAM roles).
// In a key made from a state either may be empty for "the state does not say".
type Key struct {
	Type    string `json:"type"`
	Account string `json:"account,omitempty"`
	Region  string `json:"region,omitempty"`
	ID      string `json:"id"`
}

// String is for messages: "aws_vpc 111122223333/eu-west-1/vpc-1".
func (k Key) String() string {
	parts := make([]string, 0, 3)
	for _, p := range []string{k.Account, k.Region, k.ID} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return k.Type + " " + strings.Join(parts, "/")
}
