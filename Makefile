# The commands of the project; `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help demo test test-clients build release dist bench bench-quick bench-hour counts check setup format docs clean

# One release build serves the demo, the benchmarks and the shipped binary.
RELEASE = swift build --configuration release --static-swift-stdlib --product mcp-gateway
RELEASE_BINARY = .build/release/mcp-gateway

# As many tests at once as there are cores: with more, those that compute starve those that keep time.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH ?= $(shell nproc)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{ printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## build, start the gateway with a local Lambda and the sample targets, call a tool, serve on (DEMO_ONCE=1: don't)
	@scripts/setup demo
	@$(RELEASE)
	@scripts/demo --gateway $(RELEASE_BINARY)

test: ## build and run every test
	@scripts/setup test
	swift build --build-tests
	swift test --disable-xctest --skip-build --no-parallel

test-clients: ## six agent frameworks through the gateway, without a model (needs a package index; not part of test)
	@scripts/setup clients
	swift build --product mcp-gateway
	@.venv/bin/python Tests/Python/clients/run.py --gateway .build/debug/mcp-gateway

build: ## debug build of the gateway
	@scripts/setup build
	swift build --product mcp-gateway

release: ## stripped binary in .build/mcp-gateway, which needs nothing of Swift
	@scripts/setup build
	$(RELEASE)
	strip -o .build/mcp-gateway $(RELEASE_BINARY)
	@ls -l .build/mcp-gateway

dist: ## a tarball and a .deb in dist/
	@scripts/setup dist
	@$(MAKE) --no-print-directory release
	@scripts/dist

bench: ## measure the gateway beside nginx: some minutes, one table
	@scripts/setup bench
	@$(MAKE) --no-print-directory release
	@Benchmarks/run

bench-quick: ## the same in about two minutes
	@scripts/setup bench
	@$(MAKE) --no-print-directory release
	@Benchmarks/run --quick

bench-hour: ## 2,000 calls a second for an hour: is memory flat, is every record there
	@scripts/setup bench
	@$(MAKE) --no-print-directory release
	@Benchmarks/hour

counts: ## instructions, allocations and system calls of one call, compared with the figures kept in Benchmarks/counts.json
	@scripts/setup bench
	@$(RELEASE)
	@Benchmarks/counts --check

check: ## everything that must hold before a commit: format, sizes, tests, sanitizer, release binary, Dockerfile
	@scripts/setup test
	@scripts/check

setup: ## install what is missing: Debian packages, .venv
	@scripts/setup

format: ## lay out the Swift sources
	swift format --in-place --parallel --recursive Sources Tests Package.swift

docs: build ## docs/cli.md from the program's help
	scripts/docs

clean: ## remove what was built and what the demo left (.venv stays)
	rm -rf .build var dist Benchmarks/build
