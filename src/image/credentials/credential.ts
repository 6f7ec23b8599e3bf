// What proves to a registry who we are.
import { InvalidInputError } from "../../base/errors.ts";

export interface PasswordCredential {
  readonly kind: "password";
  readonly username: string;
  readonly password: string;
}

export type Credential =
  | PasswordCredential
  /** A refresh token for the registry's token server (distribution docs/spec/auth/oauth.md). */
  | { readonly kind: "identity-token"; readonly token: string }
  /** A bearer token that the registry itself takes. */
  | { readonly kind: "registry-token"; readonly token: string };

/** The user name under which docker's helpers keep an identity token. */
const TOKEN_USER = "<token>";

/** As helpers and our own files keep it: a user name and a secret. */
export interface NamedSecret {
  readonly username: string;
  readonly secret: string;
}

export function fromNamedSecret({ username, secret }: NamedSecret): Credential {
  return username === TOKEN_USER ? { kind: "identity-token", token: secret } : { kind: "password", username, password: secret };
}

/** @throws InvalidInputError for what cannot be sent to a registry (RFC 7617 §2) or kept. */
export function toNamedSecret(credential: Credential): NamedSecret {
  const refuse = (field: string, message: string) => new InvalidInputError("the credential", [{ field, message }]);
  if (credential.kind === "registry-token") throw refuse("kind", "a registry's own token is not kept");
  if (credential.kind === "identity-token") return { username: TOKEN_USER, secret: credential.token };
  const { username, password } = credential;
  if (username === "" || /[:\p{Cc}]/u.test(username)) throw refuse("username", "must not be empty, nor hold a colon or control characters");
  if (password === "" || /\p{Cc}/u.test(password)) throw refuse("password", "must not be empty, nor hold control characters");
  return { username, secret: password };
}
