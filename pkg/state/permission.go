package state

// Permission is one that reading a source takes.
type Permission struct {
	// Cloud is aws, azure or gcp.
	Cloud string

	// Action is the permission as the cloud's policies name it: s3:GetObject,
	// Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read,
	// storage.objects.get.
	Action string

	// Resource restricts it, in the form of the cloud's policies: an ARN for AWS,
	// a resource id for Azure. Empty where the cloud's roles have no such form, or
	// the source does not know it.
	Resource string
}

// Permitted is a source in a cloud that grants each action by itself.
type Permitted interface {
	// Permissions are those that Open and Lock take.
	Permissions() []Permission
}
