package azure

import (
	"context"
	"iter"
	"regexp"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// containers are listed account by account.
func containers() source[*armstorage.ListContainerItem] {
	return under(storageAccounts(), []string{"azurerm_storage_account"}, "Microsoft.Storage/storageAccounts/blobServices/containers",
		armstorage.NewBlobContainersClient,
		func(c *armstorage.BlobContainersClient, account *arm.ResourceID) *runtime.Pager[armstorage.BlobContainersClientListResponse] {
			return c.NewListPager(account.ResourceGroupName, account.Name, nil)
		},
		func(p armstorage.BlobContainersClientListResponse) []*armstorage.ListContainerItem { return p.Value })
}

var storageContainer = define(ifHeld(withoutFileSystems(containers()), "azurerm_storage_data_lake_gen2_filesystem"), provider.Spec[*conn, *armstorage.ListContainerItem]{
	Name:     "azurerm_storage_container",
	StateIDs: containerIDs,
	Default:  func(v *armstorage.ListContainerItem) bool { return ownContainers.MatchString(value(v.Name)) },
	Attrs: func(v *armstorage.ListContainerItem) resource.Attrs {
		p := value(v.Properties)
		return resource.Attrs{
			"name":                              v.Name,
			"storage_account_id":                accountOf(v),
			"storage_account_name":              segment(value(v.ID), "storageAccounts"),
			"container_access_type":             containerAccess(p.PublicAccess),
			"default_encryption_scope":          p.DefaultEncryptionScope,
			"encryption_scope_override_enabled": !value(p.DenyEncryptionScopeOverride),
			"metadata":                          p.Metadata,
		}
	},
	Rules: map[string]resource.Rule{
		"storage_account_id":                unlessUnset(), // version 4 takes one or the other
		"storage_account_name":              unlessUnset(),
		"container_access_type":             resource.Default("private"),
		"encryption_scope_override_enabled": resource.Default(true),
	},
	Former:  []string{"storage_account_name"},
	ChildOf: []resource.ChildOf{{Parent: "azurerm_storage_account", Ref: "storage_account_id", ParentID: fold}},
})

// ownContainers are those that Azure and its services keep for themselves.
var ownContainers = regexp.MustCompile(`^(\$.+|azure-webjobs-.+|azureml|azureml-blobstore-.+|bootdiagnostics-.+|insights-(logs|metrics)-.+|scm-releases|sqldbauditlogs|sqldbtdlogs|vulnerability-assessment)$`)

// containerIDs are in the attribute resource_manager_id where the attribute id is
// the container's URL, as before version 5.
func containerIDs(a resource.Attrs) []string {
	for _, name := range []string{"resource_manager_id", "id"} {
		if id := a.String(name); strings.HasPrefix(id, "/") {
			return []string{fold(id)}
		}
	}
	account, name := a.String("storage_account_id"), a.String("name")
	if account == "" || name == "" {
		return nil
	}
	return []string{fold(account + "/blobServices/default/containers/" + name)}
}

func accountOf(v *armstorage.ListContainerItem) string {
	id, _ := cut(value(v.ID), "Microsoft.Storage/storageAccounts")
	return id
}

func containerAccess(a *armstorage.PublicAccess) string {
	if access := strings.ToLower(string(value(a))); access != "none" {
		return access
	}
	return ""
}

// withoutFileSystems leaves out what a state holds as a file system of Data Lake:
// it is a container under another name.
func withoutFileSystems(from source[*armstorage.ListContainerItem]) source[*armstorage.ListContainerItem] {
	return source[*armstorage.ListContainerItem]{actions: from.actions, items: func(ctx context.Context, c *conn, q provider.Query, name string) iter.Seq2[*armstorage.ListContainerItem, error] {
		held, fileSystems := joinKeys(q, name), map[string]bool{}
		for _, m := range q.Held("azurerm_storage_data_lake_gen2_filesystem") {
			fileSystems[fold(m.Attrs.String("storage_account_id")+"/"+m.Attrs.String("name"))] = true
		}
		return func(yield func(*armstorage.ListContainerItem, error) bool) {
			for v, err := range from.items(ctx, c, q, name) {
				if err == nil && !held[fold(value(v.ID))] && fileSystems[fold(accountOf(v)+"/"+value(v.Name))] {
					continue
				}
				if !yield(v, err) {
					return
				}
			}
		}
	}}
}
