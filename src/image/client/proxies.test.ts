import { expect, test } from "bun:test";
import { proxyFor } from "./proxies.ts";

const proxies = { http: "http://plain:3128", https: "http://secure:3128" };

test.each([
  ["http://registry.example/v2/", [], "http://plain:3128"],
  ["https://registry.example/v2/", [], "http://secure:3128"],
  ["https://localhost:5000/", [], undefined],
  ["https://127.9.9.9/", [], undefined],
  ["http://[::1]:5000/", [], undefined],
  ["https://registry.example/", ["*"], undefined],
  ["https://registry.example/", ["registry.example"], undefined],
  ["https://a.registry.example/", ["registry.example"], undefined],
  ["https://aregistry.example/", ["registry.example"], "http://secure:3128"],
  ["https://a.registry.example/", [".registry.example"], undefined],
  ["https://registry.example/", [".registry.example"], "http://secure:3128"],
  ["https://a.registry.example/", ["*.registry.example"], undefined],
  ["https://registry.example:5000/", ["registry.example:5000"], undefined],
  ["https://registry.example:5001/", ["registry.example:5000"], "http://secure:3128"],
  ["https://registry.example/", ["registry.example:443"], undefined],
  ["https://10.1.2.3/", ["10.0.0.0/8"], undefined],
  ["https://11.1.2.3/", ["10.0.0.0/8"], "http://secure:3128"],
  ["https://10.1.2.3/", ["10.1.2.3"], undefined],
  ["https://10.1.2.3/", ["10.0.0.0/99", "", " ", "10.1.2"], "http://secure:3128"],
  ["https://registry.example/", [" REGISTRY.example "], undefined],
] as const)("%s without a proxy for %j goes through %s", (url, noProxy, expected) => {
  expect(proxyFor(new URL(url), { ...proxies, noProxy })).toBe(expected);
});

test("without proxies everything is asked directly", () => {
  expect(proxyFor(new URL("https://registry.example/"), {})).toBeUndefined();
  expect(proxyFor(new URL("https://registry.example/"), { https: "" })).toBeUndefined();
});
