# make test    everything, from a clean checkout: installs what it needs, then checks
# make lint    pinned formatters and linters
# make fuzz    every fuzz target for FUZZTIME each (default 30s)
# make bench   the side-by-side table, into docs/benchmarks.md too (quiet machine)
# make soak    load, restart, outage and slow-client tests
# make deps    only the installing
# make fmt     formats the Go files
# make tidy    go mod tidy in every module

.DEFAULT_GOAL := test
.PHONY: test lint fuzz bench soak deps fmt tidy go-version

test: go-version deps
	@go run ./ci/check test -fuzztime '$(FUZZTIME)'

lint: go-version
	@go run ./ci/check lint

fuzz: go-version
	@go run ./ci/check fuzz -fuzztime '$(or $(FUZZTIME),30s)'

bench: go-version deps
	@cd bench && go run . -o ../docs/benchmarks.md $(BENCHFLAGS)

soak: go-version deps
	@go run ./ci/check soak

deps:
	@sh ci/deps.sh

fmt: go-version
	@go run ./ci/check fmt

tidy: go-version
	@go run ./ci/check tidy

go-version:
	@sh ci/go-version.sh
