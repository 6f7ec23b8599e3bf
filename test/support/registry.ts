// A real registry for tests: Debian's docker-registry on a port of its own, with its own storage, TLS, accounts or token server.
// Whoever starts one disposes it (`await using registry = await startRegistry()`).
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newMark } from "./mark.ts";
import { eventually, runOk, start } from "./run.ts";

export interface Account {
  readonly username: string;
  readonly password: string;
}

export interface RegistryOptions {
  /** HTTPS with a certificate of its own authority (`ca`), for 127.0.0.1 and localhost. */
  readonly tls?: boolean;
  /** Asks clients for a certificate of the same authority (`clientCert`, `clientKey`). Implies `tls`. */
  readonly clientCertificates?: boolean;
  /** HTTP basic authentication with this account. */
  readonly basicAuth?: Account;
  /** Bearer tokens of such a server (see token-server.ts). */
  readonly bearer?: { readonly realm: string; readonly service: string; readonly issuer: string; readonly certificate: string };
  /** Makes it a mirror that pulls through from another registry's URL. */
  readonly proxyOf?: string;
}

export interface TestRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT`, as it stands in references. */
  readonly host: string;
  readonly port: number;
  /** `http://…` or `https://…`, without a final slash. */
  readonly url: string;
  readonly directory: string;
  /** Below it lies `docker/registry/v2/…`. */
  readonly storage: string;
  /** Paths of PEM files; empty without TLS. */
  readonly ca: string;
  readonly clientCert: string;
  readonly clientKey: string;
  /** What it has logged, a line a request (an access log among it). */
  log(): string;
  /** Ends it; its storage stays until it is disposed. */
  stop(): Promise<void>;
}

export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly clientCert: string;
  readonly clientKey: string;
}

/** An authority, a server certificate for 127.0.0.1, ::1 and localhost, and a client certificate, as PEM files in `directory`. */
export async function makeCertificates(directory: string): Promise<Certificates> {
  const at = (name: string) => join(directory, name);
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  await runOk(["openssl", "req", "-x509", ...newKey, "-keyout", at("ca.key"), "-out", at("ca.pem"), "-days", "2", "-subj", "/CN=test CA"]);
  const extensions = { server: "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1", client: "extendedKeyUsage=clientAuth" };
  for (const [name, extension] of Object.entries(extensions)) {
    writeFileSync(at(`${name}.ext`), extension);
    await runOk(["openssl", "req", ...newKey, "-keyout", at(`${name}.key`), "-out", at(`${name}.csr`), "-subj", `/CN=${name}`]);
    const signed = ["-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial", "-days", "2", "-extfile", at(`${name}.ext`)];
    await runOk(["openssl", "x509", "-req", "-in", at(`${name}.csr`), "-out", at(`${name}.pem`), ...signed]);
  }
  return {
    ca: at("ca.pem"),
    cert: at("server.pem"),
    key: at("server.key"),
    clientCert: at("client.pem"),
    clientKey: at("client.key"),
  };
}

/** Its configuration; JSON is YAML. */
async function configuration(directory: string, options: RegistryOptions, certificates: Certificates | undefined) {
  const { basicAuth, bearer, proxyOf, clientCertificates } = options;
  const htpasswd = join(directory, "htpasswd");
  if (basicAuth !== undefined) writeFileSync(htpasswd, await runOk(["htpasswd", "-nbB", basicAuth.username, basicAuth.password]));
  const auth = {
    ...(basicAuth && { htpasswd: { realm: "test", path: htpasswd } }),
    ...(bearer && {
      token: { realm: bearer.realm, service: bearer.service, issuer: bearer.issuer, rootcertbundle: bearer.certificate },
    }),
  };
  const tls = certificates && {
    tls: {
      certificate: certificates.cert,
      key: certificates.key,
      ...(clientCertificates === true && { clientcas: [certificates.ca] }),
    },
  };
  return {
    version: "0.1",
    log: { level: "info" },
    storage: { filesystem: { rootdirectory: join(directory, "storage") }, delete: { enabled: true } },
    http: { addr: "127.0.0.1:0", secret: "test", ...tls },
    ...(Object.keys(auth).length > 0 && { auth }),
    ...(proxyOf !== undefined && { proxy: { remoteurl: proxyOf } }),
  };
}

/** @throws Error with its log when it does not come up. */
export async function startRegistry(options: RegistryOptions = {}): Promise<TestRegistry> {
  const directory = mkdtempSync(join(tmpdir(), `${newMark()}-registry-`));
  const secure = options.tls === true || options.clientCertificates === true;
  const storage = join(directory, "storage");
  mkdirSync(storage);
  const certificates = secure ? await makeCertificates(directory) : undefined;
  const file = join(directory, "config.yml");
  writeFileSync(file, JSON.stringify(await configuration(directory, options, certificates)));

  const running = start(["docker-registry", "serve", file]);
  const remove = async () => {
    running.kill("SIGKILL");
    await running.exited;
    running.dispose();
    rmSync(directory, { recursive: true, force: true });
  };
  let port = 0;
  try {
    await eventually("docker-registry listens", () => {
      port = Number(/listening on 127\.0\.0\.1:(\d+)/.exec(running.stderr())?.[1] ?? 0);
      return port !== 0;
    });
  } catch (cause) {
    const log = running.stderr();
    await remove();
    throw new Error(`docker-registry did not come up:\n${log}`, { cause });
  }
  return {
    host: `127.0.0.1:${port}`,
    port,
    url: `${secure ? "https" : "http"}://127.0.0.1:${port}`,
    directory,
    storage,
    ca: certificates?.ca ?? "",
    clientCert: certificates?.clientCert ?? "",
    clientKey: certificates?.clientKey ?? "",
    log: () => running.stdout() + running.stderr(),
    async stop() {
      running.kill("SIGTERM");
      await running.exited;
    },
    [Symbol.asyncDispose]: remove,
  };
}
