import { z } from "zod";

/** The box that `cloudlet box build` makes. */
export const OWN_BOX = "cloudlet/debian";

const size = z.strictObject({
  cpus: z.int().min(1).max(256),
  memoryMiB: z.int().min(512).max(1_048_576),
});

/** Virtual machines that Vagrant makes for the run. */
const vagrantSchema = z.strictObject({
  kind: z.literal("vagrant"),
  title: z.string().min(1),
  /** VM1 and VM2 each (thesis Table 4.1). */
  cloudlet: size,
  /** VM4. */
  device: size,
  /** VM3's disk, on storage that both cloudlets share. */
  diskGiB: z.int().min(1).max(1024).default(10),
  /** A Vagrant box; the default is built by `cloudlet box build`. */
  box: z.string().min(1).default(OWN_BOX),
  /** `private`: libvirt's daemons and all that they make live in a network namespace of the run. `system`: this machine's own. */
  libvirt: z.enum(["private", "system"]).default("private"),
});
export type VagrantMachines = z.infer<typeof vagrantSchema>;

/** An IPv4 or IPv6 address, a host name, or a name of the user's ssh configuration; never an option to ssh. */
const address = z
  .string()
  .regex(
    /^[A-Za-z0-9_]([A-Za-z0-9._:-]{0,252}[A-Za-z0-9])?$/,
    "an address, a host name or a name of ~/.ssh/config",
  );
const user = z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/, "a user name");
/** As the kernel allows them (dev_valid_name), without what a command line could misread. */
const interfaceName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/, "an interface's name");

/** How a machine is logged in to, whoever says it: a machines file or Vagrant. */
export const loginSchema = z.strictObject({
  address,
  port: z.int().min(1).max(65_535).default(22),
  user,
  /** A private key's file. */
  identityFile: z.string().min(1),
});

const reached = {
  ...loginSchema.shape,
  user: user.default("root"),
  /** A private key's file. Left out: whatever ssh finds, an agent included. */
  identityFile: loginSchema.shape.identityFile.nullable().default(null),
};
const cloudletHost = z.strictObject({
  ...reached,
  /** Towards the device (Br1 or Br2), and towards the other cloudlet (Br0). */
  interfaces: z.strictObject({ access: interfaceName, wan: interfaceName }),
});
const deviceHost = z.strictObject({
  ...reached,
  /** Towards cloudlet 1 (Br1) and towards cloudlet 2 (Br2). */
  interfaces: z.strictObject({ cloudlet1: interfaceName, cloudlet2: interfaceName }),
});

/** Machines that are there already, reached over SSH with keys. */
const hostsSchema = z.strictObject({
  kind: z.literal("hosts"),
  title: z.string().min(1),
  vm1: cloudletHost,
  vm2: cloudletHost,
  vm4: deviceHost,
  diskGiB: z.int().min(1).max(1024).default(10),
});
export type HostMachines = z.infer<typeof hostsSchema>;

/** What `--machines` names: which machines the testbed works on. */
export const machinesSchema = z.discriminatedUnion("kind", [vagrantSchema, hostsSchema]);
export type Machines = z.infer<typeof machinesSchema>;
