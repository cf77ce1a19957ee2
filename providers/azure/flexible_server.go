package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/postgresql/armpostgresqlflexibleservers/v4"
)

// The flexible servers of PostgreSQL and of MySQL share much of their API.

// flexibleServerSKU is the tier's sign and the size: GP_Standard_D2s_v3.
func flexibleServerSKU(s *armpostgresqlflexibleservers.SKU) string {
	tier, name := value(value(s).Tier), value(value(s).Name)
	if tier == "" || name == "" {
		return ""
	}
	sign, ok := map[armpostgresqlflexibleservers.SKUTier]string{
		armpostgresqlflexibleservers.SKUTierBurstable:       "B",
		armpostgresqlflexibleservers.SKUTierGeneralPurpose:  "GP",
		armpostgresqlflexibleservers.SKUTierMemoryOptimized: "MO",
	}[tier]
	if !ok {
		sign = string(tier)
	}
	return sign + "_" + name
}

func flexibleServerMaintenance(w *armpostgresqlflexibleservers.MaintenanceWindow) []any {
	if w == nil || w.CustomWindow == nil || *w.CustomWindow == "Disabled" {
		return nil
	}
	return []any{map[string]any{"day_of_week": w.DayOfWeek, "start_hour": w.StartHour, "start_minute": w.StartMinute}}
}

func flexibleServerAvailability(h *armpostgresqlflexibleservers.HighAvailability) []any {
	if h == nil || h.Mode == nil || *h.Mode == "Disabled" {
		return nil
	}
	return []any{map[string]any{"mode": h.Mode, "standby_availability_zone": h.StandbyAvailabilityZone}}
}

// flexibleServerKey is the block of a key of one's own.
func flexibleServerKey(e *armpostgresqlflexibleservers.DataEncryption) []any {
	if e == nil || e.Type == nil || *e.Type != armpostgresqlflexibleservers.ArmServerKeyTypeAzureKeyVault {
		return nil
	}
	return []any{map[string]any{
		"key_vault_key_id":                     e.PrimaryKeyURI,
		"primary_user_assigned_identity_id":    e.PrimaryUserAssignedIdentityID,
		"geo_backup_key_vault_key_id":          e.GeoBackupKeyURI,
		"geo_backup_user_assigned_identity_id": e.GeoBackupUserAssignedIdentityID,
	}}
}
