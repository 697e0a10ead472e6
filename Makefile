# `make` or `make help` lists what there is.
SHELL := bash
export CGO_ENABLED ?= 0
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

.DEFAULT_GOAL := help
.PHONY: help demo build test unit race lint vuln clients acceptance nightly bench fuzz fmt clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## TechMart's bronze, silver and gold, the report, and a server to connect to
	go run ./cmd/argan demo $(ARGS)

build: ## bin/argan
	go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/argan ./cmd/argan

test: ## everything a change must pass: build, unit, lint, clients, acceptance
	bash test/all.sh

unit: ## go vet and the tests beside the code
	bash test/unit.sh $(ARGS)

race: ## the same under the race detector
	bash test/race.sh $(ARGS)

lint: ## gofmt, golangci-lint
	bash test/lint.sh

vuln: ## govulncheck
	bash test/vuln.sh

clients: ## real clients against a running server
	bash test/clients.sh

acceptance: ## recorded answers of Spark; ARGS="daily tpch" for some of the suites
	bash test/acceptance.sh $(ARGS)

nightly: ## race, fuzzing, long crash tests, Spark reads what Argan wrote
	bash test/nightly.sh

bench: ## the benchmark of every kernel and operator; the suites beside other engines: benchmarks/README.md
	go test -run '^$$' -bench . -benchmem $(or $(ARGS),./...)

fuzz: ## every fuzz target, 30 s each
	bash test/fuzz.sh $(ARGS)

fmt: ## format the code
	@. test/env.sh && go_tool mvdan.cc/gofumpt && git ls-files -z '*.go' | xargs -0 "$$TOOL" -w

clean: ## remove what was built here
	rm -rf bin dist
