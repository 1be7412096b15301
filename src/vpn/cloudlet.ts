import { z } from "zod";

/** A cloudlet and where it stands: WGS 84 degrees, north and east positive. */
export const cloudletSchema = z.strictObject({
  name: z.string().regex(/^[^\p{Cc}]{1,64}$/u, "a name of 1 to 64 characters, no control characters"),
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
});
export type Cloudlet = z.infer<typeof cloudletSchema>;

/** Cloudlets in the order in which they came, which decides about their VPNs. */
export const cloudletListSchema = z.strictObject({
  title: z.string().min(1),
  cloudlets: z.array(cloudletSchema).min(1),
});
export type CloudletList = z.infer<typeof cloudletListSchema>;
