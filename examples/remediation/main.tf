# A bucket and a firewall, in an emulated cloud: see run.sh.
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

provider "aws" {
  region            = "eu-west-1"
  s3_use_path_style = true # the emulator is one host
}

resource "aws_s3_bucket" "invoices" {
  bucket = "acme-invoices"
  tags   = { team = "billing" }
}

resource "aws_security_group" "shop" {
  name        = "shop"
  description = "what customers reach"

  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
