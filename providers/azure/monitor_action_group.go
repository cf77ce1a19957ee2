package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/monitor/armmonitor"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

func actionGroups() collection[armmonitor.ActionGroupResource] {
	return list("Microsoft.Insights/actionGroups", armmonitor.NewActionGroupsClient, (*armmonitor.ActionGroupsClient).NewListBySubscriptionIDPager,
		func(p armmonitor.ActionGroupsClientListBySubscriptionIDResponse) []*armmonitor.ActionGroupResource {
			return p.Value
		})
}

var monitorActionGroup = define(actionGroups().all(), provider.Spec[*conn, *armmonitor.ActionGroupResource]{
	Name: "azurerm_monitor_action_group",
	Attrs: func(v *armmonitor.ActionGroupResource) resource.Attrs {
		p := value(v.Properties)
		return resource.Attrs{
			"name":                        v.Name,
			"resource_group_name":         segment(value(v.ID), "resourceGroups"),
			"location":                    location(v.Location),
			"arm_role_receiver":           blocks(p.ArmRoleReceivers, armRoleReceiver),
			"automation_runbook_receiver": blocks(p.AutomationRunbookReceivers, runbookReceiver),
			"azure_app_push_receiver":     blocks(p.AzureAppPushReceivers, appPushReceiver),
			"azure_function_receiver":     blocks(p.AzureFunctionReceivers, functionReceiver),
			"email_receiver":              blocks(p.EmailReceivers, emailReceiver),
			"enabled":                     p.Enabled,
			"event_hub_receiver":          blocks(p.EventHubReceivers, eventhubReceiver),
			"itsm_receiver":               blocks(p.ItsmReceivers, itsmReceiver),
			"logic_app_receiver":          blocks(p.LogicAppReceivers, logicAppReceiver),
			"short_name":                  p.GroupShortName,
			"sms_receiver":                blocks(p.SmsReceivers, smsReceiver),
			"tags":                        v.Tags,
			"voice_receiver":              blocks(p.VoiceReceivers, voiceReceiver),
			"webhook_receiver":            blocks(p.WebhookReceivers, webhookReceiver),
		}
	},
	Rules: map[string]resource.Rule{
		"resource_group_name":                resource.Fold(),
		"location":                           resource.CanonString(canonLocation),
		"arm_role_receiver":                  resource.Keyed("name"),
		"automation_runbook_receiver":        secretURL("service_uri"),
		"azure_app_push_receiver":            resource.Keyed("name"),
		"azure_function_receiver":            secretURL("http_trigger_url"),
		"email_receiver":                     resource.Keyed("name"),
		"event_hub_receiver":                 resource.Keyed("name"),
		"itsm_receiver":                      resource.Keyed("name"),
		"itsm_receiver.region":               resource.CanonString(canonLocation),
		"itsm_receiver.ticket_configuration": resource.JSON(),
		"logic_app_receiver":                 secretURL("callback_url"),
		"sms_receiver":                       resource.Keyed("name"),
		"voice_receiver":                     resource.Keyed("name"),
		"webhook_receiver":                   secretURL("service_uri"),
	},
})

// blocks are those of a list of the SDK's structs.
func blocks[V any](all []*V, block func(*V) map[string]any) []any {
	out := []any{}
	for _, v := range all {
		out = append(out, block(v))
	}
	return out
}

func armRoleReceiver(r *armmonitor.ArmRoleReceiver) map[string]any {
	return map[string]any{"name": r.Name, "role_id": r.RoleID, "use_common_alert_schema": r.UseCommonAlertSchema}
}

func runbookReceiver(r *armmonitor.AutomationRunbookReceiver) map[string]any {
	block := map[string]any{
		"name":                    r.Name,
		"automation_account_id":   r.AutomationAccountID,
		"is_global_runbook":       r.IsGlobalRunbook,
		"runbook_name":            r.RunbookName,
		"use_common_alert_schema": r.UseCommonAlertSchema,
		"webhook_resource_id":     r.WebhookResourceID,
	}
	if value(r.ServiceURI) != "" { // the API keeps it to itself
		block["service_uri"] = hidden(r.ServiceURI)
	}
	return block
}

func appPushReceiver(r *armmonitor.AzureAppPushReceiver) map[string]any {
	return map[string]any{"name": r.Name, "email_address": r.EmailAddress}
}

func functionReceiver(r *armmonitor.AzureFunctionReceiver) map[string]any {
	return map[string]any{
		"name":                     r.Name,
		"function_app_resource_id": r.FunctionAppResourceID,
		"function_name":            r.FunctionName,
		"http_trigger_url":         hidden(r.HTTPTriggerURL),
		"use_common_alert_schema":  r.UseCommonAlertSchema,
	}
}

func emailReceiver(r *armmonitor.EmailReceiver) map[string]any {
	return map[string]any{"name": r.Name, "email_address": r.EmailAddress, "use_common_alert_schema": r.UseCommonAlertSchema}
}

func eventhubReceiver(r *armmonitor.EventHubReceiver) map[string]any {
	return map[string]any{
		"name":                    r.Name,
		"event_hub_name":          r.EventHubName,
		"event_hub_namespace":     r.EventHubNameSpace,
		"subscription_id":         r.SubscriptionID,
		"tenant_id":               r.TenantID,
		"use_common_alert_schema": r.UseCommonAlertSchema,
	}
}

func itsmReceiver(r *armmonitor.ItsmReceiver) map[string]any {
	return map[string]any{
		"name":                 r.Name,
		"connection_id":        r.ConnectionID,
		"region":               location(r.Region),
		"ticket_configuration": r.TicketConfiguration,
		"workspace_id":         r.WorkspaceID,
	}
}

func logicAppReceiver(r *armmonitor.LogicAppReceiver) map[string]any {
	return map[string]any{
		"name":                    r.Name,
		"callback_url":            hidden(r.CallbackURL),
		"resource_id":             r.ResourceID,
		"use_common_alert_schema": r.UseCommonAlertSchema,
	}
}

func smsReceiver(r *armmonitor.SmsReceiver) map[string]any {
	return map[string]any{"name": r.Name, "country_code": r.CountryCode, "phone_number": r.PhoneNumber}
}

func voiceReceiver(r *armmonitor.VoiceReceiver) map[string]any {
	return map[string]any{"name": r.Name, "country_code": r.CountryCode, "phone_number": r.PhoneNumber}
}

func webhookReceiver(r *armmonitor.WebhookReceiver) map[string]any {
	auth := []any{}
	if value(r.UseAADAuth) {
		auth = append(auth, map[string]any{"identifier_uri": r.IdentifierURI, "object_id": r.ObjectID, "tenant_id": r.TenantID})
	}
	return map[string]any{
		"name":                    r.Name,
		"aad_auth":                auth,
		"service_uri":             hidden(r.ServiceURI),
		"use_common_alert_schema": r.UseCommonAlertSchema,
	}
}
