/** File in a finished record that holds the SHA-256 of every other file of the record. */
export const MANIFEST_FILE = "SHA256SUMS";

/** Hash of each file by its path relative to the record, with forward slashes. */
export type Manifest = ReadonlyMap<string, string>;

/** The format of sha256sum(1), text mode, sorted by path: `sha256sum -c SHA256SUMS` checks a record. */
export function formatManifest(manifest: Manifest): string {
  return [...manifest]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, hash]) => `${hash}  ${path}\n`)
    .join("");
}

/** undefined: not a manifest. */
export function parseManifest(text: string): Manifest | undefined {
  if (!text.endsWith("\n")) return undefined;
  const manifest = new Map<string, string>();
  for (const line of text.slice(0, -1).split("\n")) {
    const [, hash, path] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
    if (hash === undefined || path === undefined) return undefined;
    manifest.set(path, hash);
  }
  return manifest;
}
