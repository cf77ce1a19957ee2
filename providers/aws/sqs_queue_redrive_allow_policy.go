package aws

import "github.com/driftmgr/driftmgr/pkg/resource"

var sqsQueueRedriveAllowPolicy = queueSetting("aws_sqs_queue_redrive_allow_policy", "redrive_allow_policy", "RedriveAllowPolicy", resource.JSON())
