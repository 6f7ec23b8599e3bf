// Which proxy a request goes through: the conventions of HTTP_PROXY, HTTPS_PROXY and NO_PROXY as Go programs (docker, podman) keep
// them. The values are handed in; the environment is read by the command line.

export interface Proxies {
  /** URL of the proxy for `http:` requests. */
  readonly http?: string;
  readonly https?: string;
  /** Hosts that are asked directly: names (with all below them), `.name`, `*`, addresses, address ranges, each with an optional port. */
  readonly noProxy?: readonly string[];
}

/** The 32 bits of a dotted address. */
function ipv4(text: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (parts === undefined || parts.some((part) => part > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

function inRange(host: string, range: string): boolean {
  const [network = "", bits = ""] = range.split("/");
  const [address, base] = [ipv4(host), ipv4(network)];
  if (address === undefined || base === undefined || !/^\d{1,2}$/.test(bits) || Number(bits) > 32) return false;
  const size = 2 ** (32 - Number(bits));
  return Math.floor(address / size) === Math.floor(base / size);
}

function excepts(entry: string, host: string, port: string): boolean {
  const [, name = "", , onlyPort] = /^(.*?)(:(\d+))?$/.exec(entry.trim().toLowerCase()) ?? [];
  if (onlyPort !== undefined && onlyPort !== port) return false;
  if (name === "*") return true;
  if (name.includes("/")) return inRange(host, name);
  const bare = name.replace(/^\*?\./, "");
  return bare !== "" && ((host === bare && !name.startsWith(".")) || host.endsWith(`.${bare}`));
}

/** Loopback is never asked through a proxy, whatever is configured. */
function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || inRange(hostname, "127.0.0.0/8");
}

/** The proxy's URL, or undefined for a direct connection. */
export function proxyFor(url: URL, proxies: Proxies): string | undefined {
  const proxy = url.protocol === "https:" ? proxies.https : proxies.http;
  if (proxy === undefined || proxy === "" || isLoopback(url.hostname)) return undefined;
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return proxies.noProxy?.some((entry) => excepts(entry, url.hostname, port)) ? undefined : proxy;
}
