#!/bin/sh
# Installs moto, the second opinion of our tests on AWS, into .venv at the repository root. Quick when it is there.
set -eu
cd "$(dirname "$0")/../.."
wanted=test/moto/requirements.txt
installed=.venv/moto-requirements.txt
if [ -x .venv/bin/moto_server ] && cmp -s "$wanted" "$installed"; then exit 0; fi
python3 -m venv .venv
.venv/bin/pip install --quiet --disable-pip-version-check --requirement "$wanted"
cp "$wanted" "$installed"
