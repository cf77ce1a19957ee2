package aws

import "github.com/driftmgr/driftmgr/pkg/resource"

var sqsQueueRedrivePolicy = queueSetting("aws_sqs_queue_redrive_policy", "redrive_policy", "RedrivePolicy", resource.JSON())
