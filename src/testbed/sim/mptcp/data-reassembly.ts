/**
 * Data-level reassembly at the receiver (RFC 8684 section 3.3.2): ranges of data sequence numbers arrive
 * on several subflows; what is contiguous from the start is acknowledged by DATA_ACK.
 */
export class DataReassembly {
  /** Next data sequence number expected, bytes: the DATA_ACK. */
  next = 0;
  private readonly from: number[] = [];
  private readonly to: number[] = [];

  /** Takes a range, whatever of it has come before. */
  insert(start: number, bytes: number): void {
    const end = start + bytes;
    if (end <= this.next) return;
    if (start <= this.next) {
      this.next = end;
      this.drain();
      return;
    }
    const last = this.to.length - 1;
    if (last >= 0 && this.to[last] === start) {
      this.to[last] = end;
      return;
    }
    let at = this.from.length;
    while (at > 0 && (this.from[at - 1] ?? 0) > start) at--;
    const known = this.to[at - 1] ?? -1;
    if (known >= end) return;
    if (known >= start) {
      this.to[at - 1] = end;
      this.merge(at - 1);
      return;
    }
    this.from.splice(at, 0, start);
    this.to.splice(at, 0, end);
    this.merge(at);
  }

  /** What has come and waits for something before it. */
  get waitingBytes(): number {
    let bytes = 0;
    for (let at = 0; at < this.from.length; at++) bytes += (this.to[at] ?? 0) - (this.from[at] ?? 0);
    return bytes;
  }

  private merge(at: number): void {
    while (at + 1 < this.from.length && (this.from[at + 1] ?? 0) <= (this.to[at] ?? 0)) {
      this.to[at] = Math.max(this.to[at] ?? 0, this.to[at + 1] ?? 0);
      this.from.splice(at + 1, 1);
      this.to.splice(at + 1, 1);
    }
  }

  private drain(): void {
    while (this.from.length > 0 && (this.from[0] ?? 0) <= this.next) {
      this.next = Math.max(this.next, this.to[0] ?? 0);
      this.from.shift();
      this.to.shift();
    }
  }
}
