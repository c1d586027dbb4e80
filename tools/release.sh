#!/bin/sh
# Builds what a release is made of into dist/: wheel, source archive, software bill of materials (CycloneDX), checksums.
# `make release` runs it after all tests. It makes no tag and sends nothing: whoever releases does, with the commands that
# it prints. CONTRIBUTING.md has the steps before it.
# usage: release.sh
set -eu
cd "$(dirname "$0")/.."
bin=.venv/bin
version=$($bin/python -c 'import installation; print(installation.__version__)')
fail() { echo "release: $1" >&2; exit 1; }
[ -z "$(git status --porcelain)" ] || fail "the checkout has changes; commit or remove them"
grep -Eq "^## $version \([0-9]{4}-[0-9]{2}-[0-9]{2}\)$" CHANGELOG.md ||
    fail "CHANGELOG.md has no line '## $version ($(date +%F))'; say what is new, or raise __version__ in installation/__init__.py"
git rev-parse -q --verify "refs/tags/v$version" >/dev/null && fail "tag v$version is there already; raise __version__"
audit=0
$bin/python tools/audit.py || audit=$?
[ $audit != 1 ] || fail "what is locked has known holes; raise those versions in constraints.txt and run tools/lock.py"
rm -rf dist
$bin/python -m hatchling build -d dist
# The version stands in the package; the bill of materials wants it beside the name.
mkdir -p build
sed "s/^dynamic = .*/version = \"$version\"/" pyproject.toml >build/pyproject.toml
$bin/cyclonedx-py requirements requirements/play.txt --pyproject build/pyproject.toml --mc-type application \
    --output-reproducible --output-file "dist/installation-$version.cdx.json"
(cd dist && sha256sum ./* >SHA256SUMS)
ls -l dist
[ $audit = 0 ] || echo "Not audited: the database of known holes was out of reach. Run make audit before you publish."
echo "Built. To release: git tag -s v$version -m v$version && git push origin v$version, then publish dist/."
