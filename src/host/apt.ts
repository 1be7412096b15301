import { Failure } from "../failure.js";
import type { Exec } from "./process.js";

interface Progress {
  readonly signal: AbortSignal;
  /** One line about what is going on. */
  readonly note: (message: string) => void;
}

/**
 * Updates apt's package lists, then installs these Debian packages and what they depend on.
 *
 * @throws Failure (environment) without root, or where the distribution has no apt.
 */
export async function installPackages(
  exec: Exec,
  packages: readonly string[],
  { signal, note }: Progress,
): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new Failure("installing packages needs root", {
      kind: "environment",
      mend: "sudo npx cloudlet setup",
    });
  }
  try {
    await exec(["apt-get", "--version"]);
  } catch (cause) {
    throw new Failure("this distribution has no apt-get", {
      kind: "environment",
      mend:
        packages.length === 0
          ? "use Debian or Ubuntu"
          : `use Debian or Ubuntu; missing here besides: ${packages.join(", ")}`,
      cause,
    });
  }
  note("updating the package lists");
  await exec(["apt-get", "update"], { signal });
  if (packages.length === 0) {
    note("all packages are installed");
    return;
  }
  note(`installing ${packages.join(" ")}`);
  await exec(["apt-get", "install", "-y", "--no-install-recommends", ...packages], {
    signal,
    env: { DEBIAN_FRONTEND: "noninteractive" },
  });
}
