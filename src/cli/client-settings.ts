// How registries are spoken to, as the environment has it: proxies by the conventions of curl(1) and Go, credentials where teu, docker and
// podman keep them (docker's DOCKER_CONFIG; containers-auth.json(5), "FORMAT" and "REGISTRY_AUTH_FILE").
import { join, resolve } from "node:path";
import type { ClientSettings } from "../engine/engine.ts";
import type { Proxies } from "../image/client/proxies.ts";
import { VERSION } from "./version.ts";

export type Variables = Readonly<Record<string, string | undefined>>;

export interface OwnDirectories {
  /** Of the configuration: what is sealed lies here. */
  readonly config: string;
  /** Of the data: the key to it lies here. */
  readonly data: string;
  readonly home: string;
}

/** What credential helpers need to know to find their key rings, and a person to ask. */
const HELPER_VARIABLES = ["PATH", "HOME", "USER", "LOGNAME", "LANG", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY"] as const;
const HELPER_PREFIXES = /^(?:XDG|DBUS|GPG|GNUPG|PASSWORD_STORE|AWS|GOOGLE|AZURE|DOCKER)_?|^GNUPGHOME$/;
const USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export function clientSettings(env: Variables, { config, data, home }: OwnDirectories): ClientSettings {
  return {
    userAgent: `teu/${VERSION}`,
    proxies: proxiesOf(env),
    credentials: {
      directory: join(config, "credentials"),
      keyFile: join(data, "credentials.key"),
      dockerConfig: join(said(env.DOCKER_CONFIG) ?? join(home, ".docker"), "config.json"),
      authFiles: authFiles(env, home),
      env: helperEnvironment(env),
    },
  };
}

/** Variables in lower case win, as in Go; a request that came from outside could set HTTP_PROXY of a CGI program, which teu is not. */
export function proxiesOf(env: Variables): Proxies {
  const either = (name: string) => said(env[name.toLowerCase()]) ?? said(env[name]);
  const [http, https, none] = [either("HTTP_PROXY"), either("HTTPS_PROXY"), either("NO_PROXY")];
  return {
    ...(http !== undefined && { http: withScheme(http) }),
    ...(https !== undefined && { https: withScheme(https) }),
    ...(none !== undefined && { noProxy: none.split(",").map((entry) => entry.trim()) }),
  };
}

/** `proxy:3128` is an HTTP proxy. */
function withScheme(proxy: string): string {
  return proxy.includes("://") ? proxy : `http://${proxy}`;
}

function authFiles(env: Variables, home: string): readonly string[] {
  const named = said(env.REGISTRY_AUTH_FILE);
  if (named !== undefined) return [resolve(named)];
  const runtime = said(env.XDG_RUNTIME_DIR);
  const config = said(env.XDG_CONFIG_HOME) ?? join(home, ".config");
  return [...(runtime === undefined ? [] : [join(runtime, "containers/auth.json")]), join(config, "containers/auth.json")];
}

function helperEnvironment(env: Variables): Readonly<Record<string, string>> {
  const names = Object.keys(env).filter((name) => (HELPER_VARIABLES as readonly string[]).includes(name) || HELPER_PREFIXES.test(name));
  const passed = Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
  return { PATH: USUAL_PATH, ...passed };
}

/** A variable that is set to nothing counts as not set (XDG Base Directory Specification). */
function said(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}
