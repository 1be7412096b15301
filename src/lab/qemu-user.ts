import type { Requirement } from "../testbed/contract.js";

/**
 * Whom QEMU runs as, for `doctor`; nothing that could be missing. Records have the numbers.
 *
 * @param who in words.
 */
export const qemuUser = (who: string): Requirement => ({
  name: "QEMU's user",
  state: "ok",
  detail: `${who} without capabilities, inside QEMU's system-call filter (docs/threat-model.md)`,
});
