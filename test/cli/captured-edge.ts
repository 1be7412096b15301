import { type Edge, hostEdge } from "../../src/cli/edge.js";

/** The real edge, but for what is written, which is kept. */
export class CapturedEdge {
  out = "";
  err = "";
  readonly edge: Edge = {
    ...hostEdge,
    stdout: { write: (text) => void (this.out += text), isLive: false, columns: 100 },
    stderr: { write: (text) => void (this.err += text), isLive: false, columns: 100 },
  };
}
