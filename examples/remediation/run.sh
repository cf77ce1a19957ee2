#!/bin/sh
# From drift to no drift in an emulated cloud, with nothing left behind. It needs
# driftmgr, terraform (init downloads the AWS provider, or takes it from the folder
# TF_PLUGIN_DIR), ssh-keygen, and moto_server and boto3: pip install 'moto[server]'.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
moto=
trap '[ -z "$moto" ] || kill "$moto"; rm -rf "$work"' EXIT
cp "$here/main.tf" "$here/driftmgr.yaml" "$work"
cd "$work"

say() { printf '\n== %s\n' "$*"; }
# fails CODE COMMAND… wants that exit code.
fails() {
	want=$1
	shift
	code=0
	"$@" || code=$?
	[ "$code" -eq "$want" ]
}

port=${PORT:-5599}
moto_server -H 127.0.0.1 -p "$port" >moto.log 2>&1 &
moto=$!
unset AWS_PROFILE AWS_SESSION_TOKEN # nothing here is about an account of yours
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
export AWS_ENDPOINT_URL="http://127.0.0.1:$port" AWS_REGION=eu-west-1
export AWS_DEFAULT_REGION=eu-west-1 AWS_ACCESS_KEY_ID=reader AWS_SECRET_ACCESS_KEY=reader
export WRITE_ACCESS_KEY_ID=writer WRITE_SECRET_ACCESS_KEY=writer
until python3 -c "import urllib.request as u; u.urlopen('$AWS_ENDPOINT_URL/moto-api/')" 2>/dev/null; do
	kill -0 "$moto" # or it could not start
	sleep 1
done

say 'The cloud is as the code says'
terraform init -input=false ${TF_PLUGIN_DIR:+-plugin-dir="$TF_PLUGIN_DIR"} >init.log
terraform apply -input=false -auto-approve >apply.log
driftmgr detect

say 'Until somebody is at it by hand'
python3 "$here/by-hand.py"
fails 2 driftmgr detect

say 'A plan of the way back'
mkdir keys
ssh-keygen -q -t ed25519 -N '' -C ci@example.com -f keys/ci
ssh-keygen -q -t ed25519 -N '' -C ann@example.com -f keys/ann
for who in ci ann; do
	echo "$who@example.com namespaces=\"driftmgr-plan\" $(cut -d' ' -f1,2 keys/$who.pub)"
done >allowed_signers
fails 2 driftmgr remediate plan .
plan=$(ls .driftmgr/plans)

say 'Nobody has approved it'
fails 1 driftmgr remediate apply "$plan"

say 'Ann does'
digest=$(driftmgr remediate show "$plan" | sed -n 's/^digest *//p')
driftmgr remediate approve "$plan" --key keys/ann --reason 'INC-204' --digest "$digest" >/dev/null

say 'Terraform applies exactly that'
driftmgr remediate apply "$plan"

say 'What is left'
driftmgr detect
cat imported.tf
driftmgr audit verify
