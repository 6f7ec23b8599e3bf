// Obtains the OCI runtime-tools validation suite (github.com/opencontainers/runtime-tools, validation/): the Go module named in
// runtime-tools/go.mod, built once into the cache. Nothing of it is copied into this repository.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cached } from "../support/rootfs.ts";

const PIN = join(import.meta.dir, "runtime-tools");

export interface Suite {
  /** Holds `runtimetest` and the root file system; the programs run in a copy of it. */
  readonly work: string;
  /** Program name to absolute path. */
  readonly programs: ReadonlyMap<string, string>;
}

// Its own module and build caches: the machine's stay as they are. runtimetest runs inside the containers, whose root file system has no
// C library. The suite needs Go 1.21; where Debian's is older (bookworm: 1.19), a newer one comes as the module that Go itself would take.
const BUILD = `mkdir "$1/build" "$1/programs" "$1/work"; cp "$2/go.mod" "$2/go.sum" "$1/build/"; cd "$1/build"
  export GOMODCACHE="$3/go/mod" GOCACHE="$3/go/build" GOFLAGS="-mod=mod -modcacherw -buildvcs=false"
  module=github.com/opencontainers/runtime-tools
  case "$(go env GOVERSION)" in go1.[0-9] | go1.[0-9].* | go1.1[0-9]* | go1.20*)
    toolchain="golang.org/toolchain@v0.0.1-go1.24.4.linux-$(go env GOARCH)"
    go mod download "$toolchain"
    export GOROOT="$GOMODCACHE/$toolchain"
    chmod -R u+x "$GOROOT/bin" "$GOROOT/pkg/tool"
    PATH="$GOROOT/bin:$PATH" ;;
  esac
  go build -o "$1/programs/" $module/validation/...
  CGO_ENABLED=0 go build -o "$1/work/" $module/cmd/runtimetest
  cp "$(go list -m -f '{{.Dir}}' $module)/rootfs-amd64.tar.gz" "$1/work/"`;

/** The built suite. Takes a minute and the network the first time; ready when the cache holds it. @throws Error with Go's output. */
export async function validationSuite(): Promise<Suite> {
  const version = /runtime-tools (v\S+)/.exec(readFileSync(join(PIN, "go.mod"), "utf8"))?.[1];
  const path = await cached(`runtime-tools-${version}`, BUILD, [PIN, join(await cached("caches", "true"))]);
  const folder = join(path, "programs");
  return {
    work: join(path, "work"),
    programs: new Map(readdirSync(folder).map((name) => [name, join(folder, name)])),
  };
}
