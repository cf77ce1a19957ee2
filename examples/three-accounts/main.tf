# A state in one account, resources in three: each is reached with a role of its
# own, as a platform team sets it up. driftmgr takes all of it from this code.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }

  backend "s3" {
    bucket = "example-terraform-states"
    key    = "network/terraform.tfstate"
    region = "eu-west-1"

    use_lockfile = true

    assume_role = {
      role_arn = "arn:aws:iam::444455556666:role/terraform-states"
    }
  }
}

variable "region" {
  type    = string
  default = "eu-west-1"
}

locals {
  accounts = {
    shop   = "222233334444"
    office = "333344445555"
  }
}

provider "aws" {
  region = var.region

  assume_role {
    role_arn = "arn:aws:iam::111122223333:role/terraform"
  }
}

provider "aws" {
  alias  = "shop"
  region = var.region

  assume_role {
    role_arn = "arn:aws:iam::${local.accounts.shop}:role/terraform"
  }
}

provider "aws" {
  alias  = "office"
  region = "eu-central-1"

  assume_role {
    role_arn = format("arn:aws:iam::%s:role/terraform", local.accounts["office"])
  }
}

resource "aws_vpc" "hub" {
  cidr_block = "10.0.0.0/16"
  tags       = { Name = "hub" }
}

resource "aws_vpc" "shop" {
  provider   = aws.shop
  cidr_block = "10.1.0.0/16"
  tags       = { Name = "shop" }
}

resource "aws_vpc" "office" {
  provider   = aws.office
  cidr_block = "10.2.0.0/16"
  tags       = { Name = "office" }
}
