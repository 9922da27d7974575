.PHONY: help tools build static packages test-packages test-image test lint lint-deps lint-scripts metrics check-metrics check-dashboards pictures fmt doc demo bench fuzz clean
.DEFAULT_GOAL := help

help:       ## this list
	@sed -n 's/^\([a-z-]*\): *.*## /\1\t/p' Makefile | expand -t 18

tools:      ## install what tests and demo start (snmpd, VictoriaMetrics, snmp_exporter …), where it is missing
	scripts/install-tools.sh
	scripts/install-snmp-exporter.sh
	scripts/install-schemathesis.sh

build:      ## build the release binaries
	. scripts/revision.sh && cargo build --release --workspace --bins

static:     ## build programs that need nothing but Linux, into target/static
	scripts/static.sh

packages:   ## build the Debian packages, into target/debian
	scripts/packages.sh

test-packages: packages ## install, deploy, upgrade, remove and purge them in a clean Debian that boots (needs root)
	scripts/test-packages.sh --deploy

test-image: static ## build the image with docker or podman and run both daemons from it
	scripts/test-image.sh

test: tools lint lint-scripts ## everything: tools, lints, borders, unit and end-to-end tests
# As they are shipped, without the features that only tests ask for.
	cargo check --workspace --bins
# The programs that end-to-end tests start are built with all other tests, and only once.
	WARD_BIN_DIR=$(abspath $(or $(CARGO_TARGET_DIR),target))/debug cargo test --workspace --no-fail-fast

lint:       ## formatting, clippy and rustdoc; every warning is an error
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

lint-deps:  ## dependencies: advisories, licences, sources (needs the network)
	command -v cargo-deny >/dev/null || cargo install --locked cargo-deny
	cargo deny check

lint-scripts: ## shellcheck of all scripts, and whether version and changelog agree
	@if [ "$$WARD_REQUIRE_ALL" != 1 ] && ! command -v shellcheck >/dev/null; then echo "skipped, missing: shellcheck"; \
	else set -x; shellcheck -x -S warning .ci/run scripts/*.sh configs/deploy.sh packaging/debian/*/p*; fi
	scripts/version.sh

fmt:        ## format all code
	cargo fmt --all

metrics:    ## write docs/METRICS.md from what the programs say of themselves
	scripts/metrics.sh

check-metrics: ## whether docs/METRICS.md is what they say; `make test` does that, too
	scripts/metrics.sh --check

check-dashboards: ## what Grafana's own code makes of the dashboards, beside a `make demo` (needs node, npm and the network)
	@if ! command -v node >/dev/null || ! command -v npm >/dev/null; then echo "skipped, missing: node, npm"; else scripts/check-dashboards.mjs; fi

pictures:   ## draw docs/pictures from a demo (needs graphviz)
	scripts/pictures.sh

doc:        ## build the API documentation and say where it is
	cargo doc --workspace --no-deps

demo:       ## a simulated bank network, all of Ward, VictoriaMetrics, alerts; Ctrl-C stops all
	scripts/demo.sh

bench:      ## run the commands of docs/PERFORMANCE.md on this machine
	scripts/bench.sh

fuzz:       ## feed random and damaged packets to the SNMP codec and the walk engine for a minute
	WARD_FUZZ_SECONDS=60 cargo test -p ward-snmp --test fuzz -- --nocapture

clean:      ## remove what was built
	cargo clean
