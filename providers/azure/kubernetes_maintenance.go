package azure

import (
	"context"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/containerservice/armcontainerservice/v8"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// maintenanceWindows are when a cluster may be touched: in general, for new
// versions of Kubernetes, and for new images of its nodes.
func maintenanceWindows() provider.Detail[*conn, *cluster] {
	return provider.Detail[*conn, *cluster]{
		Action: "Microsoft.ContainerService/managedClusters/maintenanceConfigurations" + readSuffix,
		Paths:  []string{"maintenance_window", "maintenance_window_auto_upgrade", "maintenance_window_node_os"},
		When:   configured("maintenance_window", "maintenance_window_auto_upgrade", "maintenance_window_node_os"),
		Read: func(ctx context.Context, c *conn, v *cluster) (resource.Attrs, error) {
			cl, err := client(c, armcontainerservice.NewMaintenanceConfigurationsClient)
			if err != nil {
				return nil, err
			}
			all := pages(ctx, cl.NewListByManagedClusterPager(segment(value(v.ID), "resourceGroups"), value(v.Name), nil),
				func(p armcontainerservice.MaintenanceConfigurationsClientListByManagedClusterResponse) []*armcontainerservice.MaintenanceConfiguration {
					return p.Value
				})
			if all.err != nil {
				return nil, all.err
			}
			a := resource.Attrs{"maintenance_window": nil, "maintenance_window_auto_upgrade": nil, "maintenance_window_node_os": nil}
			for _, m := range all.items {
				switch p := value(m.Properties); value(m.Name) {
				case "default":
					a["maintenance_window"] = maintenanceWeek(p)
				case "aksManagedAutoUpgradeSchedule":
					a["maintenance_window_auto_upgrade"] = maintenanceWindow(p.MaintenanceWindow)
				case "aksManagedNodeOSUpgradeSchedule":
					a["maintenance_window_node_os"] = maintenanceWindow(p.MaintenanceWindow)
				}
			}
			return a, nil
		},
	}
}

func maintenanceWindowRules() map[string]resource.Rule {
	rules := map[string]resource.Rule{}
	for _, window := range []string{"maintenance_window", "maintenance_window_auto_upgrade", "maintenance_window_node_os"} {
		rules[window+".not_allowed.start"] = sameTime()
		rules[window+".not_allowed.end"] = sameTime()
	}
	rules["maintenance_window_auto_upgrade.start_date"] = sameTime()
	rules["maintenance_window_node_os.start_date"] = sameTime()
	return rules
}

// sameTime is for a point in time, whatever its zone.
func sameTime() resource.Rule {
	return resource.CanonString(func(s string) string {
		t, err := time.Parse(time.RFC3339, s)
		if err != nil {
			return s
		}
		return t.UTC().Format(time.RFC3339)
	})
}

func maintenanceWeek(p armcontainerservice.MaintenanceConfigurationProperties) []any {
	allowed, notAllowed := []any{}, []any{}
	for _, t := range p.TimeInWeek {
		allowed = append(allowed, map[string]any{"day": t.Day, "hours": t.HourSlots})
	}
	for _, t := range p.NotAllowedTime {
		notAllowed = append(notAllowed, map[string]any{"start": t.Start, "end": t.End})
	}
	return []any{map[string]any{"allowed": allowed, "not_allowed": notAllowed}}
}

func maintenanceWindow(w *armcontainerservice.MaintenanceWindow) []any {
	if w == nil {
		return nil
	}
	notAllowed := []any{}
	for _, d := range w.NotAllowedDates {
		notAllowed = append(notAllowed, map[string]any{"start": d.Start, "end": d.End})
	}
	block := map[string]any{
		"not_allowed":  notAllowed,
		"duration":     w.DurationHours,
		"start_date":   w.StartDate,
		"start_time":   w.StartTime,
		"utc_offset":   w.UTCOffset,
		"frequency":    nil,
		"interval":     nil,
		"day_of_month": nil,
		"day_of_week":  nil,
		"week_index":   nil,
	}
	switch s := value(w.Schedule); {
	case s.Daily != nil:
		block["frequency"], block["interval"] = "Daily", s.Daily.IntervalDays
	case s.Weekly != nil:
		block["frequency"], block["interval"] = "Weekly", s.Weekly.IntervalWeeks
		block["day_of_week"] = s.Weekly.DayOfWeek
	case s.AbsoluteMonthly != nil:
		block["frequency"], block["interval"] = "AbsoluteMonthly", s.AbsoluteMonthly.IntervalMonths
		block["day_of_month"] = s.AbsoluteMonthly.DayOfMonth
	case s.RelativeMonthly != nil:
		block["frequency"], block["interval"] = "RelativeMonthly", s.RelativeMonthly.IntervalMonths
		block["day_of_week"], block["week_index"] = s.RelativeMonthly.DayOfWeek, s.RelativeMonthly.WeekIndex
	}
	return []any{block}
}
