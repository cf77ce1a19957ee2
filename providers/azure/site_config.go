package azure

import (
	"strconv"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/appservice/armappservice/v4"
)

// siteConfig is what every kind of site has in its block site_config.
func siteConfig(p armappservice.SiteConfig) map[string]any {
	return map[string]any{
		"always_on":                         p.AlwaysOn,
		"api_definition_url":                value(p.APIDefinition).URL,
		"api_management_api_id":             value(p.APIManagementConfig).ID,
		"app_command_line":                  p.AppCommandLine,
		"cors":                              siteCORS(p.Cors),
		"default_documents":                 p.DefaultDocuments,
		"ftps_state":                        p.FtpsState,
		"health_check_path":                 p.HealthCheckPath,
		"http2_enabled":                     p.Http20Enabled,
		"ip_restriction":                    siteRestrictions(p.IPSecurityRestrictions),
		"ip_restriction_default_action":     p.IPSecurityRestrictionsDefaultAction,
		"load_balancing_mode":               p.LoadBalancing,
		"managed_pipeline_mode":             p.ManagedPipelineMode,
		"minimum_tls_cipher_suite":          p.MinTLSCipherSuite,
		"minimum_tls_version":               p.MinTLSVersion,
		"remote_debugging_enabled":          p.RemoteDebuggingEnabled,
		"remote_debugging_version":          p.RemoteDebuggingVersion,
		"scm_ip_restriction":                siteRestrictions(p.ScmIPSecurityRestrictions),
		"scm_ip_restriction_default_action": p.ScmIPSecurityRestrictionsDefaultAction,
		"scm_minimum_tls_version":           p.ScmMinTLSVersion,
		"scm_use_main_ip_restriction":       p.ScmIPSecurityRestrictionsUseMain,
		"use_32_bit_worker":                 p.Use32BitWorkerProcess,
		"vnet_route_all_enabled":            p.VnetRouteAllEnabled,
		"websockets_enabled":                p.WebSocketsEnabled,
		"worker_count":                      p.NumberOfWorkers,
	}
}

// siteRegistry is how a site that can be an image gets it.
func siteRegistry(p armappservice.SiteConfig) map[string]any {
	return map[string]any{
		"container_registry_managed_identity_client_id": p.AcrUserManagedIdentityID,
		"container_registry_use_managed_identity":       p.AcrUseManagedIdentityCreds,
	}
}

func siteCORS(c *armappservice.CorsSettings) []any {
	if c == nil || len(c.AllowedOrigins) == 0 && !value(c.SupportCredentials) {
		return nil
	}
	return []any{map[string]any{"allowed_origins": c.AllowedOrigins, "support_credentials": c.SupportCredentials}}
}

// siteRestrictions leaves out the rule for whom no other is, which Azure shows
// beside the others and which is the default action.
func siteRestrictions(rules []*armappservice.IPSecurityRestriction) []any {
	out := []any{}
	for _, r := range rules {
		if value(r.IPAddress) == "Any" {
			continue
		}
		block := map[string]any{
			"action":                    r.Action,
			"description":               r.Description,
			"headers":                   siteHeaders(r.Headers),
			"ip_address":                r.IPAddress,
			"name":                      r.Name,
			"priority":                  r.Priority,
			"service_tag":               nil,
			"virtual_network_subnet_id": r.VnetSubnetResourceID,
		}
		if value(r.Tag) == armappservice.IPFilterTagServiceTag {
			block["service_tag"], block["ip_address"] = r.IPAddress, nil
		}
		out = append(out, block)
	}
	return out
}

func siteHeaders(h map[string][]*string) []any {
	if len(h) == 0 {
		return nil
	}
	return []any{map[string]any{
		"x_azure_fdid":      h["x-azure-fdid"],
		"x_fd_health_probe": h["x-fd-healthprobe"],
		"x_forwarded_for":   h["x-forwarded-for"],
		"x_forwarded_host":  h["x-forwarded-host"],
	}}
}

// autoHeal is when a Linux app is restarted, and how.
func autoHeal(r *armappservice.AutoHealRules) []any {
	if r == nil || r.Actions == nil && r.Triggers == nil {
		return nil
	}
	var actions, triggers []any
	if a := r.Actions; a != nil {
		actions = []any{map[string]any{"action_type": a.ActionType, "minimum_process_execution_time": a.MinProcessExecutionTime}}
	}
	if t := r.Triggers; t != nil {
		triggers = []any{autoHealTrigger(t)}
	}
	return []any{map[string]any{"action": actions, "trigger": triggers}}
}

func autoHealTrigger(t *armappservice.AutoHealTriggers) map[string]any {
	var requests, slow []any
	if r := t.Requests; r != nil {
		requests = []any{map[string]any{"count": r.Count, "interval": r.TimeInterval}}
	}
	if r := t.SlowRequests; r != nil {
		slow = []any{map[string]any{"count": r.Count, "interval": r.TimeInterval, "time_taken": r.TimeTaken}}
	}
	paths, codes := []any{}, []any{}
	for _, r := range t.SlowRequestsWithPath {
		paths = append(paths, map[string]any{"count": r.Count, "interval": r.TimeInterval, "path": r.Path, "time_taken": r.TimeTaken})
	}
	for _, s := range t.StatusCodes {
		code := map[string]any{
			"count": s.Count, "interval": s.TimeInterval, "path": s.Path, "status_code_range": nil,
			"sub_status": s.SubStatus, "win32_status_code": s.Win32Status,
		}
		if s.Status != nil {
			code["status_code_range"] = strconv.Itoa(int(*s.Status))
		}
		codes = append(codes, code)
	}
	for _, s := range t.StatusCodesRange {
		codes = append(codes, map[string]any{
			"count": s.Count, "interval": s.TimeInterval, "path": s.Path, "status_code_range": s.StatusCodes,
			"sub_status": nil, "win32_status_code": nil,
		})
	}
	return map[string]any{"requests": requests, "slow_request": slow, "slow_request_with_path": paths, "status_code": codes}
}
