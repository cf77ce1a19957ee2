#!/bin/sh
# For cron, which mails what is printed: silent as long as nothing has drifted.
# The arguments are those of driftmgr detect.
#
#   PATH=/usr/local/bin:/usr/bin:/bin
#   MAILTO=platform@example.com
#   17 5 * * * nightly.sh /srv/terraform/prod.tfstate
report=$(driftmgr detect "$@")
code=$?
[ "$code" -eq 0 ] || printf '%s\n' "$report"
exit "$code"
