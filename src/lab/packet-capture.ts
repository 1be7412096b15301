import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../failure.js";
import type { Namespace } from "../host/namespace.js";
import type { Running } from "../host/process.js";
import { droppedPackets } from "../probe/dual-address.js";
import { capturedPackets, HANDOVER_MS, packetCaptureCommand } from "../probe/packet-capture.js";
import type { CapturedPackets } from "../record/packet-capture.js";
import type { CellClock } from "./cell-clock.js";

/** tcpdump on the device while a cell's probes run, into a file of the lab. */
export class PacketCapture {
  private running: Running | undefined;
  /** Whether it ended before it was told to. */
  private endedEarly = false;

  constructor(
    private readonly vm4: Namespace,
    /** Where it is, over there and then here. */
    private readonly file: string,
    private readonly clock: CellClock,
  ) {}

  /**
   * Resolves once every packet from here on is captured.
   *
   * @throws Failure (cell) with tcpdump's own words when it can't.
   */
  async start(): Promise<void> {
    const running = this.vm4.spawn(packetCaptureCommand(this.file), { discardOutput: true });
    this.running = running;
    let lastWords: string | undefined;
    void running.ended.then(({ stderr }) => {
      this.endedEarly = true;
      lastWords = stderr.trim();
    });
    await this.clock.until(
      async () => {
        if (lastWords !== undefined) {
          throw new Failure(`tcpdump on the device did not start: ${lastWords}`, { kind: "cell" });
        }
        // It opens the file once the filter is in force on the interfaces.
        return (await this.vm4.host.files.exists(this.file)) ? true : undefined;
      },
      { everyMs: 10, patienceMs: 10_000, otherwise: "tcpdump on the device did not start within 10 s" },
    );
  }

  /** Ends it; what it has captured. undefined where it was never started. */
  async stop(): Promise<CapturedPackets | undefined> {
    if (this.running === undefined) return undefined;
    const { endedEarly } = this;
    // What is on its way to it would be lost; twice as long, as others keep the machine busy, too.
    if (!endedEarly) await sleep(2 * HANDOVER_MS);
    await this.running.stop();
    const { stderr } = await this.running.ended;
    await this.vm4.host.files.fetch(this.file, this.file);
    return {
      name: "device",
      path: this.file,
      packets: capturedPackets(stderr),
      dropped: droppedPackets(stderr),
      complete: !endedEarly,
    };
  }
}
