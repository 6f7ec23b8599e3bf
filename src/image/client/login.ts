// Tries a credential before it is kept: whoever mistypes a password learns it at login, not at the next pull.
import type { Endpoint } from "../../spec/config/endpoints.ts";
import type { Credential } from "../credentials/credential.ts";
import { type ClientContext, Connection } from "./connection.ts";

/**
 * Asks the registry's `/v2/` as this credential ("Determining Support" of distribution-spec 1.1). A registry that lets everybody in
 * says nothing of it.
 * @throws RegistryError `denied` when the registry does not take it, NetworkError
 */
export async function verifyLogin(endpoint: Endpoint, credential: Credential, context: ClientContext, signal?: AbortSignal): Promise<void> {
  const { username: _, passwordFile: __, ...place } = endpoint;
  await new Connection(place, { ...context, credential: async () => credential }).ping(signal);
}
