// What a registry answers in its header fields and error bodies.
import { expect } from "bun:test";
import { bearerChallenge, parseChallenges } from "../../src/spec/distribution/challenge.ts";
import { registryError } from "../../src/spec/distribution/errors.ts";
import { nextPage } from "../../src/spec/distribution/link.ts";
import { nextUploadOffset, parseContentRange } from "../../src/spec/distribution/range.ts";
import { parseRetryAfter } from "../../src/spec/distribution/retry-after.ts";
import { fuzz, fuzzText } from "./harness.ts";

fuzzText({
  name: "parseChallenges",
  seeds: [
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/debian:pull,push"',
    'Newauth realm="apps", type=1, title="Login to \\"apps\\"", Basic realm="simple"',
    "Negotiate a87421000492aa874209af8bc028==, NTLM",
    "Basic realm = x ,, charset=UTF-8",
  ],
  words: ['Bearer realm="', "Basic ", '\\"', "==", ", ", " = ", "__proto__=", "realm=", "https://[", "http://a@b"],
  run: (text) => {
    for (const challenge of parseChallenges(text)) {
      expect(challenge.scheme).toMatch(/^[^\s",=]+$/);
      expect(Object.getPrototypeOf(challenge.parameters)).toBeNull();
      if (challenge.scheme === "bearer") expect(bearerChallenge(challenge).realm.protocol).toMatch(/^https?:$/);
    }
  },
});

const PAGE = new URL("https://h:5000/v2/a/tags/list");

fuzzText({
  name: "nextPage",
  seeds: ['</v2/a/tags/list?n=2&last=b>; rel="next"', '<https://h:5000/x>; rel=next, </y>; rel="prev"; title="a, \\"b"'],
  words: ["//evil/", "https:", "rel=", "next", "; ", '"', "<", ">", "@"],
  run: (text) => expect(nextPage(text, PAGE)?.origin ?? PAGE.origin).toBe(PAGE.origin),
});

fuzzText({
  name: "ranges and Retry-After",
  seeds: ["bytes 0-99/200", "bytes 5-5/*", "0-1023", "120", "Sun, 06 Nov 1994 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"],
  words: ["bytes ", "GMT", "9007199254740993"],
  run: (text) => {
    const range = parseContentRange(text);
    if (range) expect(range.first <= range.last && range.last < (range.total ?? Number.POSITIVE_INFINITY)).toBe(true);
    expect(Number.isSafeInteger(nextUploadOffset(text) ?? 0)).toBe(true);
    expect(parseRetryAfter(text, 0) ?? 0).toBeGreaterThanOrEqual(0);
  },
});

fuzz({
  name: "registryError",
  seeds: ['{"errors":[{"code":"DENIED","message":"no","detail":{"a":[]}}]}', '{"errors":null}', "<html>"].map((text) =>
    new TextEncoder().encode(text),
  ),
  words: ["MANIFEST_UNKNOWN", "\\u001b", "\\n", "null"],
  run: (bytes) => {
    const { message } = registryError("pull x", 404, bytes);
    expect(message.length).toBeLessThan(3000);
    expect(message).not.toMatch(/\p{Cc}/u);
  },
});
