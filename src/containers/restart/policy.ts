// Restart policies as people write them: docker's, and `on-unhealthy[:n]`, which is `on-failure` and brings back a container that its
// health check has found unhealthy, too.
import { InvalidInputError } from "../../base/errors.ts";
import { RESTART_POLICIES, type RestartPolicy } from "../document/life.ts";

/** The policies that may give up after so many restarts. */
const COUNTED: readonly RestartPolicy["name"][] = ["on-failure", "on-unhealthy"];

/**
 * Reads `--restart`.
 * @throws InvalidInputError for a name that is none, and for a number where there is none to be
 */
export function parseRestartPolicy(text: string): RestartPolicy {
  const colon = text.indexOf(":");
  const word = colon < 0 ? text : text.slice(0, colon);
  const name = RESTART_POLICIES.find((known) => known === (word || "no")); // docker's: nothing is `no`
  if (name === undefined) throw refusal(text, `is not one of ${RESTART_POLICIES.join(", ")}`);
  if (colon < 0) return { name, retries: 0 };
  const count = text.slice(colon + 1);
  if (!/^\d{1,9}$/.test(count)) throw refusal(text, `must have a whole number of restarts behind the colon, as ${name}:3 has`);
  if (!COUNTED.includes(name)) throw refusal(text, `takes no number of restarts: ${name} does not give up`);
  return { name, retries: Number(count) };
}

function refusal(text: string, message: string): InvalidInputError {
  return new InvalidInputError(`restart policy ${JSON.stringify(text.slice(0, 64))}`, [{ field: "--restart", message }]);
}

/** The policy as it is written: `on-failure:3`. */
export function restartPolicyText({ name, retries }: RestartPolicy): string {
  return retries === 0 ? name : `${name}:${retries}`;
}
