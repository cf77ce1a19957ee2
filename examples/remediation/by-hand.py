"""Changes the emulated cloud behind Terraform's back."""
import os

import boto3

endpoint = os.environ["AWS_ENDPOINT_URL"]
ec2 = boto3.client("ec2", endpoint_url=endpoint)
s3 = boto3.client("s3", endpoint_url=endpoint)

# Somebody lets the whole world log in, "only for a minute".
groups = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["shop"]}])
ec2.authorize_security_group_ingress(
    GroupId=groups["SecurityGroups"][0]["GroupId"],
    IpPermissions=[{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
)
# Somebody needs a bucket right now.
s3.create_bucket(
    Bucket="acme-exports",
    CreateBucketConfiguration={"LocationConstraint": os.environ["AWS_REGION"]},
)
