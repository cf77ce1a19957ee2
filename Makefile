# What a change needs. Go is all it takes; make e2e needs servers to read from, and
# terraform and ssh-keygen: see .ci/run, which installs all but terraform. What takes the AWS provider
# is skipped unless TF_PLUGIN_DIR is a folder that has it (terraform providers mirror).

BIN      = bin/driftmgr
FUZZTIME = 10s
BENCH    = .

# The packages with benchmarks, and those whose tests write their fixtures anew.
BENCHED  = grep -rl --include='*_test.go' '^func Benchmark' pkg providers | xargs -n1 dirname | sort -u | sed 's|^|./|'
UPDATED  = grep -rlE --include='*_test.go' 'flag\.Bool\("update"|providertest\.Run\(' pkg providers examples | xargs -n1 dirname | sort -u | sed 's|^|./|'
# The packages with tests that need a server or a program.
SERVED   = grep -rl --include='*_test.go' '^//go:build e2e' e2e examples internal pkg providers | xargs -n1 dirname | sort -u | sed 's|^|./|'
FUZZED   = grep -ro --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' internal pkg providers | sed 's|/[^/]*:func | |'

.PHONY: help build demo test race e2e lint bench fuzz fixtures clean

help: ## print this list
	@sed -n 's/^\([a-z0-9]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 18

build: ## build bin/driftmgr
	@CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o $(BIN) ./cmd/driftmgr

demo: build ## show a report of a made-up company
	@$(BIN) demo

test: ## run the tests that need nothing but Go
	@go test ./...

race: ## the same, with the race detector (needs a C compiler)
	@CGO_ENABLED=1 go test -race ./...

e2e: ## run the tests against emulated clouds and real servers
	@command -v moto_server >/dev/null || { echo "make e2e needs moto_server on PATH: pip install 'moto[server]==5.2.1'" >&2; exit 1; }
	@go test -count=1 -timeout 30m -tags e2e $$($(SERVED))

# The linter's cache remembers where files were: one a checkout.
lint: ## check the code's rules
	@GOLANGCI_LINT_CACHE=$(CURDIR)/.cache/golangci-lint go tool -modfile=tools/go.mod golangci-lint run

bench: ## run the benchmarks; BENCH=Compare picks some
	@go test -timeout 30m -run '^$$' -bench '$(BENCH)' -benchmem $$($(BENCHED))

fuzz: ## run each fuzz test for FUZZTIME
	@$(FUZZED) | while read -r dir name; do \
		go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) "./$$dir" || exit 1; \
	done

fixtures: ## write the golden files and fixtures anew (read the diff)
	@go test $$($(UPDATED)) -update

clean: ## remove what was built
	@rm -rf bin dist
