import { readProfile } from "../../src/experiment/profile.js";
import type { Profile } from "../../src/experiment/schema.js";

/** A profile of this package. */
export async function profileNamed(name: string): Promise<Profile> {
  return (await readProfile(name, "experiments/profiles")).profile;
}
