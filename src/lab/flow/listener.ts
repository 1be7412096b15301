import type { Running } from "../../host/process.js";

/** A program whose lines are kept as they are parsed. */
export class Listener<T> {
  readonly kept: T[] = [];
  private readonly reading: Promise<void>;

  constructor(
    private readonly running: Running,
    parse: (line: string) => T | undefined,
  ) {
    this.reading = this.read(parse);
  }

  get ended(): Running["ended"] {
    return this.running.ended;
  }

  async stop(): Promise<void> {
    await this.running.stop();
    await this.reading;
  }

  private async read(parse: (line: string) => T | undefined): Promise<void> {
    try {
      for await (const line of this.running.lines) {
        const item = parse(line);
        if (item !== undefined) this.kept.push(item);
      }
    } catch {
      // The program was ended; how it ended is in `ended`.
    }
  }
}
