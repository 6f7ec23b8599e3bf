// A token server for tests (distribution docs/spec/auth/token.md and oauth.md): checks an account or a refresh token, grants what is
// asked for, and signs tokens that a real docker-registry accepts (RS256, with its certificate in `x5c`).
import { createSign, randomUUID, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newMark } from "./mark.ts";
import type { Account, RegistryOptions } from "./registry.ts";
import { runOk } from "./run.ts";

export interface TokenRequest {
  readonly method: string;
  readonly scopes: readonly string[];
  readonly authorization: string | undefined;
  readonly grantType: string | undefined;
}

export interface TokenServer extends AsyncDisposable {
  /** For `startRegistry({ bearer })`. */
  readonly bearer: NonNullable<RegistryOptions["bearer"]>;
  /** What it was asked, in order. */
  readonly requests: readonly TokenRequest[];
}

export interface TokenServerOptions {
  /** Who gets tokens; without one, everybody. */
  readonly account?: Account;
  /** A refresh token that is taken in the account's place. */
  readonly refreshToken?: string;
  /** Seconds that a token lasts; 60 when absent. */
  readonly lifetime?: number;
}

const SERVICE = "test-registry";
const ISSUER = "test-issuer";

/** `repository:name:pull,push` as the claims that docker-registry reads. */
function access(scopes: readonly string[]) {
  return scopes.flatMap((scope) => {
    const [, type, name, actions] = /^([^:]+):(.*):([^:]*)$/.exec(scope) ?? [];
    return type === undefined ? [] : [{ type, name, actions: (actions ?? "").split(",") }];
  });
}

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

export async function startTokenServer(options: TokenServerOptions = {}): Promise<TokenServer> {
  const { account, refreshToken, lifetime = 60 } = options;
  const directory = mkdtempSync(join(tmpdir(), `${newMark()}-tokens-`));
  const [key, certificate] = [join(directory, "key.pem"), join(directory, "cert.pem")];
  const subject = ["-days", "2", "-subj", "/CN=tokens"];
  await runOk(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, ...subject]);
  const x5c = [new X509Certificate(readFileSync(certificate)).raw.toString("base64")];
  const requests: TokenRequest[] = [];

  const sign = (scopes: readonly string[]) => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: ISSUER, sub: "", aud: SERVICE, exp: now + lifetime, nbf: now - 5, iat: now, jti: randomUUID() };
    const text = `${base64url({ typ: "JWT", alg: "RS256", x5c })}.${base64url({ ...claims, access: access(scopes) })}`;
    return `${text}.${createSign("RSA-SHA256").update(text).sign(readFileSync(key)).toString("base64url")}`;
  };
  const basic = account && `Basic ${Buffer.from(`${account.username}:${account.password}`).toString("base64")}`;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const authorization = request.headers.get("authorization") ?? undefined;
      const given = request.method === "POST" ? new URLSearchParams(await request.text()) : new URL(request.url).searchParams;
      const scopes = given.getAll("scope").flatMap((scope) => scope.split(" ").filter(Boolean));
      const grantType = given.get("grant_type") ?? undefined;
      requests.push({ method: request.method, scopes, authorization, grantType });
      const knows =
        account === undefined ||
        authorization === basic ||
        (refreshToken !== undefined && given.get("refresh_token") === refreshToken) ||
        (grantType === "password" && given.get("username") === account.username && given.get("password") === account.password);
      if (!knows) return Response.json({ errors: [{ code: "UNAUTHORIZED", message: "who are you?" }] }, { status: 401 });
      const token = sign(scopes);
      return Response.json({ token, access_token: token, expires_in: lifetime, issued_at: new Date().toISOString() });
    },
  });
  return {
    bearer: { realm: `http://127.0.0.1:${server.port}/token`, service: SERVICE, issuer: ISSUER, certificate },
    requests,
    async [Symbol.asyncDispose]() {
      await server.stop(true);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
