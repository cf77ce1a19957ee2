package azure

import (
	"context"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// blobProperties reads what an account says of all of its blobs. An account for
// files alone has none.
func blobProperties(ctx context.Context, c *conn, v *armstorage.Account) (resource.Attrs, error) {
	none := resource.Attrs{"blob_properties": nil}
	if value(v.Kind) == armstorage.KindFileStorage {
		return none, nil
	}
	cl, err := client(c, armstorage.NewBlobServicesClient)
	if err != nil {
		return nil, err
	}
	o, err := cl.GetServiceProperties(ctx, segment(value(v.ID), "resourceGroups"), value(v.Name), nil)
	if err != nil || o.BlobServiceProperties.BlobServiceProperties == nil {
		return none, err
	}
	p := o.BlobServiceProperties.BlobServiceProperties
	var restore []any
	if r := value(p.RestorePolicy); value(r.Enabled) {
		restore = []any{map[string]any{"days": r.Days}}
	}
	var deleted, containers []any
	if d := value(p.DeleteRetentionPolicy); value(d.Enabled) {
		deleted = []any{map[string]any{"days": d.Days, "permanent_delete_enabled": d.AllowPermanentDelete}}
	}
	if d := value(p.ContainerDeleteRetentionPolicy); value(d.Enabled) {
		containers = []any{map[string]any{"days": d.Days}}
	}
	return resource.Attrs{"blob_properties": []any{map[string]any{
		"change_feed_enabled":               value(p.ChangeFeed).Enabled,
		"change_feed_retention_in_days":     value(p.ChangeFeed).RetentionInDays,
		"container_delete_retention_policy": containers,
		"cors_rule":                         storageCORS(p.Cors),
		"default_service_version":           p.DefaultServiceVersion,
		"delete_retention_policy":           deleted,
		"last_access_time_enabled":          value(p.LastAccessTimeTrackingPolicy).Enable,
		"restore_policy":                    restore,
		"versioning_enabled":                p.IsVersioningEnabled,
	}}}, nil
}

// shareProperties reads what an account says of all of its file shares.
func shareProperties(ctx context.Context, c *conn, v *armstorage.Account) (resource.Attrs, error) {
	none := resource.Attrs{"share_properties": nil}
	if !hasShares(v) {
		return none, nil
	}
	cl, err := client(c, armstorage.NewFileServicesClient)
	if err != nil {
		return nil, err
	}
	o, err := cl.GetServiceProperties(ctx, segment(value(v.ID), "resourceGroups"), value(v.Name), nil)
	if err != nil || o.FileServiceProperties.FileServiceProperties == nil {
		return none, err
	}
	p := o.FileServiceProperties.FileServiceProperties
	var retention []any
	if d := value(p.ShareDeleteRetentionPolicy); value(d.Enabled) {
		retention = []any{map[string]any{"days": d.Days}}
	}
	return resource.Attrs{"share_properties": []any{map[string]any{
		"cors_rule":        storageCORS(p.Cors),
		"retention_policy": retention,
		"smb":              shareSMB(value(p.ProtocolSettings).Smb),
	}}}, nil
}

func hasShares(v *armstorage.Account) bool {
	switch value(v.Kind) {
	case armstorage.KindFileStorage:
		return true
	case armstorage.KindStorage, armstorage.KindStorageV2:
		return value(value(v.SKU).Tier) != armstorage.SKUTierPremium
	}
	return false
}

func storageCORS(rules *armstorage.CorsRules) []any {
	out := []any{}
	for _, r := range value(rules).CorsRules {
		out = append(out, map[string]any{
			"allowed_headers":    r.AllowedHeaders,
			"allowed_methods":    r.AllowedMethods,
			"allowed_origins":    r.AllowedOrigins,
			"exposed_headers":    r.ExposedHeaders,
			"max_age_in_seconds": r.MaxAgeInSeconds,
		})
	}
	return out
}

func shareSMB(s *armstorage.SmbSetting) []any {
	if s == nil {
		return nil
	}
	return []any{map[string]any{
		"authentication_types":            semicolons(s.AuthenticationMethods),
		"channel_encryption_type":         semicolons(s.ChannelEncryption),
		"kerberos_ticket_encryption_type": semicolons(s.KerberosTicketEncryption),
		"multichannel_enabled":            value(s.Multichannel).Enabled,
		"versions":                        semicolons(s.Versions),
	}}
}

// semicolons takes "SMB3.0;SMB3.1.1" apart.
func semicolons(s *string) []string {
	return strings.FieldsFunc(value(s), func(r rune) bool { return r == ';' })
}
