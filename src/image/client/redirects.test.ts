import { expect, test } from "bun:test";
import type { HttpMethod, HttpRequest } from "./http.ts";
import { redirected } from "./redirects.ts";

const headers = { authorization: "Bearer secret", Cookie: "c", accept: "x" };

function request(method: HttpMethod, url = "https://registry.example/v2/a/blobs/b"): HttpRequest {
  const tls = { rejectUnauthorized: true, ca: ["own"], cert: "cert", key: "key" };
  return { method, url: new URL(url), headers, tls };
}

test("to the same origin everything goes along", () => {
  const next = redirected(request("GET"), 307, "/elsewhere?x=1");
  expect(next?.url.href).toBe("https://registry.example/elsewhere?x=1");
  expect(next?.headers).toEqual(headers);
  expect(next?.tls).toMatchObject({ cert: "cert", key: "key" });
});

test.each(["https://store.example/b", "https://registry.example:444/b", "https://sub.registry.example/b"])(
  "to %s goes nothing that says who we are",
  (location) => {
    const next = redirected(request("GET"), 302, location);
    expect(next?.headers).toEqual({ accept: "x" });
    expect(Object.keys(next?.tls ?? {}).toSorted()).toEqual(["ca", "rejectUnauthorized"]);
    expect(next?.tls.ca?.[0]).toBe("own");
    expect(next?.tls.ca?.length).toBeGreaterThan(10);
  },
);

test.each([
  ["GET", 302, "http://registry.example/b", "from https to http"],
  ["GET", 302, "ftp://registry.example/b", "no HTTP address"],
  ["GET", 302, "http://", "no HTTP address"],
  ["GET", 302, "https://u:p@store.example/b", "a password in it"],
  ["POST", 302, "/b", "upload is not followed"],
  ["PUT", 301, "/b", "upload is not followed"],
] as const)("%s answered %d to %s is refused: %s", (method, status, location, why) => {
  expect(() => redirected(request(method), status, location)).toThrow(why);
});

test("an upload that is a stream cannot be sent to another place, one in memory can", () => {
  const stream = { stream: (async function* () {})(), length: 0 };
  expect(() => redirected({ ...request("PATCH"), body: stream }, 307, "/b")).toThrow("not followed");
  expect(redirected({ ...request("PUT"), body: new Uint8Array(1) }, 307, "/b")?.method).toBe("PUT");
});

test("an insecure registry may lead from https to http", () => {
  const insecure = { ...request("GET"), tls: { rejectUnauthorized: false } };
  expect(redirected(insecure, 302, "http://registry.example/b")?.headers).toEqual({ accept: "x" });
});

test.each([
  [200, "/b"],
  [304, "/b"],
  [302, null],
] as const)("%d with location %s is no redirect", (status, location) => {
  expect(redirected(request("GET"), status, location)).toBeUndefined();
});
