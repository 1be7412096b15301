import { REPORT_FILE, reportHtml } from "../../report/write.js";
import type { Derivation } from "../contract.js";

/** Everything on one page. */
export const derivation: Derivation = {
  async derive({ measured, dir }) {
    return { files: [{ path: REPORT_FILE, content: await reportHtml(measured, dir) }], skipped: [] };
  },
};
