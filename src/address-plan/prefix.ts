import { isIPv4 } from "node:net";

/** An IPv4 network: `10.4.0.0/24`. Addresses inside this room are whole numbers of 32 bits. */
export interface Prefix {
  readonly network: number;
  readonly length: number;
}

/** @throws RangeError for anything but four octets. */
export function addressFrom(text: string): number {
  if (!isIPv4(text)) throw new RangeError(`${text} is no IPv4 address`);
  return text.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

export const addressText = (address: number): string =>
  [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");

/** @throws RangeError unless it is `a.b.c.d/length` with no bit set behind the length. */
export function prefixFrom(text: string): Prefix {
  const [, address, digits] = /^([^/]+)\/(\d{1,2})$/.exec(text) ?? [];
  const length = Number(digits);
  if (address === undefined || !isIPv4(address) || length > 32) {
    throw new RangeError(`${text} is no IPv4 prefix`);
  }
  const prefix = prefixOf(addressFrom(address), length);
  if (addressText(prefix.network) !== address) {
    throw new RangeError(`${text} has bits set behind its length: its network is ${prefixText(prefix)}`);
  }
  return prefix;
}

/** The network of that length in which an address lies. */
export function prefixOf(address: number, length: number): Prefix {
  return { network: address - (address % sizeOf(length)), length };
}

export const prefixText = ({ network, length }: Prefix): string => `${addressText(network)}/${length}`;

const sizeOf = (length: number): number => 2 ** (32 - length);

/** The last address of a network, to which no host answers. */
export const broadcastOf = ({ network, length }: Prefix): number => network + sizeOf(length) - 1;

export const contains = (prefix: Prefix, address: number): boolean =>
  address >= prefix.network && address <= broadcastOf(prefix);

/** Networks are nested or apart: they overlap where one holds the other's first address. */
export const overlap = (one: Prefix, other: Prefix): boolean =>
  contains(one, other.network) || contains(other, one.network);
