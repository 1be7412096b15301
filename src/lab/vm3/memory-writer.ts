import type { Cell } from "../../experiment/plan.js";
import { Failure } from "../../failure.js";
import type { GuestAgent, GuestExit } from "../../guest/agent.js";
import type { WriterEvidence } from "../../record/schema.js";
import type { Refusal } from "../../testbed/contract.js";

/** What fills VM3's memory, in its tmpfs: random, so that no page of it is sent as a page of zeros. */
export const FILL_FILE = "/run/fill";

type Writer = NonNullable<Cell["workload"]["writer"]>;

const BLOCK_KIB = 16;
const blocks = (mib: number): number => (mib * 1024) / BLOCK_KIB;
const MIB = 2 ** 20;

/**
 * Writes the first blocks of the fill over themselves, one after the other and round again: each time what is owed by
 * VM3's clock, so that a late turn is made up for. One process that starts no other, as those would dirty memory, too.
 * Its last words are the seconds for which it ran and the blocks that it wrote.
 *
 * Arguments: the fill, blocks a second, blocks of the working set.
 */
const SCRIPT = `
my ($file, $rate, $blocks) = @ARGV;
open my $uptime, "<", "/proc/uptime" or die "uptime: $!";
open my $fill, "+<", $file or die "$file: $!";
sub now { sysseek $uptime, 0, 0; sysread $uptime, my $line, 64; (split " ", $line)[0] }
sysread($fill, my $block, ${BLOCK_KIB * 1024}) == ${BLOCK_KIB * 1024} or die "$file is too short";
my ($start, $written) = (now(), 0);
$SIG{TERM} = sub { printf "%.2f %d\n", now() - $start, $written; exit };
for (;;) {
  my $due = int((now() - $start) * $rate);
  while ($written < $due) {
    sysseek $fill, $written % $blocks * ${BLOCK_KIB * 1024}, 0;
    syswrite $fill, $block;
    $written++;
  }
  select undef, undef, undef, 0.01;
}
`;

/** The writer as a command. */
export function writerCommand(
  { rateMiBPerS, workingSetMiB }: Writer,
  file: string = FILL_FILE,
): [string, ...string[]] {
  const workingSet = Math.max(1, Math.floor(blocks(workingSetMiB)));
  return ["perl", "-e", SCRIPT, file, String(blocks(rateMiBPerS)), String(workingSet)];
}

/** A process in VM3 that dirties memory at a known rate, on whichever cloudlet VM3 runs. */
export class MemoryWriter {
  private constructor(private readonly pid: number) {}

  /** @throws Failure (cell) when VM3 has less to write over than is asked for. */
  static async start(agent: GuestAgent, writer: Writer): Promise<MemoryWriter> {
    const size = await agent.exec(["busybox", "stat", "-c", "%s", FILL_FILE]).catch(() => "0");
    const fillMiB = Number(size) / MIB;
    if (!(fillMiB >= writer.workingSetMiB)) {
      throw new Failure(
        `VM3 has ${Math.floor(fillMiB)} MiB that a writer may write over, not its working set of ${writer.workingSetMiB} MiB`,
        { kind: "cell", mend: "raise guest.usedMiB, or lower workload.writer.workingSetMiB" },
      );
    }
    const { pid } = await agent.start(writerCommand(writer));
    return new MemoryWriter(pid);
  }

  /**
   * Ends it.
   *
   * @throws Failure (cell) when it had ended by itself, or VM3 is gone.
   */
  async stop(agent: GuestAgent): Promise<WriterEvidence> {
    await agent.exec(["busybox", "kill", String(this.pid)]);
    return readLastWords(await agent.untilExit(this.pid, "the memory writer", 10_000));
  }
}

/** @throws Failure (cell) for anything but seconds and blocks. */
export function readLastWords({ stdout, stderr }: Pick<GuestExit, "stdout" | "stderr">): WriterEvidence {
  const said = new TextDecoder().decode(stdout).trim();
  const [, seconds, written] = /^(\d+\.\d\d) (\d+)$/.exec(said) ?? [];
  if (seconds === undefined || written === undefined) {
    const instead = [new TextDecoder().decode(stderr).trim(), said].find((words) => words !== "");
    throw new Failure(`the memory writer in VM3 did not say what it wrote: ${instead ?? "nothing"}`, {
      kind: "cell",
    });
  }
  return { durationS: Number(seconds), writtenMiB: (Number(written) * BLOCK_KIB) / 1024 };
}

/** What VM3's kernel and programs take before anything fills it, measured: this, and a 64th of its memory for the kernel's table of pages. */
const SYSTEM_MIB = 100;

/** A working set that VM3's memory in use can't hold, or undefined. What is left in doubt shows once VM3 runs. */
export function refuseWriter({ guest, workload }: Pick<Cell, "guest" | "workload">): Refusal | undefined {
  const mostMiB = Math.floor(guest.usedMiB - guest.memoryMiB / 64 - SYSTEM_MIB);
  const { writer } = workload;
  if (writer === undefined || writer.workingSetMiB <= mostMiB) return undefined;
  return {
    key: "workload.writer.workingSetMiB",
    message: `of ${guest.usedMiB} MiB in use in VM3, ${Math.max(0, mostMiB)} MiB are left to write over, not ${writer.workingSetMiB}`,
    mend: "raise guest.usedMiB, or write a smaller working set",
  };
}
