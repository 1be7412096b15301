/**
 * What cloudlets say to each other, one UDP datagram each, all of one size: whoever answers sends no more than came, so
 * that nobody can use a cloudlet to send more traffic to a third than they send themselves.
 *
 *     0  "CLDN"   4  version 1   5  kind   6  nonce, 8 bytes   14  name, 32 bytes, padded with zeros
 */
export interface Message {
  readonly kind: MessageKind;
  /** The sender's. */
  readonly name: string;
  /** 16 hex digits. Of an echo drawn at random; of its reply and of a farewell that of an echo; else anything. */
  readonly nonce: string;
}

/**
 * `announce`: the sender is there. `echo` and `reply`: measure RTT, and prove that the sender has the address it sends
 * from. `farewell`: the sender leaves, with the nonce of the last echo that it was sent, which others do not know.
 */
const kinds = ["announce", "echo", "reply", "farewell"] as const;
export type MessageKind = (typeof kinds)[number];

export const MESSAGE_BYTES = 46;
export const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/;
export const NONCE_PATTERN = /^[0-9a-f]{16}$/;

const HEADER = Buffer.from("CLDN\u0001", "latin1");

/** @throws RangeError for a name or a nonce that is none. */
export function encodeMessage({ kind, name, nonce }: Message): Uint8Array {
  if (!NAME_PATTERN.test(name)) throw new RangeError(`${JSON.stringify(name)} is no name of a cloudlet`);
  if (!NONCE_PATTERN.test(nonce)) throw new RangeError(`${JSON.stringify(nonce)} is no nonce`);
  const bytes = Buffer.alloc(MESSAGE_BYTES);
  HEADER.copy(bytes);
  bytes.writeUInt8(kinds.indexOf(kind), 5);
  bytes.write(nonce, 6, "hex");
  bytes.write(name, 14, "latin1");
  return bytes;
}

/** undefined: it is none, whatever it is. */
export function decodeMessage(bytes: Uint8Array): Message | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length !== MESSAGE_BYTES || !buffer.subarray(0, HEADER.length).equals(HEADER)) return undefined;
  const kind = kinds[buffer.readUInt8(5)];
  const name = buffer.toString("latin1", 14).replace(/\0+$/, "");
  if (kind === undefined || !NAME_PATTERN.test(name)) return undefined;
  return { kind, name, nonce: buffer.toString("hex", 6, 14) };
}
