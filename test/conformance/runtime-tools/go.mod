module teu.invalid/conformance

go 1.21

require github.com/opencontainers/runtime-tools v0.9.1-0.20250303011046-260e151b8552
