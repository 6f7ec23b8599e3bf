// Image configurations, and the configuration files of other clients.
import { expect } from "bun:test";
import { digestOf } from "../../src/base/digest.ts";
import { credentialsOf, findAuth, helperFor, parseClientConfig } from "../../src/spec/config/client-auth.ts";
import { endpointsFor } from "../../src/spec/config/endpoints.ts";
import { parseRegistriesConfig } from "../../src/spec/config/registries.ts";
import { parseReference } from "../../src/spec/distribution/reference.ts";
import { chainIds } from "../../src/spec/image/chain-id.ts";
import { pairHistory } from "../../src/spec/image/history.ts";
import { encodeImageConfig, parseImageConfig, rewriteImageConfig } from "../../src/spec/image/parse-config.ts";
import { readJson } from "../../src/spec/json/read.ts";
import { fuzz } from "./harness.ts";

const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

const IMAGE = {
  created: "2026-01-01T00:00:00Z",
  architecture: "arm64",
  os: "linux",
  variant: "v8",
  config: {
    User: "1000:1000",
    ExposedPorts: { "80/tcp": {} },
    Env: ["PATH=/bin"],
    Entrypoint: ["/bin/sh", "-c"],
    Cmd: null,
    Volumes: { "/data": {} },
    Labels: { a: "b" },
    Healthcheck: { Test: ["CMD", "true"], Interval: 30_000_000_000, Retries: 3 },
    StopTimeout: 10,
  },
  rootfs: { type: "layers", diff_ids: [digestOf("a"), digestOf("b")] },
  history: [{ created_by: "ADD" }, { created_by: "CMD", empty_layer: true }, { created_by: "RUN" }],
  container_config: { Image: "x" },
  "x.unknown": [1, { a: null }],
};

fuzz({
  name: "parseImageConfig",
  seeds: [bytesOf(IMAGE), bytesOf({ rootfs: { diff_ids: null } })],
  words: ["null", "[]", "{}", '"__proto__":', '"rootfs":', "[[[[[[[[", '{"a":{"a":', "\\u0000", "-1", "1e999"],
  run: (bytes) => {
    const config = parseImageConfig(bytes);
    expect(parseImageConfig(encodeImageConfig(config))).toEqual(config);
    expect(parseImageConfig(rewriteImageConfig(bytes, config))).toEqual(config);
    expect(chainIds(config.rootfs.diff_ids).length).toBe(config.rootfs.diff_ids.length);
    expect(pairHistory(config).filter(({ diffId }) => diffId !== undefined).length).toBe(config.rootfs.diff_ids.length);
  },
});

fuzz({
  name: "parseClientConfig",
  seeds: [
    bytesOf({
      auths: { "https://index.docker.io/v1/": { auth: "dTpw" }, "quay.io/a": { username: "u", password: "p" } },
      credsStore: "pass",
      credHelpers: { "h:1": "x" },
      HttpHeaders: { "X-A": "b" },
    }),
  ],
  words: ["null", "https://", "/v1/", "dTpw", '"__proto__":', "../"],
  run: (bytes) => {
    const config = parseClientConfig(bytes, "config.json");
    const found = findAuth(config, { registry: "docker.io", repository: "library/debian" });
    if (found !== undefined) credentialsOf(found);
    expect(helperFor(config, "h:1") ?? "x").toMatch(/^[A-Za-z0-9][\w.-]*$/);
  },
});

fuzz({
  name: "parseRegistriesConfig",
  seeds: [
    bytesOf({
      registries: {
        "docker.io": { mirrors: ["mirror.local:5000", { location: "m.local/x", pullFromMirror: "digest-only" }] },
        "docker.io/library": { location: "a.b/c", insecure: true },
        "*.local": { ca: "/x" },
      },
      aliases: { rocket: "quay.io/acme/rocket" },
      unqualifiedSearch: ["docker.io", "quay.io"],
    }),
  ],
  words: ["null", "true", '"blocked":true', '"docker.io"', '"*.io"', "http://", '"__proto__":'],
  run: (bytes) => {
    const config = parseRegistriesConfig(readJson(bytes, { subject: "config", shape: (value) => ({ value }) }).value.value);
    for (const { schemes, verify, repository } of endpointsFor(parseReference("debian"), config)) {
      expect(schemes.includes("http") && verify).toBe(false);
      expect(parseReference(`h.io/${repository}`).repository).toBe(repository);
    }
  },
});
