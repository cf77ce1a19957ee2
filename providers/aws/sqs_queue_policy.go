package aws

import "github.com/driftmgr/driftmgr/pkg/resource"

var sqsQueuePolicy = queueSetting("aws_sqs_queue_policy", "policy", "Policy", resource.Policy())
