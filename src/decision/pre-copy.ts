import type { Profile } from "../experiment/schema.js";
import type { SimulationParameters } from "../testbed/sim/parameters.js";
import type { MigrationOutlook, MigrationQuestion } from "./migration-question.js";
import { type PathLimits, pathLimits } from "./path-limits.js";

const MIB = 2 ** 20;
const PAGE_BYTES = 4096;
/** Offset and flags before each page of QEMU's stream (migration/ram.c, save_page_header). */
const PAGE_HEADER_BYTES = 8;

/** The guest dirties memory as fast as it is sent, and the working set is too large to send in the allowed downtime. */
export interface Endless {
  readonly kind: "endless";
  readonly path: PathLimits;
}

export interface Convergent extends MigrationOutlook {
  readonly kind: "convergent";
  /** Rounds of copying while the guest runs. */
  readonly rounds: number;
  readonly path: PathLimits;
}

/**
 * Pre-copy in closed form: each round sends what the one before left dirty, at the path's rate, until the rest can
 * be sent within the allowed downtime. QEMU 1.0 judges that by the speed of copying into the socket, later ones by what the
 * socket took ([ChKe2005]; QEMU migration/migration.c; docs/simulation.md, Hypervisors). What a socket still holds when the
 * guest stops is sent before the rest and is downtime, too.
 *
 * @throws RangeError unless rate and memory are positive and the others are not negative.
 */
export function preCopy(
  question: MigrationQuestion,
  profile: Profile,
  constants: SimulationParameters,
): Convergent | Endless {
  refuseImpossible(question);
  const { hypervisor, guest } = constants;
  const path = pathLimits(question, profile, constants);
  const rate = path.rateBytesPerS;
  const old = profile.migration.hypervisor.value === "qemu-1.0";
  const believedBytesPerS = old ? (PAGE_BYTES * 1e6) / hypervisor["qemu-1.0"].pageCopyUs : rate;
  const thresholdBytes = (believedBytesPerS * profile.migration.downtimeLimitMs.value) / 1000;
  const dirtiedIn = (seconds: number): number =>
    Math.min(question.dirtyMiBPerS * seconds, question.workingSetMiB) * MIB +
    Math.min(guest.idleDirtyPagesPerS * PAGE_BYTES * seconds, guest.workingSetMiB * MIB);
  const headed = (bytes: number): number => (bytes * (PAGE_BYTES + PAGE_HEADER_BYTES)) / PAGE_BYTES;

  const { setupMs } = hypervisor[old ? "qemu-1.0" : "modern"];
  let seconds = setupMs / 1000 + path.slowStartS;
  let bytes = headed(question.memoryMiB * MIB);
  let rounds = 0;
  while (bytes > thresholdBytes || rounds === 0) {
    const roundS = bytes / rate;
    const next = headed(dirtiedIn(roundS));
    if (rounds === hypervisor.givesUpAfterPasses) {
      return { kind: "endless", path };
    }
    seconds += roundS;
    bytes = next;
    rounds++;
  }
  const stopS = (bytes + hypervisor.deviceStateKiB * 1024) / rate;
  const resumeS = (hypervisor.stopMs + hypervisor.deviceLoadMs) / 1000;
  return {
    kind: "convergent",
    rounds,
    path,
    totalTimeS: seconds + stopS + hypervisor.stopMs / 1000,
    downtimeMs: 1000 * (path.bufferBytes / rate + stopS + resumeS),
    deltaRttMs: path.rttMs - question.rttMs,
  };
}

function refuseImpossible(question: MigrationQuestion): void {
  const { rateBps, memoryMiB, rttMs, dirtyMiBPerS, workingSetMiB } = question;
  if (!(rateBps > 0 && memoryMiB > 0)) throw new RangeError("rate and memory must be above 0");
  if (!(rttMs >= 0 && dirtyMiBPerS >= 0 && workingSetMiB >= 0)) {
    throw new RangeError("RTT, dirty rate and working set can't be negative");
  }
}
