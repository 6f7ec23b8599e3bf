// The driver of a network that the kernel has by our own doing.
import { TeuError } from "../../../base/errors.ts";
import type { Driver } from "../../../network/drivers/driver.ts";
import { NETWORK_DRIVERS } from "../../../network/drivers/drivers.ts";
import type { Network } from "../../../network/model/network.ts";

/** @throws TeuError `internal` for CNI's, which are other programs' */
export function driverOf({ driver, name }: Network): Driver {
  if (driver === "cni") throw new TeuError("internal", `network ${name}: CNI plugins make it`);
  return NETWORK_DRIVERS[driver];
}
