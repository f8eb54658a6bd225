#!/usr/bin/env bash
# cfn-lint over deploy/*.yaml for every region; informational messages count as well. Installs the pinned version once.
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=.venv-templates
wanted=test/deploy/requirements.txt
if ! cmp -s "$wanted" "$venv/installed.txt"; then
  python3 -m venv --clear "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$wanted"
  cp "$wanted" "$venv/installed.txt"
fi
"$venv/bin/cfn-lint" --version
"$venv/bin/cfn-lint" --include-checks I --regions ALL_REGIONS -- deploy/*.yaml
echo "no message for" deploy/*.yaml
