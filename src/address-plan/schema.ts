import { z } from "zod";
import { addressFrom, prefixFrom } from "./prefix.js";

const taken = (read: (text: string) => unknown) => (text: string) => {
  try {
    read(text);
    return true;
  } catch {
    return false;
  }
};

/** Shorter than /8 and no two fit beside each other in 10.0.0.0/8; a /29 is the longest with room for two pairs. */
export const LONGEST_PREFIX = 29;

const prefix = z
  .string()
  .refine(taken(prefixFrom), "an IPv4 prefix with no bit set behind its length, e.g. 10.4.0.0/24")
  .refine((text) => {
    const length = Number(text.split("/")[1]);
    return length >= 8 && length <= LONGEST_PREFIX;
  }, `a prefix of /8 to /${LONGEST_PREFIX}`);

const address = z.string().refine(taken(addressFrom), "an IPv4 address, e.g. 10.4.0.224");

/** Which addresses each cloudlet of a VPN gives out (thesis 3.2.1.1). */
export const addressPlanSchema = z.strictObject({
  title: z.string().min(1),
  cloudlets: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/, "letters, digits, dashes and underscores"),
        /** Its LAN. */
        prefix,
        /** Addresses that nobody is given, beside the network's, the cloudlet's own and the broadcast address. */
        reserved: z.array(address).default([]),
        /** VMs that have their address already, by device. */
        vms: z.array(z.strictObject({ device: address, vm: address })).default([]),
      }),
    )
    .min(1),
});
export type WrittenPlan = z.output<typeof addressPlanSchema>;
