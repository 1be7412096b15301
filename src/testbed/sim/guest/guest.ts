import type { Gate } from "../link/network.js";

/** A host port of VM3: open where VM3 runs, shut elsewhere and while it is stopped. */
class Port implements Gate {
  open = false;
}

/** Where VM3 runs. Only the hypervisors move it. */
export class Guest {
  readonly atCloudlet1 = new Port();
  readonly atCloudlet2 = new Port();

  constructor() {
    this.atCloudlet1.open = true;
  }

  stop(): void {
    this.atCloudlet1.open = false;
    this.atCloudlet2.open = false;
  }

  resumeAt(cloudlet: 1 | 2): void {
    this.atCloudlet1.open = cloudlet === 1;
    this.atCloudlet2.open = cloudlet === 2;
  }

  get running(): boolean {
    return this.atCloudlet1.open || this.atCloudlet2.open;
  }
}
