// Follows redirects (RFC 9110 §15.4), which is how registries send their clients to a store of blobs. What proves who we are stays
// with the host that asked for it: another origin sees neither Authorization nor cookies nor our client certificate.
import { TeuError } from "../../base/errors.ts";
import { tlsElsewhere } from "./endpoint.ts";
import { exchange, type HttpRequest, type HttpResponse, type HttpSettings } from "./http.ts";

const MOST_REDIRECTS = 10;
const SECRETS: ReadonlySet<string> = new Set(["authorization", "cookie", "proxy-authorization"]);

/** The request for where an answer points, or undefined when it points nowhere. @throws TeuError when it must not be followed. */
export function redirected(request: HttpRequest, status: number, location: string | null): HttpRequest | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || location === null) return undefined;
  const refuse = (why: string) => new TeuError("denied", `${request.method} ${request.url.origin}${request.url.pathname}: ${why}`);
  const asks = request.method === "GET" || request.method === "HEAD";
  // Only 307 and 308 promise that the method stays; a stream cannot be sent twice.
  const replayable = request.body === undefined || request.body instanceof Uint8Array;
  if (!asks && !((status === 307 || status === 308) && replayable)) throw refuse(`a redirect (${status}) of an upload is not followed`);
  const url = URL.parse(location, request.url.href);
  if (url === null || !["http:", "https:"].includes(url.protocol)) throw refuse("it redirects to what is no HTTP address");
  if (url.username !== "" || url.password !== "") throw refuse("it redirects to an address with a password in it");
  if (request.url.protocol === "https:" && url.protocol === "http:" && request.tls.rejectUnauthorized)
    throw refuse(`it redirects from https to http (${url.host}), which is not followed`);
  if (url.origin === request.url.origin) return { ...request, url };
  const headers = Object.fromEntries(Object.entries(request.headers ?? {}).filter(([name]) => !SECRETS.has(name.toLowerCase())));
  return { ...request, url, headers, tls: tlsElsewhere(request.tls) };
}

/** One exchange, and those that it leads to. @throws TeuError, NetworkError */
export async function follow(request: HttpRequest, settings: HttpSettings): Promise<HttpResponse> {
  let current = request;
  for (let redirects = 0; ; redirects += 1) {
    const response = await exchange(current, settings);
    const next = redirected(current, response.status, response.headers.get("location"));
    if (next === undefined) return response;
    await response.discard();
    if (redirects === MOST_REDIRECTS) {
      const { method, url } = request;
      throw new TeuError("unavailable", `${method} ${url.origin}${url.pathname}: more than ${MOST_REDIRECTS} redirects`);
    }
    current = next;
  }
}
