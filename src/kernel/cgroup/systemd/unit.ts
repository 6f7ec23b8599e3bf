// Names for the systemd driver: the `slice:prefix:name` form of linux.cgroupsPath that runc began, and where systemd
// keeps the cgroup of a slice and a scope (systemd.slice(5), systemd.unit(5)). Pure.
import { TeuError } from "../../../base/errors.ts";
import type { HostFacts } from "../../probe/host-facts.ts";

export interface ScopeName {
  /** `machine.slice` */
  readonly slice: string;
  /** `teu-web.scope` */
  readonly unit: string;
  /** The scope's path in every hierarchy: `/machine.slice/teu-web.scope`. */
  readonly path: string;
}

/** unit_name_is_valid() of systemd, without `@` (templates have no place here). */
const VALID_NAME = /^[a-zA-Z0-9:_.\\-]+$/;

/**
 * The scope for a container.
 * @throws TeuError `invalid` for a path that is not of the form, or names what systemd cannot have
 */
export function scopeName(path: string | undefined, { id, facts }: { readonly id: string; readonly facts: HostFacts }): ScopeName {
  const parts = (path || `:teu:${id}`).split(":");
  const [given = "", prefix = "", name = ""] = parts;
  if (parts.length !== 3 || name === "") throw bad(path, "with the systemd driver it must be of the form slice:prefix:name");
  const unit = `${prefix === "" ? "" : `${prefix}-`}${name}.scope`;
  const slice = given || (facts.rootless ? "user.slice" : "system.slice");
  if (!VALID_NAME.test(unit) || unit.length > 255) throw bad(path, `${JSON.stringify(unit)} cannot be the name of a unit`);
  const top = facts.rootless ? userManager(facts) : "";
  return { slice, unit, path: `${top}${slicePath(slice, path)}/${unit}` };
}

/** `a-b.slice` lies in `a.slice`: `/a.slice/a-b.slice`; `-.slice` is the root, the empty path. */
export function slicePath(slice: string, field?: string): string {
  const stem = slice.endsWith(".slice") ? slice.slice(0, -".slice".length) : "";
  if (stem === "-") return "";
  const words = stem.split("-");
  if (!VALID_NAME.test(stem) || words.includes("")) throw bad(field, `${JSON.stringify(slice)} is not the name of a slice`);
  return words.map((_, index) => `/${words.slice(0, index + 1).join("-")}.slice`).join("");
}

/** The cgroup of this user's systemd, below which it makes units: told by the caller's own cgroup, else by the convention. */
function userManager({ uid, cgroup }: HostFacts): string {
  const own = /^(.*\/user@\d+\.service)(?:\/|$)/.exec(cgroup.v2?.own ?? "")?.[1];
  return own ?? `/user.slice/user-${uid}.slice/user@${uid}.service`;
}

function bad(path: string | undefined, message: string): TeuError {
  return new TeuError("invalid", `linux.cgroupsPath: ${JSON.stringify(path ?? "")}: ${message}`);
}
